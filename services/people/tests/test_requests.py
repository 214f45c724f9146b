"""A person says how they are reached, and whoever may says who acts for an organisation."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from people.store.contacts import AT_ADDRESS

from tests.kits.people import Office

ADDRESS = "aino.uusi@example.fi"
DETAILS = {"name": "Aino  Uusi", "email": ADDRESS, "telephone": "+358 40 123 4567", "consents": ["digests"]}


async def test_who_signs_in_begins_with_what_the_provider_tells_and_may_say_otherwise(office: Office) -> None:
    aino = await office.client("aino")
    assert (await office.me(aino))["contact"]["name"] == "Aino Virtanen"
    answer = await aino.post("/v1/contact-details", DETAILS)
    assert (answer.status_code, answer.json()["outcome"]["data"]) == (201, {"person": str(office.id_of(aino))})
    await office.client("aino", name="Aino Provider", email="other@example.fi")
    told = await office.me(aino)
    assert (told["contact"]["name"], told["contact"]["email"]) == ("Aino Uusi", ADDRESS), "the provider changes nothing"
    assert [one["kind"] for one in told["consents"]] == ["digests"]


async def test_what_is_not_given_is_not_kept(office: Office) -> None:
    aino = await office.client("aino")
    await aino.post("/v1/contact-details", DETAILS)
    office.clock.pass_(minutes=1)
    await aino.post("/v1/contact-details", {"name": "Aino", "consents": []})
    told = await office.me(aino)
    assert (told["contact"]["email"], told["contact"]["telephone"], told["consents"]) == (None, None, [])


async def test_a_consent_that_is_given_again_keeps_its_day_its_words_and_its_channel(office: Office) -> None:
    aino = await office.client("aino")
    given = office.clock.now
    await aino.post("/v1/contact-details", DETAILS)
    office.clock.pass_(minutes=3)
    await aino.post("/v1/contact-details", DETAILS | {"name": "A"})
    (consent,) = (await office.me(aino))["consents"]
    assert consent == {
        "kind": "digests",
        "given_at": given.isoformat(),
        "wording": "2026-11",
        "language": "fi",
        "channel": "web",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "aino@example.fi\r\nBcc: all@example.fi"},
        {"email": "aino@example.fi, matti@example.fi"},
        {"email": "Aino <aino@example.fi>"},
        {"email": "aino@localhost"},
        {"email": f"{'a' * 65}@example.fi"},
        {"email": f"a@{'b' * 250}.fi"},
        {"telephone": "call me"},
        {"telephone": "1" * 40},
        {"consents": ["everything"]},
        {"name": "n" * 201},
        {"language": "klingon"},
    ],
    ids=str,
)
async def test_what_no_mail_or_telephone_takes_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    aino = await office.client("aino")
    answer = await aino.post("/v1/contact-details", DETAILS | wrong)
    assert answer.status_code == 400, answer.text
    assert (await office.me(aino))["contact"]["of_provider"] is True, "nothing was kept"


async def test_a_name_stands_on_one_line_and_hides_nothing(office: Office) -> None:
    aino = await office.client("aino")
    await aino.post("/v1/contact-details", DETAILS | {"name": "Aino\r\nBcc: all\u202e@example.fi"})
    assert (await office.me(aino))["contact"]["name"] == "Aino Bcc: all @example.fi"


async def test_no_name_address_or_number_stands_on_the_events_or_in_what_is_remembered_of_requests(
    office: Office,
) -> None:
    aino = await office.client("aino")
    await aino.post("/v1/contact-details", DETAILS)
    rows = await office.fetch("select value::text, convert_from(value, 'UTF8') as told from chassis.outbox")
    kept = await office.fetch("select outcome::text as told from chassis.inbox")
    told = " ".join(row["told"] for row in [*rows, *kept])
    assert "contact-details.recorded" in told
    assert not [word for word in ("Uusi", "example.fi", "+358", "irtanen") if word in told]


async def test_a_channel_that_nobody_has_signed_in_at_is_nobody(office: Office) -> None:
    for client in (office.bench.web, office.bench.staff):
        for path in ("contact-details", "exports", "erasures"):
            answer = await client.post(f"/v1/{path}", {})
            assert (answer.status_code, answer.json()["outcome"]["data"]["reason"]) == (403, "not-allowed"), path
        for path in ("me", "me/seen-by", f"exports/{uuid4()}"):
            assert (await client.get(f"/v1/{path}")).status_code == 403, path


# -- memberships ------------------------------------------------------------------------------------------------------


async def granted(office: Office, by: Any, person: UUID, organisation: UUID, role: str = "member") -> str:
    """How it ended: `granted`, or why not."""
    until = (office.clock.now + timedelta(days=300)).isoformat()
    body = {"person": str(person), "organisation": str(organisation), "role": role, "until": until}
    told = (await by.post("/v1/memberships", body)).json()["outcome"]
    return str(told["data"].get("reason") or told["type"].split(".")[2])


async def test_the_library_names_a_secretary_who_adds_members_and_nobody_else_does(office: Office) -> None:
    ours, theirs = uuid4(), uuid4()
    aino, matti, liisa = [await office.client(name) for name in ("aino", "matti", "liisa")]
    assert await granted(office, aino, office.id_of(aino), ours, "secretary") == "not-allowed"
    assert await granted(office, office.bench.staff, office.id_of(aino), ours, "secretary") == "granted"
    assert await granted(office, aino, office.id_of(matti), ours) == "granted"
    assert await granted(office, aino, office.id_of(matti), theirs) == "not-allowed", "of another organisation"
    assert await granted(office, aino, office.id_of(matti), ours, "secretary") == "only-library"
    assert await granted(office, matti, office.id_of(liisa), ours) == "not-allowed", "a member is no secretary"
    assert await granted(office, aino, uuid4(), ours) == "unknown-person"
    assert (await office.told("matti"))["acts_for"] == [str(ours)]
    assert (await office.told("liisa"))["acts_for"] == []


async def test_a_member_of_staff_who_signs_in_names_secretaries_and_a_resident_of_the_same_name_does_not(
    office: Office,
) -> None:
    organisation, aino = uuid4(), await office.client("aino")
    staff = await office.client("sari", amr=["helsinki_adfs"], ad_groups=["omatoimi-vallila-staff"])
    assert await granted(office, staff, office.id_of(aino), organisation, "secretary") == "granted"
    resident = await office.client("sari", amr=["suomi_fi"], ad_groups=["omatoimi-vallila-staff"])
    assert await granted(office, resident, office.id_of(aino), organisation, "secretary") == "not-allowed"


async def test_who_was_a_secretary_is_none_from_the_moment_on_that_it_ends(office: Office) -> None:
    organisation, aino, matti = uuid4(), await office.client("aino"), await office.client("matti")
    ends = office.clock.now + timedelta(minutes=4)
    body = {"person": str(office.id_of(aino)), "organisation": str(organisation), "role": "secretary"}
    await office.bench.staff.post("/v1/memberships", body | {"until": ends.isoformat()})
    assert await granted(office, aino, office.id_of(matti), organisation) == "granted"
    office.clock.now = ends
    assert await granted(office, aino, office.id_of(matti), organisation) == "not-allowed"


async def test_asked_again_for_the_same_person_a_membership_is_changed_and_stays_the_same(office: Office) -> None:
    organisation, aino = uuid4(), await office.client("aino")
    for role in ("member", "secretary"):
        assert await granted(office, office.bench.staff, office.id_of(aino), organisation, role) == "granted"
    (one,) = (await office.me(aino))["memberships"]
    assert (one["role"], one["granted_by"]) == ("secretary", "library")
    assert [event.type.split(".")[1:3] for event in await office.events()] == [["membership", "granted"]] * 2


@pytest.mark.parametrize(("days", "reason"), [(0, "already-over"), (-1, "already-over"), (1200, "too-far-ahead")])
async def test_a_membership_ends_in_time_to_come_and_within_three_years(office: Office, days: int, reason: str) -> None:
    aino = await office.client("aino")
    until = (office.clock.now + timedelta(days=days)).isoformat()
    body = {"person": str(office.id_of(aino)), "organisation": str(uuid4()), "until": until}
    answer = await office.bench.staff.post("/v1/memberships", body)
    assert (answer.status_code, answer.json()["outcome"]["data"]["reason"]) == (409, reason)


async def test_a_membership_is_ended_by_staff_by_a_secretary_or_by_the_member_and_by_nobody_else(
    office: Office,
) -> None:
    organisation = uuid4()
    aino, matti, liisa = [await office.client(name) for name in ("aino", "matti", "liisa")]
    await granted(office, office.bench.staff, office.id_of(aino), organisation, "secretary")
    for by, ended in (
        (liisa, False),
        (office.bench.web, False),
        (matti, True),
        (aino, True),
        (office.bench.staff, True),
    ):
        await granted(office, aino, office.id_of(matti), organisation)
        membership = (await office.me(matti))["memberships"][0]["membership"]
        answer = await by.post("/v1/membership-ends", {"membership": membership})
        assert answer.status_code == (200 if ended else 403), answer.text
        assert (await office.told("matti"))["acts_for"] == ([] if ended else [str(organisation)])
        if ended:
            again = await by.post("/v1/membership-ends", {"membership": membership})
            assert (again.status_code, again.json()["outcome"]["data"]["reason"]) == (404, "unknown-membership")


# -- who sees what ----------------------------------------------------------------------------------------------------


async def test_what_staff_see_of_a_person_is_shown_to_the_person(office: Office) -> None:
    aino = await office.client("aino")
    staff = await office.client("sari", amr=["helsinki_adfs"], ad_groups=["omatoimi-vallila-staff"])
    answer = await staff.get(f"/v1/persons/{office.id_of(aino)}?purpose=key")
    assert answer.json()["email"] == "aino@example.fi"
    (seen,) = (await aino.get("/v1/me/seen-by")).json()["items"]
    assert seen == {
        "at": office.clock.now.isoformat(),
        "operation": "read-contact-details",
        "purpose": "key",
        "kinds": ["name", "email", "telephone", "language"],
        "role": "staff",
        "unit": "vallila",
        "channel": "web",
    }, "and who it was by name is not told"
    assert (await office.me(aino))["seen_by"] == [seen]
    assert (await staff.get("/v1/me/seen-by")).json()["items"] == []


async def test_a_list_of_members_is_seen_of_each_and_ones_own_view_is_not(office: Office) -> None:
    organisation = uuid4()
    aino, matti, liisa = [await office.client(name) for name in ("aino", "matti", "liisa")]
    await granted(office, office.bench.staff, office.id_of(aino), organisation, "secretary")
    for member in (matti, liisa):
        await granted(office, aino, office.id_of(member), organisation)
    answer = await aino.get(f"/v1/organisations/{organisation}/members")
    assert sorted(one["name"] for one in answer.json()["items"]) == [
        "Aino Virtanen",
        "Liisa Virtanen",
        "Matti Virtanen",
    ]
    assert [len((await one.get("/v1/me/seen-by")).json()["items"]) for one in (aino, matti, liisa)] == [0, 1, 1]
    assert (await matti.get(f"/v1/organisations/{organisation}/members")).status_code == 404
    assert (await aino.get(f"/v1/organisations/{uuid4()}/members")).status_code == 404


async def test_what_cannot_be_logged_is_not_shown(office: Office) -> None:
    aino = await office.client("aino")
    await office.fetch("alter table people.access_log add constraint full_disk check (purpose = 'nothing')")
    answer = await office.bench.staff.get(f"/v1/persons/{office.id_of(aino)}?purpose=booking")
    assert answer.status_code >= 500
    assert "irtanen" not in answer.text


async def test_contact_details_are_for_staff_with_a_purpose_and_for_nobody_else(office: Office) -> None:
    aino, matti = await office.client("aino"), await office.client("matti")
    address = f"/v1/persons/{office.id_of(aino)}"
    assert (await matti.get(f"{address}?purpose=booking")).status_code == 403
    assert (await office.bench.http.get(f"{address}?purpose=booking")).status_code == 401
    assert (await office.bench.staff.get(address)).status_code == 422
    assert (await office.bench.staff.get(f"{address}?purpose=curiosity")).status_code == 422
    assert (await office.bench.staff.get(f"/v1/persons/{uuid4()}?purpose=booking")).status_code == 404
    assert (await aino.get("/v1/me/seen-by")).json()["items"] == [], "nobody saw anything"


async def test_staff_find_whoever_stands_before_them_by_the_whole_address_and_it_is_logged(office: Office) -> None:
    aino, _ = await office.client("aino"), await office.client("matti")
    asked = office.bench.staff.get
    found = (await asked("/v1/persons?email=AINO@example.fi&purpose=organisation")).json()["items"]
    assert found == [{"person": str(office.id_of(aino)), "name": "Aino Virtanen"}]
    for part in ("example.fi", "aino@", "%25@example.fi", "nobody@example.fi"):
        assert (await asked(f"/v1/persons?email={part}&purpose=organisation")).json()["items"] == []
    assert (await aino.get("/v1/persons?email=matti@example.fi&purpose=organisation")).status_code == 403
    (seen,) = (await aino.get("/v1/me/seen-by")).json()["items"]
    assert (seen["operation"], seen["purpose"], seen["role"]) == ("find-person", "organisation", "staff")


async def test_who_is_reached_at_an_address_is_found_by_an_index(office: Office) -> None:
    async with office.service.pool.acquire() as conn, conn.transaction():
        await conn.execute("set local enable_seqscan = off")
        plan = await conn.fetch(f"explain {AT_ADDRESS}", "aino@example.fi", 20)
    assert "contact_of_address" in str(plan)
    assert "Index Cond" in str(plan)


# -- export -----------------------------------------------------------------------------------------------------------


async def test_an_export_is_taken_once_within_a_day_by_whoever_asked_for_it(office: Office) -> None:
    aino, matti = await office.client("aino"), await office.client("matti")
    await office.bench.staff.get(f"/v1/persons/{office.id_of(aino)}?purpose=booking")
    export = (await aino.post("/v1/exports", {})).json()["outcome"]["data"]["export"]
    assert (await matti.get(f"/v1/exports/{export}")).status_code == 404
    answer = await aino.get(f"/v1/exports/{export}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-disposition"].startswith("attachment")
    told = answer.json()
    assert (told["contact"]["email"], len(told["seen_by"])) == ("aino@example.fi", 1)
    assert told.keys() | {"etag"} == (await office.me(aino)).keys()
    assert (await aino.get(f"/v1/exports/{export}")).status_code == 410
    late = (await aino.post("/v1/exports", {})).json()["outcome"]["data"]["export"]
    office.clock.pass_(hours=24)
    aino = await office.client("aino")
    assert (await aino.get(f"/v1/exports/{late}")).status_code == 410
    assert (await aino.get(f"/v1/exports/{uuid4()}")).status_code == 404
