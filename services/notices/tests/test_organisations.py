"""Organisations with proof, and what their withdrawal takes down."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.kits.notices import House


async def test_a_proof_is_told_with_class_and_register_number_and_without_the_name(house: House) -> None:
    organisation = await house.verified(class_="association", registernumber="123.456", name="Vallila-seura")
    group = await house.verified(class_="informal", name="Maijan lukupiiri")
    events = await house.events()
    assert [(event.subject, event.data.class_, event.data.registernumber) for event in events] == [
        (str(organisation), "association", "123.456"),
        (str(group), "informal", None),
    ]
    assert all(event.outcome for event in events)
    written = b"".join(await house.bytes_on_events())
    assert b"Maija" not in written
    assert b"seura" not in written


async def test_only_a_registered_associations_name_is_shown(house: House) -> None:
    seen = {
        "Vallila-seura": await house.verified(registernumber="123.456", name="Vallila-seura"),
        "Maijan lukupiiri": await house.verified(class_="informal", name="Maijan lukupiiri"),
    }
    for organisation in seen.values():
        await house.posted(organiser={"organisation": str(organisation)})
    for path in ("/v1/notices", "/", "/v1/feed.atom", "/v1/feed.json"):
        text = (await house.bench.http.get(path)).text
        assert "Vallila-seura" in text, path
        assert "Maija" not in text, path


async def test_a_verified_organisation_is_shown_to_anybody_and_only_a_registered_one_by_name(house: House) -> None:
    registered = await house.verified(registernumber="123.456", name="Vallila-seura")
    group = await house.verified(class_="informal", name="Maijan lukupiiri")
    told = (await house.bench.http.get(f"/v1/organisations/{registered}")).json()
    assert (told["class"], told["verified"], told["name"]) == ("association", True, "Vallila-seura")
    assert told["unit"] == "vallila", "which library has seen the proof"
    assert "Maija" not in (await house.bench.http.get(f"/v1/organisations/{group}")).text
    await house.verify(registered, state="withdrawn")
    for unknown in (registered, uuid4()):
        assert (await house.bench.http.get(f"/v1/organisations/{unknown}")).status_code == 404


async def test_a_withdrawn_organisations_notices_are_taken_down_in_the_same_transaction(house: House) -> None:
    organisation, other = await house.verified(), await house.verified()
    by: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    live = await house.posted(**by)
    coming = await house.posted(**by, publish_from=house.after(hours=5).isoformat())
    due = await house.posted(**by, publish_from=house.after(minutes=1).isoformat())
    ended = await house.posted(**by, until=house.after(minutes=1).isoformat())
    others = await house.posted(organiser={"organisation": str(other)}, titles={"fi": "Toisten"})
    house.clock.pass_(minutes=2)
    answer = await house.verify(organisation, state="withdrawn")
    assert answer.status_code == 200
    assert answer.json()["resource"]["verified"] is False
    assert await house.titles() == ["Toisten"]
    (withdrawal,) = [event for event in await house.events(organisation) if "withdrawn" in event.type]
    assert withdrawal.outcome
    for notice in (live, coming, due):
        last = (await house.events(notice))[-1]
        assert (last.type, last.data.by) == ("omatoimi.notice.withdrawn.v1", "house")
        assert last.causationid == withdrawal.causationid
    assert await house.words_on_topic(live) is None
    assert await house.words_on_topic(coming) == "never announced"
    assert await house.told_of(due) == ["submitted", "published", "withdrawn"]
    await house.run_scheduled()
    assert await house.told_of(ended) == ["published", "expired"]
    assert await house.told_of(others) == ["published"]


async def test_after_a_withdrawal_the_organisation_waits_like_anybody_until_it_is_proved_again(house: House) -> None:
    organisation = await house.verified()
    await house.verify(organisation, state="withdrawn")
    by: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    assert (await house.submit(**by)).status_code == 202
    assert (await house.events())[-1].data.organiser.class_ == "informal"
    assert (await house.verify(organisation, class_="firm")).status_code == 201
    assert (await house.submit(**by)).status_code == 201
    assert (await house.events())[-1].data.organiser.class_ == "firm"


async def test_a_proof_that_is_not_there_cannot_be_withdrawn(house: House) -> None:
    answer = await house.verify(uuid4(), state="withdrawn")
    assert answer.json()["outcome"]["data"]["reason"] == "not-verified"


async def test_no_notice_slips_through_while_its_organisation_is_withdrawn(house: House) -> None:
    """Whatever the order, none is shown afterwards: it was taken down, or it waits."""
    for _ in range(15):
        organisation = await house.verified()
        by: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
        await asyncio.gather(
            *(house.submit(**by) for _ in range(3)), house.verify(organisation, state="withdrawn"), house.submit(**by)
        )
        assert await house.titles() == []


async def test_staff_see_who_waits_to_be_verified_before_who_is_and_who_was(house: House) -> None:
    later, earlier = uuid4(), uuid4()
    for one in (earlier, later):
        await house.posted(organiser={"class": "association", "organisation": str(one)})
        house.clock.pass_(minutes=1)
    zebra = await house.verified(registernumber="123.456", name="Zebra ry")
    apple = await house.verified(class_="informal", name="Apple")
    gone = await house.verified(name="Mennyt ry")
    await house.verify(gone, state="withdrawn")
    items = (await house.bench.staff.get("/v1/organisations")).json()["items"]
    told = [(one["id"], one["state"], one.get("name")) for one in items]
    assert told == [
        (str(earlier), "unproved", None),
        (str(later), "unproved", None),
        (str(apple), "verified", "Apple"),
        (str(zebra), "verified", "Zebra ry"),
        (str(gone), "withdrawn", "Mennyt ry"),
    ]
    assert items[3]["registernumber"] == "123.456"
    assert (await house.bench.web.get("/v1/organisations")).status_code == 403
    await house.verify(earlier, name="Nyt ry")
    items = (await house.bench.staff.get("/v1/organisations")).json()["items"]
    assert [one["id"] for one in items if one["state"] == "unproved"] == [str(later)]
