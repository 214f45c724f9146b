"""Rivals over one decision, one case, one feedback: somebody is first, nothing is lost and nothing is told twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

from chassis import locks
from omatoimi_contracts.vocabulary import Slot

from tests.kits.decisions import Office, called, case, decision

CASE = "HEL-2026-000001"
KEY = "U540/2026-11-24/12"


async def test_two_languages_that_come_at_once_are_both_kept(office: Office) -> None:
    for n in range(10):
        section, number = str(100 + n), f"HEL-2026-{100 + n:06d}"
        finnish = decision(f"{{FI{n}}}", "Puisto", section=section, number=number)
        swedish = decision(f"{{SV{n}}}", "Parken", "Beslut.", section=section, number=None, lang="sv")
        await asyncio.gather(office.taken("decision", finnish), office.taken("decision", swedish))
        seen = await office.seen("decision", f"U540/2026-11-24/{section}")
        assert [words["language"] for words in seen["words"]] == ["fi", "sv"]
        assert seen["case"] == number
    told = Counter(await office.told())
    assert (told["decision.published"], told["decision.changed"]) == (10, 10)


async def test_decisions_of_one_case_that_come_at_once_make_it_once(office: Office) -> None:
    records = [decision(f"{{{n}}}", f"Puisto {n}", section=str(n + 1)) for n in range(12)]
    await asyncio.gather(*(office.taken("decision", record) for record in records))
    assert Counter(await office.told()) == {"decision.published": 12, "case.published": 1}


async def test_a_hearing_that_is_told_while_its_case_comes_shows_on_it(office: Office) -> None:
    start = office.clock.now + timedelta(days=2)
    then = Slot(start=start, end=start + timedelta(hours=2))
    for n in range(20):
        number = f"HEL-2026-{n:06d}"
        confirmed = office.booking.confirmed(uuid4(), then, number)
        await asyncio.gather(office.taken("case", case(number)), office.apply(confirmed))
        events = [event for event in await office.events() if event.subject == number]
        assert events[-1].data.hearing == then


async def test_the_same_record_from_many_at_once_is_published_once(office: Office) -> None:
    names = await asyncio.gather(*(office.taken("case", case()) for _ in range(12)))
    assert Counter(names) == {"case.published": 1, "record.received": 11}


async def test_a_case_that_is_removed_while_people_speak_ends_in_one_order(office: Office) -> None:
    await office.taken("case", case())
    answers = await asyncio.gather(
        *(office.say(CASE) for _ in range(6)),
        office.send("case", record=CASE, remove=True),
        *(office.say(CASE) for _ in range(6)),
    )
    received = [answer for answer in answers if called(answer) == "feedback.received"]
    assert len(await office.rows("select 1 from decisions.feedback")) == len(received)
    told = await office.told()
    assert "feedback.received" not in told[told.index("case.removed") :]


async def test_who_speaks_waits_for_whoever_has_the_case_in_hand(office: Office) -> None:
    await office.taken("case", case())
    service = office.bench.service
    async with service.pool.acquire() as rival, rival.transaction():
        await locks.acquire(rival, service.locks, {("case", CASE)})
        speaks = asyncio.create_task(office.say(CASE))
        waits = "select exists (select from pg_stat_activity where wait_event_type = 'Lock')"
        async with asyncio.timeout(300):
            while not await rival.fetchval(waits):
                assert not speaks.done(), "whoever speaks did not wait"
    assert called(await speaks) == "feedback.received"


async def test_of_two_answers_one_is_given(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE)
    answers = await asyncio.gather(*(office.answer(feedback, f"Vastaus {n}") for n in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert Counter(await office.told())["feedback.answered"] == 1


async def test_removal_and_correction_at_once_leave_one_consistent_state(office: Office) -> None:
    await office.taken("decision", decision())
    for n in range(6):
        await asyncio.gather(
            office.send("decision", record="{DECISION-1}", remove=True),
            office.send("decision", decision(title=f"Vallilan aukio {n}")),
        )
    events = [event for event in await office.events() if ".decision." in event.type]
    assert [event.data.version for event in events] == list(range(1, len(events) + 1))
    removed = events[-1].type == "omatoimi.decision.removed.v1"
    assert await office.status("decision", KEY) == (410 if removed else 200)
    assert ((await office.words_on_topic(KEY)) is None) == removed
