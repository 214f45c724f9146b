"""What the source takes back is taken away everywhere, and may come again."""

import pytest

from tests.kits.decisions import KEY_OF_50, SECTION_50, Office, called, case, decision, page

KEY = "U540/2026-11-24/12"


async def test_a_removed_decision_leaves_with_its_words_its_motion_and_the_case_made_of_it(office: Office) -> None:
    proposed = page("Vallilan puisto", "Ainutlaatuinen ehdotus.", part="Päätösehdotus")
    await office.taken("decision", decision("{D}", "Vallilan puisto", "Ainutlaatuinen päätös.", motion=proposed))
    answer = await office.send("decision", record="{D}", remove=True)
    assert (answer.status_code, called(answer)) == (200, "decision.removed")
    assert (await office.told())[3:] == ["decision.removed", "motion.removed", "case.removed"]
    removed = (await office.events())[3]
    assert (removed.data.version, removed.data.primary, removed.unit) == (2, ("22",), "vallila")
    assert await office.words_on_topic(KEY) is None
    assert await office.words_on_topic("HEL-2026-000001") is None
    assert await office.status("decision", KEY) == 410
    assert await office.status("case", "HEL-2026-000001") == 410
    assert (await office.bench.http.get("/v1/decisions", params={"district": "22"})).json() == {"items": []}
    assert await office.searched("ainutlaatuinen") == []
    stored = await office.everything_stored()
    assert "Ainutlaatuinen" not in stored
    assert "Vallilan puisto" not in stored
    assert "ainutlaatu" not in stored.lower()


async def test_what_comes_again_is_published_again_with_a_grown_version(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    await office.taken("minutes", record=KEY_OF_50, remove=True)
    assert await office.taken("minutes", text=SECTION_50) == "decision.published"
    of_decision = [event.data.version for event in await office.events() if "decision" in event.type]
    assert of_decision == [1, 2, 3]
    assert (await office.words_on_topic(KEY_OF_50)).version == 3
    assert (await office.bench.http.get("/v1/decisions", params={"unit": "vallila"})).json()["items"]


async def test_a_decision_stays_while_one_of_its_languages_does(office: Office) -> None:
    await office.taken("decision", decision("{FI}", "Vallilan puisto"))
    await office.taken("decision", decision("{SV}", "Parken", "Nämnden beslutade.", lang="sv"))
    assert await office.taken("decision", record="{FI}", remove=True) == "decision.changed"
    seen = await office.seen("decision", KEY)
    assert [words["language"] for words in seen["words"]] == ["sv"]
    assert "Vallilan puisto" not in await office.everything_stored()
    assert await office.taken("decision", record="{SV}", remove=True) == "decision.removed"


async def test_a_decision_is_removed_in_all_languages_by_its_key(office: Office) -> None:
    await office.taken("decision", decision("{FI}"))
    await office.taken("decision", decision("{SV}", "Parken", "Nämnden beslutade.", lang="sv"))
    assert await office.taken("decision", record=KEY, remove=True) == "decision.removed"
    assert await office.rows("select 1 from decisions.record where content is not null") == []


async def test_a_removed_case_is_gone_while_its_decisions_stay_until_something_new_is_decided(office: Office) -> None:
    await office.taken("case", case(title="Tontinvaraus"))
    await office.taken("decision", decision())
    assert await office.taken("case", record="HEL 2026-000001", remove=True) == "case.removed"
    assert await office.status("case", "HEL-2026-000001") == 410
    assert await office.status("decision", KEY) == 200
    assert await office.taken("decision", decision()) == "record.received"
    assert await office.status("case", "HEL-2026-000001") == 410
    await office.taken("decision", decision("{D2}", "Vallilan aukio", section="14"))
    assert (await office.told())[4:] == ["decision.published", "case.published"]
    assert (await office.last()).data.version == 3
    assert "Tontinvaraus" not in await office.everything_stored()


async def test_a_case_that_was_made_of_a_decision_can_be_removed_too(office: Office) -> None:
    await office.taken("decision", decision())
    assert await office.taken("case", record="HEL-2026-000001", remove=True) == "case.removed"
    assert await office.status("decision", KEY) == 200
    assert await office.taken("case", case()) == "case.published"


async def test_a_removal_told_again_says_nothing_new_and_one_of_the_unknown_is_told_so(office: Office) -> None:
    await office.taken("case", case())
    await office.taken("case", record="HEL-2026-000001", remove=True)
    assert await office.taken("case", record="HEL-2026-000001", remove=True) == "record.received"
    assert (await office.send("case", record="HEL-2026-000002", remove=True)).status_code == 404
    assert (await office.send("decision", record="HEL-2026-000001", remove=True)).status_code == 404
    assert await office.told() == [
        "case.published",
        "case.removed",
        "record.received",
        "request.rejected",
        "request.rejected",
    ]


@pytest.mark.parametrize("kind", ["meeting", "initiative", "resolution"])
async def test_records_without_an_event_of_their_own_are_forgotten_too(office: Office, kind: str) -> None:
    record = {"MeetingID": "M1", "FileURI": "M1", "Title": "Ponsi", "Location": "Ponsi"}
    moments = dict.fromkeys(("Date", "DateMeeting"), "2026-12-01T15:00:00.000")
    await office.taken(kind, {**record, **moments})
    assert "Ponsi" in await office.everything_stored()
    assert await office.taken(kind, record="M1", remove=True) == "record.received"
    assert "Ponsi" not in await office.everything_stored()
