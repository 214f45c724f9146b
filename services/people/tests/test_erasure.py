"""Who is erased is gone from every place, at once, however they ask; who comes back is somebody new."""

from datetime import timedelta
from uuid import UUID, uuid4

from chassis.act import apply
from omatoimi_contracts.people import PersonErased
from people import scheduled

from tests.kits.chassis import Client
from tests.kits.facts import stated
from tests.kits.people import Office

PLANTED = ("Kreivi", "Dracula", "kreivi@linna.example", "+358 50 666 6666", "666 6666")


async def everything(office: Office) -> str:
    """All rows of all tables of people's database, as text; bytes as they read."""
    tables = await office.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    )
    found = []
    for table in tables:
        for row in await office.fetch(f"select * from {table['name']}"):
            found += [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in row.values()]
    return "\n".join(found)


async def planted(office: Office) -> tuple[Client, UUID]:
    """A person of whom something stands in every table."""
    kreivi = await office.client("kreivi", name="Kreivi Dracula", email="kreivi@linna.example")
    person, organisation = office.id_of(kreivi), uuid4()
    details = {
        "name": "Kreivi Dracula",
        "email": "kreivi@linna.example",
        "telephone": "+358 50 666 6666",
        "consents": ["digests", "surveys"],
    }
    assert (await kreivi.post("/v1/contact-details", details)).status_code == 201
    until = (office.clock.now + timedelta(days=3)).isoformat()
    body = {"person": str(person), "organisation": str(organisation), "role": "secretary", "until": until}
    assert (await office.bench.staff.post("/v1/memberships", body)).status_code == 201
    assert (await office.bench.staff.get(f"/v1/persons/{person}?purpose=booking")).status_code == 200
    assert (await kreivi.post("/v1/exports", {})).status_code == 201
    letter = f'{{"person": "{person}", "name": "Kreivi Dracula"'.encode()
    await office.fetch(
        'insert into chassis.dead_letter (topic, partition, "offset", value, headers, reason, pointer, at)'
        " values ('people.requests.v1', 0, 0, $1, '[]', 'no JSON', '', $2)",
        letter,
        office.clock.now,
    )
    await office.fetch(
        "insert into chassis.outbox (topic, key, value, headers, created_at)"
        " values ('people.dead-letters.v1', '1', $1, '[]', $2)",
        letter,
        office.clock.now,
    )
    return kreivi, person


async def test_of_who_is_erased_nothing_stands_in_any_table(office: Office) -> None:
    kreivi, person = await planted(office)
    other = await office.client("aino")
    before = await everything(office)
    assert all(word in before for word in PLANTED)
    digests = await office.fetch("select digest from chassis.inbox where outcome ->> 'type' like '%contact-details%'")
    answer = await kreivi.post("/v1/erasures", {})
    assert (answer.status_code, answer.json()["outcome"]["data"]) == (200, {"person": str(person)})
    after = await everything(office)
    assert [word for word in PLANTED if word in after] == []
    for table in ("person", "contact", "consent", "membership", "export", "access_log"):
        rows = await office.fetch(f"select t::text as told from people.{table} t")
        assert not [row for row in rows if str(person) in row["told"]], table
    (left,) = await office.fetch(
        "select count(*) from chassis.inbox where digest = any($1)", [d["digest"] for d in digests]
    )
    assert (len(digests), left["count"]) == (1, 0), "not even what one could guess an address by"
    assert (await office.me(other))["contact"]["name"] == "Aino Virtanen", "of others everything"


async def test_everybody_is_told_by_the_random_id_alone_and_not_by_a_tombstone(office: Office) -> None:
    kreivi, person = await planted(office)
    await kreivi.post("/v1/erasures", {})
    last = (await office.events())[-1]
    assert (last.type, last.data.model_dump(mode="json")) == ("omatoimi.person.erased.v1", {"person": str(person)})
    (row,) = await office.fetch(
        "select key, value from chassis.outbox where topic = 'people.events.v1' order by seq desc limit 1"
    )
    assert row["key"] == str(person)
    assert row["value"] is not None


