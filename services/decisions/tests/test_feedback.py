"""What residents say is kept here alone, and each ends answered or lapsed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.kits.chassis import validated_first
from tests.kits.decisions import KEY_OF_50, SECTION_50, Office, called, case

CASE = "HEL-2026-000001"
SAID = "Minä, Maija Meikäläinen, haluan puistoon penkin"


async def test_feedback_is_received_with_the_dimensions_of_its_case(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    answer = await office.say(KEY_OF_50)
    assert (answer.status_code, called(answer)) == (201, "feedback.received")
    event = await office.last()
    assert (event.data.case, event.data.body, event.data.primary) == (KEY_OF_50, "kaupunginjohtaja-j", ("22",))
    assert (event.unit, event.channel, event.outcome) == ("vallila", "web", True)


async def test_what_is_validated_only_is_what_would_come_of_it_and_nothing_comes_of_it(office: Office) -> None:
    service, web, staff = office.bench.service, office.bench.web, office.bench.staff
    for body in ({"kind": "case", "content": case()}, {"kind": "case", "content": {"Title": "No id"}}):
        await validated_first(service, staff, "/v1/records", body)
    said = await validated_first(service, web, "/v1/feedback", {"case": CASE, "text": SAID})
    unknown = await validated_first(service, web, "/v1/feedback", {"case": "HEL-1999-000001", "text": SAID})
    assert (said.status_code, unknown.status_code) == (201, 404)
    answer = {"feedback": said.json()["resource"]["feedback"], "text": "Puut jäävät"}
    for status in (201, 409):
        assert (await validated_first(service, staff, "/v1/answers", answer)).status_code == status
    await validated_first(service, staff, "/v1/records", {"kind": "case", "record": CASE, "remove": True})


async def test_feedback_on_an_unknown_or_removed_case_is_rejected(office: Office) -> None:
    assert called(await office.say(CASE)) == "request.rejected"
    await office.taken("case", case())
    await office.taken("case", record=CASE, remove=True)
    answer = await office.say(CASE)
    assert answer.status_code == 404
    assert (await office.last()).data.reason == "unknown-case"
    assert await office.rows("select 1 from decisions.feedback") == []


@pytest.mark.parametrize("written", [CASE, "HEL 2026-000001", "HEL\u00a02026-000001"])
async def test_a_case_is_known_by_its_number_as_pages_write_it(office: Office, written: str) -> None:
    await office.taken("case", case())
    answer = await office.say(written)
    assert (answer.status_code, (await office.last()).data.case) == (201, CASE)
    for path in (f"/v1/cases/{written}", f"/cases/{written}"):
        assert (await office.bench.http.get(path)).status_code == 200


async def test_what_was_said_stands_in_the_store_and_nowhere_else(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE, SAID)
    await office.answer(feedback)
    assert b"Maija" not in b"".join(await office.bytes_on_topics())
    inbox = await office.rows("select * from chassis.inbox")
    assert "Maija" not in str([dict(row) for row in inbox])
    for path in (f"/v1/cases/{CASE}", f"/cases/{CASE}", f"/v1/feedback/{feedback}", "/", "/v1/search?q=Maija"):
        assert "Maija" not in (await office.bench.http.get(path)).text
    assert "penkin" not in str(await office.words_on_topic(CASE))


async def test_staff_alone_read_what_was_said(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE, SAID)
    listed = (await office.bench.staff.get("/v1/feedback")).json()["items"]
    assert [(item["feedback"], item["text"], item["state"]) for item in listed] == [(feedback, SAID, "open")]
    assert (await office.bench.web.get("/v1/feedback")).status_code == 403
    assert (await office.bench.http.get("/v1/feedback")).status_code == 401
    assert (await office.bench.web.post("/v1/answers", {"feedback": feedback, "text": "Ei"})).status_code == 403


async def test_an_answer_is_published_on_the_case(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE, SAID)
    office.clock.pass_(days=3)
    answer = await office.answer(feedback, "Penkki tulee <keväällä>", changed=True)
    assert (answer.status_code, called(answer)) == (201, "feedback.answered")
    event = await office.last()
    assert (event.data.changed, event.data.case) == (True, CASE)
    assert b"Penkki" not in b"".join(await office.bytes_on_topics())
    (shown,) = (await office.seen("case", CASE))["answers"]
    assert (shown["text"], shown["changed"]) == ("Penkki tulee <keväällä>", True)
    assert "Penkki tulee &lt;keväällä&gt;" in (await office.bench.http.get(f"/cases/{CASE}")).text
    assert (await office.bench.http.get(f"/v1/feedback/{feedback}")).json()["state"] == "answered"


async def test_feedback_is_answered_once_and_by_who_knows_it(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE)
    await office.answer(feedback)
    again = await office.answer(feedback, "Toinen vastaus")
    assert (again.status_code, (await office.last()).data.reason) == (409, "already-answered")
    assert (await office.answer(str(uuid4()))).status_code == 404
    assert [one["text"] for one in (await office.seen("case", CASE))["answers"]] == ["Puut jäävät"]


async def test_feedback_lapses_after_60_days_at_the_very_second_and_the_event_has_that_time(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE)
    received = office.clock.now
    office.clock.now = received + timedelta(days=60) - timedelta(microseconds=1)
    await office.run_scheduled()
    assert (await _states(office)) == {"open": 1, "lapsed": 0}
    office.clock.now = received + timedelta(days=60)
    # Before any job has run.
    assert (await _states(office)) == {"open": 0, "lapsed": 1}
    assert (await office.bench.http.get(f"/v1/feedback/{feedback}")).json()["state"] == "lapsed"
    assert (await office.answer(feedback)).status_code == 409
    office.clock.pass_(days=2)
    await office.run_scheduled()
    await office.run_scheduled()
    lapses = [event for event in await office.events() if event.type == "omatoimi.feedback.lapsed.v1"]
    assert [(event.time, event.channel) for event in lapses] == [(received + timedelta(days=60), "automatic")]
    assert lapses[0].recordedtime == office.clock.now
    assert (await office.answer(feedback)).status_code == 409


async def _states(office: Office) -> dict[str, int]:
    found = {}
    for state in ("open", "lapsed"):
        answer = await office.bench.staff.get(f"/v1/feedback?state={state}")
        found[state] = len(answer.json()["items"])
    return found


async def test_feedback_lapses_at_the_answer_date_of_its_case_and_a_later_date_moves_no_promise(office: Office) -> None:
    await office.taken("case", case(), answer_by="2026-12-10T00:00:00+00:00")
    await office.said(CASE)
    await office.taken("case", case(), answer_by="2027-12-10T00:00:00+00:00")
    office.clock.pass_(days=30)
    await office.run_scheduled()
    event = await office.last()
    assert event.type == "omatoimi.feedback.lapsed.v1"
    assert event.time == datetime(2026, 12, 10, tzinfo=UTC)


async def test_what_was_answered_in_time_never_lapses(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE)
    office.clock.pass_(days=59)
    assert (await office.answer(feedback)).status_code == 201
    office.clock.pass_(days=59)
    await office.run_scheduled()
    assert await office.told() == ["case.published", "feedback.received", "feedback.answered"]


async def test_feedback_on_a_case_that_was_removed_still_lapses(office: Office) -> None:
    await office.taken("case", case())
    await office.said(CASE)
    await office.taken("case", record=CASE, remove=True)
    office.clock.pass_(days=61)
    await office.run_scheduled()
    assert (await office.told())[-1] == "feedback.lapsed"


async def test_more_lapses_than_one_round_takes_are_all_recorded_once(office: Office) -> None:
    await office.taken("case", case())
    async with office.bench.service.pool.acquire() as conn:
        await conn.execute(
            "insert into decisions.feedback (feedback, case_key, words, received_at, answer_by)"
            " select gen_random_uuid(), $1, '', $2::timestamptz, $2::timestamptz + interval '60 days'"
            " from generate_series(1, 450)",
            CASE,
            office.clock.now,
        )
    office.clock.pass_(days=61)
    await office.run_scheduled()
    lapsed = [event.subject for event in await office.events() if "lapsed" in event.type]
    assert len(lapsed) == len(set(lapsed)) == 450


async def test_what_was_said_is_erased_for_good_and_its_answer_stays(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE, SAID)
    await office.answer(feedback)
    path = f"/v1/feedback/{feedback}/text"
    refused = await office.bench.http.delete(path, headers={"Authorization": f"Bearer {office.bench.web.key}"})
    assert refused.status_code == 403
    staff = {"Authorization": f"Bearer {office.bench.staff.key}"}
    assert (await office.bench.http.delete(path, headers=staff)).status_code == 204
    assert "Maija" not in await office.everything_stored()
    assert (await office.seen("case", CASE))["answers"][0]["text"] == "Puut jäävät"
    unknown = await office.bench.http.delete(f"/v1/feedback/{uuid4()}/text", headers=staff)
    assert unknown.status_code == 404


async def test_the_same_feedback_sent_twice_is_heard_once(office: Office) -> None:
    await office.taken("case", case())
    id_ = UUID("019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07")
    body = {"case": CASE, "text": SAID}
    first = await office.bench.web.post("/v1/feedback", body, id=id_)
    again = await office.bench.web.post("/v1/feedback", body, id=id_)
    assert first.json()["outcome"] == again.json()["outcome"]
    assert again.json()["repeated"] is True
    assert len(await office.rows("select 1 from decisions.feedback")) == 1
    assert (await office.bench.web.post("/v1/feedback", {**body, "text": "Muuta"}, id=id_)).status_code == 422


async def test_a_draft_of_an_answer_is_kept_for_who_answers_and_goes_with_the_answer(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE)
    path, staff = f"/v1/feedback/{feedback}/draft", office.bench.staff
    headers = {"Authorization": f"Bearer {staff.key}"}
    for words in ("Ehkä penkki", "Penkki tulee"):
        kept = await office.bench.http.put(path, json={"text": words}, headers=headers)
        assert (kept.status_code, kept.json()["draft"]) == (200, words)
    assert [one["draft"] for one in (await staff.get("/v1/feedback")).json()["items"]] == ["Penkki tulee"]
    assert "Penkki" not in (await office.bench.http.get(f"/v1/feedback/{feedback}")).text
    web = {"Authorization": f"Bearer {office.bench.web.key}"}
    assert (await office.bench.http.put(path, json={"text": "Minun"}, headers=web)).status_code == 403
    assert (
        await office.bench.http.put(f"/v1/feedback/{uuid4()}/draft", json={"text": "x"}, headers=headers)
    ).status_code == 404
    await office.answer(feedback, "Penkki tulee puistoon")
    (row,) = await office.rows("select draft, answered_by from decisions.feedback")
    assert (row["draft"], row["answered_by"]) == (None, "staff")
    late = await office.bench.http.put(path, json={"text": "Myöhässä"}, headers=headers)
    assert (late.status_code, late.json()["type"]) == (409, "urn:omatoimi:problem:already-answered")
    told = (await office.bench.http.get(f"/v1/feedback/{feedback}")).json()
    assert (told["answered_by"], told["state"]) == ("staff", "answered")


async def test_a_draft_goes_with_the_words_and_when_the_time_is_over(office: Office) -> None:
    await office.taken("case", case())
    headers = {"Authorization": f"Bearer {office.bench.staff.key}"}
    erased, lapsed = await office.said(CASE), await office.said(CASE)
    for feedback in (erased, lapsed):
        await office.bench.http.put(f"/v1/feedback/{feedback}/draft", json={"text": "Luonnos"}, headers=headers)
    assert (await office.bench.http.delete(f"/v1/feedback/{erased}/text", headers=headers)).status_code == 204
    office.clock.pass_(days=61)
    await office.run_scheduled()
    assert [row["draft"] for row in await office.rows("select draft from decisions.feedback")] == [None, None]
