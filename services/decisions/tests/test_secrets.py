"""A secret record is kept by nobody and told to nobody; what was shown of it before is taken away."""

import pytest

from tests.kits.decisions import SECTION_50, Office, called, case, decision, page, secret

KEY = "U540/2026-11-24/12"
HIDDEN = "Kohtauspaikka"


async def test_of_a_secret_decision_nothing_is_stored_and_no_event_is_about_it(office: Office) -> None:
    content = secret(decision("{SECRET}", HIDDEN, f"{HIDDEN} suljetaan.", Attachments=[{"Title": HIDDEN}]))
    answer = await office.send("decision", content)
    assert (answer.status_code, called(answer)) == (409, "request.rejected")
    assert await office.told() == ["request.rejected"]
    (event,) = await office.events()
    assert (event.data.reason, event.subject) == ("withheld", str(event.data.request))
    written = b"".join(await office.bytes_on_topics()).decode() + await office.everything_stored()
    for told in (HIDDEN, "{SECRET}", "HEL-2026-000001", KEY, "JulkL"):
        assert told not in written
    assert await office.status("decision", KEY) == 404
    assert await office.status("case", "HEL-2026-000001") == 404


async def test_a_decision_that_becomes_secret_is_removed_everywhere(office: Office) -> None:
    public = decision("{D}", HIDDEN, f"{HIDDEN} suljetaan.", motion=page(HIDDEN, HIDDEN, part="Päätösehdotus"))
    await office.taken("decision", public)
    answer = await office.send("decision", secret(public))
    assert (answer.status_code, called(answer)) == (200, "decision.removed")
    assert (await office.told())[3:] == ["decision.removed", "motion.removed", "case.removed"]
    assert await office.words_on_topic(KEY) is None
    assert HIDDEN not in await office.everything_stored()
    assert (await office.send("decision", secret(public))).json()["title"] == "Withheld"
    assert await office.taken("decision", public) == "decision.published"
    assert (await office.last()).data.version == 3


async def test_the_other_language_of_a_secret_decision_is_secret_too(office: Office) -> None:
    swedish = decision("{SV}", HIDDEN, "Nämnden beslutade.", lang="sv")
    await office.taken("decision", swedish)
    assert called(await office.send("decision", secret(decision("{FI}")))) == "decision.removed"
    answer = await office.send("decision", swedish)
    assert (answer.status_code, called(answer)) == (409, "request.rejected")
    assert HIDDEN not in await office.everything_stored()


@pytest.mark.parametrize("case_first", [True, False])
async def test_the_title_of_a_case_does_not_tell_what_its_secret_decision_hides(
    office: Office, case_first: bool
) -> None:
    steps = [("case", case(title=HIDDEN)), ("decision", secret(decision()))]
    for kind, record in steps if case_first else reversed(steps):
        await office.send(kind, record)
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == ""
    assert (await office.words_on_topic("HEL-2026-000001")).title == ""
    assert await office.searched(HIDDEN) == []
    page_ = await office.bench.http.get("/cases/HEL-2026-000001")
    assert HIDDEN not in page_.text
    rejected = next(event for event in await office.events() if "rejected" in event.type)
    of_case = [event for event in await office.events() if "case." in event.type]
    assert all(event.causationid != rejected.causationid for event in of_case)
    await office.taken("decision", decision())
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == HIDDEN


async def test_a_case_that_becomes_secret_is_removed_and_not_made_again_from_its_decisions(office: Office) -> None:
    await office.taken("case", case(title=HIDDEN))
    answer = await office.send("case", secret(case(title=HIDDEN)))
    assert called(answer) == "case.removed"
    assert await office.words_on_topic("HEL-2026-000001") is None
    await office.taken("decision", decision())
    assert (await office.told())[2:] == ["decision.published"]
    assert await office.status("case", "HEL-2026-000001") == 410
    assert HIDDEN not in await office.everything_stored()


async def test_secret_minutes_are_withheld(office: Office) -> None:
    text = SECTION_50.replace("Kirjasto asukkaiden toiminnan tukena -kokeiluhanke", "Salassa pidettävä (JulkL 24.1 §)")
    answer = await office.send("minutes", text=text)
    assert (answer.status_code, called(answer)) == (409, "request.rejected")
    await office.taken("minutes", text=SECTION_50.replace("50 §", "51 §"))
    assert (await office.send("minutes", text=SECTION_50)).status_code == 201


async def test_a_secret_item_of_a_meeting_leaves_nothing_but_its_place(office: Office) -> None:
    meeting = {"MeetingID": "M1", "DateMeeting": "2026-12-01T15:00:00.000", "Status": "Luotu"}
    item = {"AgendaPoint": "1", "AgendaItem": HIDDEN, "HTML": page(HIDDEN, HIDDEN)}
    await office.taken("meeting", {**meeting, "Agenda": [item]})
    assert HIDDEN in await office.everything_stored()
    await office.taken("meeting", {**meeting, "Agenda": [{**item, "AgendaItem": "Salassa pidettävä (JulkL)"}]})
    assert HIDDEN not in await office.everything_stored()


async def test_a_secret_initiative_is_forgotten(office: Office) -> None:
    record = {"FileURI": "F1", "Title": HIDDEN, "Date": "2026-02-01T00:00:00.000"}
    await office.taken("initiative", record)
    answer = await office.send("initiative", {**record, "Title": "Salassa pidettävä (JulkL)"})
    assert called(answer) == "request.rejected"
    assert HIDDEN not in await office.everything_stored()