async def test_asked_twice_the_answer_is_the_same(office: Office) -> None:
    kreivi, person = await planted(office)
    id_ = uuid4()
    first = await kreivi.post("/v1/erasures", {}, id=id_)
    again = await kreivi.post("/v1/erasures", {}, id=id_)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["outcome"] == first.json()["outcome"]
    another = await kreivi.post("/v1/erasures", {})
    assert (another.status_code, another.json()["outcome"]["data"]) == (200, {"person": str(person)})


async def test_who_signs_in_after_an_erasure_is_a_new_person_with_nothing_of_the_old(office: Office) -> None:
    """Case 23 of the research."""
    kreivi, person = await planted(office)
    await kreivi.post("/v1/erasures", {})
    told = await office.told("kreivi")
    assert (UUID(told["sub"]) != person, told["acts_for"]) == (True, [])
    now = await office.me(await office.client("kreivi"))
    assert (now["memberships"], now["consents"], now["exports"], now["seen_by"]) == ([], [], [], [])


async def test_with_a_token_of_before_nothing_of_the_old_person_comes_back(office: Office) -> None:
    kreivi, person = await planted(office)
    await kreivi.post("/v1/erasures", {})
    answer = await kreivi.post("/v1/contact-details", {"name": "Kreivi Dracula"})
    assert (answer.status_code, answer.json()["outcome"]["data"]["reason"]) == (404, "unknown-person")
    assert (await kreivi.get("/v1/me")).status_code == 404
    assert (await office.bench.staff.get(f"/v1/persons/{person}?purpose=booking")).status_code == 404
    assert "Dracula" not in await everything(office)


async def test_what_is_only_validated_erases_nothing(office: Office) -> None:
    kreivi, _ = await planted(office)
    before = await everything(office)
    told = await kreivi.post("/v1/erasures?validate-only=true", {})
    assert (told.status_code, told.json()["would_be"]) == (200, 200)
    assert await everything(office) == before


async def test_whom_a_restored_database_brings_back_is_forgotten_again_by_our_own_log(office: Office) -> None:
    """The record of the erasure is read again, any number of times, and of others it takes nothing."""
    _, person = await planted(office)
    other = await office.client("aino")
    erased = stated(PersonErased(person=person), time=office.clock.now, sequence=1)
    for _ in range(2):
        await apply(office.service, [erased], once=False)
        text = await everything(office)
        assert [word for word in PLANTED if word in text] == []
    assert (await office.me(other))["contact"]["name"] == "Aino Virtanen"


async def test_contact_details_go_two_years_after_their_last_use_and_the_person_stays(office: Office) -> None:
    kreivi, person = await planted(office)
    office.clock.pass_(days=700)
    aino = await office.client("aino")
    office.clock.pass_(days=30)
    await office.run(scheduled.forget)
    assert (await office.fetch("select name from people.contact where person = $1", person))[0]["name"]
    office.clock.pass_(seconds=1)
    await office.run(scheduled.forget)
    left = await office.fetch("select person from people.contact")
    assert [row["person"] for row in left] == [office.id_of(aino)]
    assert not await office.fetch("select from people.consent")
    assert await office.fetch("select from people.person where person = $1", person)
    assert office.id_of(await office.client("kreivi")) == person
    assert office.id_of(kreivi) == person


async def test_how_long_is_kept_is_the_installations_word_and_told_to_everybody(office: Office) -> None:
    shown = (await office.bench.http.get("/v1/retention")).json()["items"]
    assert {one["kind"]: (one["days"], one["after"]) for one in shown} == {
        "contact-details": (730, "last-use"),
        "memberships": (730, "end"),
        "access-log": (730, "entry"),
        "messages": (90, "end"),
        "exports": (1, "request"),
    }


async def test_memberships_the_log_and_exports_go_when_their_time_is_over(office: Office) -> None:
    await planted(office)
    office.clock.pass_(days=730)
    await office.run(scheduled.forget)
    counts = {
        table: len(await office.fetch(f"select from people.{table}"))
        for table in ("membership", "access_log", "export")
    }
    assert counts == {"membership": 1, "access_log": 1, "export": 0}
    office.clock.pass_(days=3, seconds=1)
    await office.run(scheduled.forget)
    assert not await office.fetch("select from people.membership union all select from people.access_log")
