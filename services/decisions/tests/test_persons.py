"""What somebody says who has signed in is theirs to read again, is answered by who answers for the city, and is never
told with the one who said it."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio
from chassis.access import Role, RoleAt

from tests.kits.chassis import Client
from tests.kits.decisions import Office, case
from tests.kits.persons import Issuer, issuer, staff_of, trust
from tests.kits.told import asked_to_tell, may_ask

CASE = "HEL-2026-000001"
AINO, VEIKKO = uuid4(), uuid4()


@pytest_asyncio.fixture
async def people(office: Office) -> AsyncIterator[Issuer]:
    async with issuer() as made:
        trust(office.bench.service, made)
        await office.taken("case", case())
        yield made


def signed_in(office: Office, people: Issuer, person: UUID | None = None, *at: RoleAt) -> Client:
    """Somebody at the web channel."""
    return people.signs_in(office.bench.web, person, now=office.clock.now, at=at)


async def said(by: Client, text: str) -> str:
    answer = await by.post("/v1/feedback", {"case": CASE, "text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resource"]["feedback"])


async def test_a_person_lists_what_they_said_with_its_answer_and_nobody_elses(office: Office, people: Issuer) -> None:
    aino, veikko = signed_in(office, people, AINO), signed_in(office, people, VEIKKO)
    first = await said(aino, "Penkki puistoon")
    office.clock.pass_(minutes=1)
    second = await said(aino, "Kaksi penkkiä")
    await said(veikko, "Ei penkkejä")
    await said(office.bench.web, "Koirapuisto")
    participation = signed_in(office, people, None, RoleAt(Role.PARTICIPATION))
    body = {"feedback": first, "text": "Penkki tulee", "changed": True}
    assert (await participation.post("/v1/answers", body)).status_code == 201

    async def listed(query: str = "") -> list[tuple[str, str, str | None]]:
        answer = await aino.get(f"/v1/feedback/mine{query}")
        assert answer.status_code == 200, answer.text
        assert str(AINO) not in answer.text
        return [(one["feedback"], one["text"], one["answer"]) for one in answer.json()["items"]]

    assert await listed() == [(second, "Kaksi penkkiä", None), (first, "Penkki puistoon", "Penkki tulee")]
    assert [one[0] for one in await listed("?state=open")] == [second]
    assert [one[0] for one in await listed("?limit=1&offset=1")] == [first]
    assert (await office.bench.web.get("/v1/feedback/mine")).status_code == 403


async def test_only_who_answers_for_the_city_reads_and_answers_what_persons_said(
    office: Office, people: Issuer
) -> None:
    feedback = await said(signed_in(office, people, AINO), "Penkki puistoon")
    for other in (signed_in(office, people, AINO), signed_in(office, people, None, staff_of("vallila"))):
        assert (await other.get("/v1/feedback")).status_code == 403
        assert (await other.post("/v1/answers", {"feedback": feedback, "text": "Ei"})).status_code == 403
        assert (await other.http.delete(f"/v1/feedback/{feedback}/text", headers=other.asking)).status_code == 403
    participation = signed_in(office, people, None, RoleAt(Role.PARTICIPATION))
    (open_one,) = (await participation.get("/v1/feedback")).json()["items"]
    assert (open_one["feedback"], open_one["text"]) == (feedback, "Penkki puistoon")


async def test_how_it_stands_is_told_to_whoever_said_it_and_who_answers_and_to_nobody_else(
    office: Office, people: Issuer
) -> None:
    address = f"/v1/feedback/{await said(signed_in(office, people, AINO), 'Penkki puistoon')}"
    for other in (signed_in(office, people, VEIKKO), signed_in(office, people, None, staff_of("vallila"))):
        assert (await other.get(address)).status_code == 404
    assert (await office.bench.web.get(address)).status_code == 404
    assert (await office.bench.http.get(address)).status_code == 404
    for by in (signed_in(office, people, AINO), signed_in(office, people, None, RoleAt(Role.PARTICIPATION))):
        assert (await by.get(address)).json()["state"] == "open"
    # What nobody had signed in for is told to whoever has its id: they have no other way to it.
    assert (await office.bench.http.get(f"/v1/feedback/{await said(office.bench.web, 'Lisää valoa')}")).is_success


async def test_who_said_it_is_on_no_topic_and_in_no_outcome(office: Office, people: Issuer) -> None:
    feedback = await said(signed_in(office, people, AINO), "Penkki puistoon")
    await office.answer(feedback)
    (row,) = await office.rows("select person from decisions.feedback")
    assert row["person"] == AINO
    outcomes = await office.rows("select outcome::text as told from chassis.inbox where outcome is not null")
    told = [*map(str, await office.bytes_on_topics()), *(row["told"] for row in outcomes)]
    assert len(told) > 4
    assert all(str(AINO) not in one for one in told)


async def test_whoever_said_something_is_told_that_it_is_answered(office: Office, people: Issuer) -> None:
    may_ask(office.bench.service)
    for by in (signed_in(office, people, AINO), office.bench.web):
        body = {"feedback": await said(by, "Penkki puistoon"), "text": "Penkki tulee"}
        assert (await office.bench.staff.post("/v1/answers", body)).status_code == 201
    (told,) = await asked_to_tell(office.bench.service)
    assert (told.person, told.kind, told.case) == (AINO, "feedback-answered", CASE)
