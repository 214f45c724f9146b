"""Notices of who has signed in: theirs and their association's, and nobody else's; a house's by its own staff."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest_asyncio
from chassis.access import RoleAt
from omatoimi_contracts.people import PersonErased

from tests.kits.chassis import Client
from tests.kits.facts import stated
from tests.kits.notices import House
from tests.kits.persons import Issuer, issuer, of_department, staff_of, trust
from tests.kits.told import asked_to_tell, may_ask

AINO, VEIKKO = uuid4(), uuid4()
SignsIn = Callable[..., Client]


@pytest_asyncio.fixture
async def people(house: House) -> AsyncIterator[Issuer]:
    async with issuer() as made:
        trust(house.bench.service, made)
        yield made


def signed_in(
    house: House, people: Issuer, person: UUID | None = None, *at: RoleAt, acts_for: UUID | None = None
) -> Client:
    """Somebody at the web channel."""
    return people.signs_in(house.bench.web, person, now=house.clock.now, at=at, acts_for=[acts_for] if acts_for else [])


async def test_a_notice_of_a_person_is_theirs_and_nobody_elses(house: House, people: Issuer) -> None:
    aino, veikko = signed_in(house, people, AINO), signed_in(house, people, VEIKKO)
    notice = await house.posted(aino)
    for other in (veikko, house.bench.web, signed_in(house, people, None, staff_of("kallio"))):
        assert (await other.get(f"/v1/notices/{notice}")).status_code == 404
        assert (await house.change(notice, other, withdraw=True)).status_code == 403
    assert (await aino.get(f"/v1/notices/{notice}")).json()["state"] == "waiting"
    assert (await house.change(notice, aino, withdraw=True)).status_code == 200


async def test_whoever_acts_for_an_association_posts_and_withdraws_for_it_until_that_ends(
    house: House, people: Issuer
) -> None:
    association = await house.verified(class_="association", registernumber="123.456", name="Vallila-seura ry")
    organiser = {"organisation": str(association)}
    member = signed_in(house, people, AINO, acts_for=association)
    notice = await house.posted(member, organiser=organiser)
    left = signed_in(house, people, AINO)
    refused = await house.submit(left, organiser=organiser)
    assert (refused.status_code, refused.json()["outcome"]["data"]["reason"]) == (403, "not-acting-for")
    assert (await house.change(notice, left, withdraw=True)).status_code == 403
    secretary = signed_in(house, people, VEIKKO, acts_for=association)
    assert (await house.change(notice, secretary, withdraw=True)).status_code == 200


async def test_staff_of_the_library_decide_on_a_notice_and_others_do_not(house: House, people: Issuer) -> None:
    notice = await house.posted(signed_in(house, people, AINO))
    vallila, kallio = (signed_in(house, people, None, staff_of(unit)) for unit in ("vallila", "kallio"))
    for other in (kallio, signed_in(house, people, None, of_department("school")), signed_in(house, people, AINO)):
        assert (await house.approve(notice, other)).status_code == 403
        assert (await house.reject(notice, "off-topic", other)).status_code == 403
    queues = [(await by.get("/v1/queue")).json()["items"] for by in (vallila, kallio)]
    assert [len(queue) for queue in queues] == [1, 0]
    assert (await house.approve(notice, vallila)).status_code == 201
    # In an association's name the desk asks in its own library alone.
    organiser = {"organisation": str(await house.verified(registernumber="123.456", name="Vallila-seura ry"))}
    assert (await house.submit(vallila, unit="vallila", organiser=organiser)).status_code == 201
    assert (await house.submit(vallila, unit="kallio", organiser=organiser)).status_code == 403
    # What staff of one library post in another waits as everybody's does.
    assert (await house.submit(vallila, unit="vallila")).status_code == 201
    assert (await house.submit(vallila, unit="kallio")).status_code == 202


async def test_a_person_lists_their_own_and_their_associations_notices(house: House, people: Issuer) -> None:
    association = await house.verified(class_="association", registernumber="123.456", name="Vallila-seura ry")
    aino = signed_in(house, people, AINO, acts_for=association)
    waiting = await house.posted(aino)
    house.clock.pass_(minutes=1)
    shown = await house.posted(aino, organiser={"organisation": str(association)})
    await house.posted(signed_in(house, people, VEIKKO))
    await house.posted(house.bench.web)

    async def listed(query: str = "", by: Client = aino) -> list[str]:
        answer = await by.get(f"/v1/notices/mine{query}")
        assert answer.status_code == 200, answer.text
        assert str(AINO) not in answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await listed() == [shown, waiting]
    assert await listed("?limit=1&offset=1") == [waiting]
    assert await listed("?state=waiting") == [waiting]
    assert await listed(f"?organisation={association}") == [shown]
    assert await listed(by=signed_in(house, people, AINO)) == [waiting]
    assert (await house.bench.web.get("/v1/notices/mine")).status_code == 403
    refused = await signed_in(house, people, VEIKKO).get(f"/v1/notices/mine?organisation={association}")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:omatoimi:problem:not-acting-for")
    house.clock.pass_(days=3)
    later = signed_in(house, people, AINO, acts_for=association)
    assert await listed("?state=expired", later) == [shown, waiting]


async def test_who_asked_for_a_notice_is_on_no_topic_and_in_no_outcome(house: House, people: Issuer) -> None:
    aino = signed_in(house, people, AINO)
    notice = await house.posted(aino, titles={"fi": "Talkoot"})
    await house.approve(notice)
    await house.change(notice, aino, until=house.after(days=4).isoformat())
    async with house.bench.service.pool.acquire() as conn:
        assert await conn.fetchval("select person from notices.notice") == AINO
        outcomes = await conn.fetch("select outcome::text as told from chassis.inbox where outcome is not null")
    words = await house.words_on_topic(notice)
    told = [*map(str, await house.bytes_on_events()), *(row["told"] for row in outcomes), words.model_dump_json()]
    feeds = [(await house.bench.http.get(f"/v1/{feed}")).text for feed in ("notices", "feed.json", "feed.atom")]
    assert len(told) > 5
    assert all(str(AINO) not in one and AINO.hex not in one for one in [*told, *feeds])


async def test_whoever_asked_for_a_notice_is_told_that_it_is_approved_or_rejected_and_why(
    house: House, people: Issuer
) -> None:
    may_ask(house.bench.service)
    aino = signed_in(house, people, AINO)
    approved, rejected, nobodys = [await house.posted(by) for by in (aino, aino, house.bench.web)]
    for notice in (approved, nobodys):
        assert (await house.approve(notice, house.bench.staff)).status_code in (200, 201, 202)
    body = {"notice": rejected, "reason": "incomplete"}
    assert (await house.bench.staff.post("/v1/rejections", body)).status_code == 200
    told = await asked_to_tell(house.bench.service)
    assert [(one.person, one.kind, str(one.notice), one.reason) for one in told] == [
        (AINO, "notice-approved", str(approved), None),
        (AINO, "notice-rejected", str(rejected), "incomplete"),
    ]


async def test_what_somebody_posted_as_themselves_is_taken_back_with_them_and_what_others_own_stays(
    house: House, people: Issuer
) -> None:
    association = await house.verified(class_="association", registernumber="123.456", name="Vallila-seura ry")
    aino = signed_in(house, people, AINO, staff_of("vallila"), acts_for=association)
    resident = signed_in(house, people, AINO)
    shown, waiting, ended = [await house.posted(resident, titles={"fi": "Ainon kirppis"}) for _ in range(3)]
    await house.approve(shown)
    await house.change(ended, resident, withdraw=True)
    theirs = await house.posted(aino, organiser={"organisation": str(association)}, titles={"fi": "Kuoro"})
    of_house = await house.posted(aino, organiser={"class": "library"}, titles={"fi": "Lukupiiri"})
    erased = stated(PersonErased(person=AINO), time=house.clock.now, sequence=1, unit="none")
    for _ in range(2):  # heard again, nothing is left to take back
        await house.apply(erased)
    assert await house.titles() == ["Kuoro", "Lukupiiri"]
    assert [(await house.told_of(one))[-1] for one in (shown, waiting, ended)] == ["withdrawn"] * 3
    assert await house.words_on_topic(shown) is None
    assert [len(await house.told_of(one)) for one in (theirs, of_house)] == [1, 1]
    async with house.bench.service.pool.acquire() as conn:
        rows = await conn.fetch("select titles::text as words, person from notices.notice where titles <> '{}'")
    assert sorted((row["words"], row["person"]) for row in rows) == [
        ('{"fi": "Kuoro"}', None),
        ('{"fi": "Lukupiiri"}', None),
    ]
    for event in await house.events(shown):
        assert event.correlationid is None or str(event.correlationid) != str(erased.id)
