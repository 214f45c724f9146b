"""What is told of a record of the city, and what can be seen after it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from chassis.pages import words_of
from decisions import main

from tests.kits.decisions import KEY_OF_50, SECTION_50, Office, called, case, decision, page

IN_SWEDISH: dict[str, Any] = {"Organization": {"ID": "U540", "Name": "Stadsmiljönämnden", "TypeId": "3"}}

LATEST = "9999-12-31T23:59:59+00:00"
"""A moment that has no local day."""


async def test_the_minutes_of_section_50_become_a_decision_of_the_librarys_area_with_a_case_of_its_own(
    office: Office,
) -> None:
    answer = await office.send("minutes", text=SECTION_50)
    assert answer.status_code == 201, answer.text
    published, made = await office.events()
    assert (called(answer), published.outcome, made.outcome) == ("decision.published", True, False)
    assert made.type == "omatoimi.case.published.v1"
    for event in (published, made):
        assert (event.data.case, event.data.primary, event.unit) == (KEY_OF_50, ("22",), "vallila")
        assert (event.data.version, event.channel) == (1, "staff")
    assert (published.data.body, published.data.section, str(published.data.decided)) == (
        "kaupunginjohtaja-j",
        50,
        "2014-05-14",
    )
    seen = await office.seen("decision", KEY_OF_50)
    assert seen["title"] == "Kirjasto asukkaiden toiminnan tukena -kokeiluhanke"
    assert [(d["date"], d["who"]) for d in seen["deadlines"]] == [("2015-09-30", "kaupunginkirjasto")]
    assert {(e["district"], e["text"]) for e in seen["evidence"]} == {("22", "Vallilan")}


async def test_a_decision_is_the_outcome_with_its_motion_and_its_case_beside_it(office: Office) -> None:
    proposed = page("Vallilan puiston suunnitelma", "Lautakunta hyväksyy.", part="Päätösehdotus")
    answer = await office.send("decision", decision(motion=proposed))
    assert (answer.status_code, called(answer)) == (201, "decision.published")
    assert await office.told() == ["decision.published", "motion.published", "case.published"]
    outcome, *beside = await office.events()
    assert outcome.outcome
    assert not any(event.outcome for event in beside)
    assert {event.causationid for event in (outcome, *beside)} == {outcome.causationid}
    assert {event.data.case for event in (outcome, *beside)} == {"HEL-2026-000001"}
    assert {event.data.body for event in (outcome, *beside)} == {"U540"}
    assert answer.json()["resource"]["key"] == "U540/2026-11-24/12"
    seen = await office.seen("decision", "U540/2026-11-24/12")
    assert seen["motion"]["sections"][0]["paragraphs"] == ["Lautakunta hyväksyy."]
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == "Vallilan puiston suunnitelma"


async def test_a_case_that_is_known_is_not_made_again(office: Office) -> None:
    assert await office.taken("case", case()) == "case.published"
    await office.taken("decision", decision())
    await office.taken("decision", decision("{DECISION-2}", section="13"))
    assert await office.told() == ["case.published", "decision.published", "decision.published"]


async def test_the_citys_own_record_of_a_case_takes_the_place_of_the_one_that_was_made(office: Office) -> None:
    await office.taken("decision", decision())
    assert await office.taken("case", case(title="Hermannin rantatie")) == "case.changed"
    assert (await office.last()).data.version == 2
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == "Hermannin rantatie"
    await office.taken("decision", decision(title="Toinen otsikko"))
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == "Hermannin rantatie"


async def test_a_case_that_was_made_follows_its_decision(office: Office) -> None:
    await office.taken("decision", decision())
    await office.taken("decision", decision(title="Kumpulan puiston suunnitelma"))
    assert (await office.told())[2:] == ["decision.changed", "case.changed"]
    assert (await office.last()).data.primary == ("24",)
    await office.taken("decision", decision("{DECISION-1}", "Kumpulan puiston suunnitelma", "Toinen teksti."))
    assert (await office.told())[4:] == ["decision.changed"]


async def test_what_was_decided_first_in_a_case_names_it_whatever_the_clocks_say(office: Office) -> None:
    await office.taken("decision", decision("{1}", "Ensimmäinen", section="5"))
    office.clock.pass_(seconds=-3)
    for section in ("4", "6"):
        await office.taken("decision", decision(f"{{{section}}}", "Myöhempi", section=section))
    assert "case.changed" not in await office.told()
    assert (await office.seen("case", "HEL-2026-000001"))["title"] == "Ensimmäinen"


async def test_only_what_is_new_is_told_and_versions_grow_by_one(office: Office) -> None:
    for record in (case(), case(), case(Status="Ratkaistu"), case(Status="Ratkaistu"), case()):
        await office.taken("case", record)
    assert await office.told() == [
        "case.published",
        "record.received",
        "case.changed",
        "record.received",
        "case.changed",
    ]
    assert [e.data.version for e in await office.events() if "case" in e.type] == [1, 2, 3]
    received = [e for e in await office.events() if "received" in e.type]
    assert {e.data.kind for e in received} == {"case"}
    assert all(e.outcome for e in received)


async def test_the_digest_is_that_of_the_words_and_can_be_checked_by_anybody(office: Office) -> None:
    await office.taken("decision", decision())
    event = (await office.events())[0]
    text = await office.words_on_topic("U540/2026-11-24/12")
    told = {
        "language": text.language,
        "sections": [{"paragraphs": list(s.paragraphs), "title": s.title} for s in text.sections],
        "title": text.title,
    }
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert event.data.digest == text.digest == hashlib.sha256(plain.encode()).hexdigest()
    await office.taken("case", case(Status="Vireillä"))
    before = (await office.last()).data.digest
    await office.taken("case", case(Status="Ratkaistu"))
    assert (await office.last()).data.digest == before


async def test_two_languages_of_a_decision_are_one_decision(office: Office) -> None:
    finnish = decision("{FI}", "Vallilan puisto")
    swedish = decision("{SV}", "Parken i Vallgård", "Nämnden beslutade att godkänna planen.", lang="sv", **IN_SWEDISH)
    await office.taken("decision", swedish)
    assert await office.taken("decision", finnish) == "decision.changed"
    seen = await office.seen("decision", "U540/2026-11-24/12", lang="sv")
    assert [words["language"] for words in seen["words"]] == ["fi", "sv"]
    assert seen["title"] == "Parken i Vallgård"
    assert (await office.words_on_topic("U540/2026-11-24/12")).title == "Vallilan puisto"
    assert seen["body"]["name"] == "Kaupunkiympäristölautakunta"
    for _ in range(3):
        assert await office.taken("decision", swedish) == "record.received"
        assert await office.taken("decision", finnish) == "record.received"
    corrected = decision("{SV}", "Parken i Vallgård", "Nämnden förkastade planen.", lang="sv", **IN_SWEDISH)
    assert await office.taken("decision", corrected) == "decision.changed"
    assert (await office.seen("decision", "U540/2026-11-24/12"))["body"]["name"] == "Kaupunkiympäristölautakunta"


async def test_a_motion_that_only_one_language_has_stays_when_the_other_comes(office: Office) -> None:
    proposed = page("Parken", "Planen godkänns.", lang="sv", part="Beslutsförslag")
    await office.taken("decision", decision("{SV}", "Parken", "Nämnden beslutade.", lang="sv", motion=proposed))
    await office.taken("decision", decision("{FI}"))
    assert "motion.removed" not in await office.told()
    assert (await office.seen("decision", "U540/2026-11-24/12"))["motion"]["title"] == "Parken"


async def test_a_decision_without_a_case_number_is_its_own_case(office: Office) -> None:
    await office.taken("decision", decision(number=None))
    published, made = await office.events()
    assert published.data.case == published.data.decision == made.data.case == "U540/2026-11-24/12"
    assert [event.sequence for event in (published, made)] == ["0000000001", "0000000002"]
    await office.taken("decision", decision())
    assert (await office.told())[2:] == ["decision.changed", "case.removed", "case.published"]
    assert (await office.seen("decision", "U540/2026-11-24/12"))["case"] == "HEL-2026-000001"


async def test_a_decision_without_a_date_keeps_its_own_id_until_the_date_is_known(office: Office) -> None:
    await office.taken("decision", decision("{OFFICIAL-1}", Meeting=None))
    assert (await office.events())[0].data.decision == "{OFFICIAL-1}"
    answer = await office.send("decision", decision("{OFFICIAL-1}"))
    assert (answer.status_code, called(answer)) == (201, "decision.published")
    assert (await office.told())[2:] == ["decision.published", "decision.removed"]
    assert await office.status("decision", "{OFFICIAL-1}") == 410
    assert await office.status("decision", "U540/2026-11-24/12") == 200


async def test_a_motion_that_changes_alone_is_told_alone(office: Office) -> None:
    await office.taken("decision", decision(motion=page("Vallilan puisto", "Hylätään.", part="Päätösehdotus")))
    await office.taken("decision", decision(motion=page("Vallilan puisto", "Hyväksytään.", part="Päätösehdotus")))
    # What the decision's record holds of the motion is a part of it.
    assert (await office.told())[3:] == ["decision.changed", "motion.changed"]
    await office.taken("decision", decision())
    assert (await office.told())[5:] == ["decision.changed", "motion.removed"]


async def test_minutes_of_a_motion_are_a_motion_with_a_case(office: Office) -> None:
    proposed = SECTION_50.replace("\n Päätös\n", "\n Päätösehdotus\n").replace("Pöytäkirja", "Esityslista")
    assert await office.taken("minutes", text=proposed) == "motion.published"
    assert await office.told() == ["motion.published", "case.published"]
    assert await office.taken("minutes", text=SECTION_50) == "decision.published"
    assert (await office.told())[2:] == ["decision.published"]
    assert (await office.seen("decision", KEY_OF_50))["motion"] is not None


async def test_meetings_initiatives_and_resolutions_are_stored_and_make_no_event_of_their_own(office: Office) -> None:
    link = "https://ahjo.example/content/%7B1%7D"
    booked = {"MeetingID": "U54020261", "DateMeeting": "2026-12-01T15:00:00.000", "Status": "Kokous varattu"}
    item = {"AgendaPoint": "1", "AgendaItem": "Vallilan puisto", "HTML": page("Vallilan puisto", "Hyväksytään.")}
    published = {**booked, "Status": "Luotu", "Agenda": [item]}
    records = [
        (
            "initiative",
            {"FileURI": link, "Title": "Valtuustoaloite 1.2.2026 Puisto", "Date": "2026-02-01T00:00:00.000"},
        ),
        ("resolution", {"FileURI": link + "2", "Title": "Toivomusponsi 1", "Date": "2026-02-01T00:00:00.000"}),
        ("meeting", published),
        ("meeting", booked),
    ]
    for kind, record in records:
        assert await office.taken(kind, record) == "record.received"
    assert [event.data.kind for event in await office.events()] == [kind for kind, _ in records]
    rows = await office.rows("select kind, content->>'status' as status from decisions.record order by kind")
    assert [tuple(row) for row in rows] == [("initiative", None), ("meeting", "agenda"), ("resolution", None)]


async def test_what_cannot_be_taken_in_is_told_by_a_digest_of_its_id_and_a_code(office: Office) -> None:
    for kind, fields, reason, id_ in (
        ("decision", {"content": {"NativeId": "{X}", "Title": "Puisto"}}, "no-body", "{X}"),
        ("meeting", {"content": {"MeetingID": "M1"}}, "no-time", "M1"),
        ("case", {"content": {"Title": "Puisto"}, "record": "R1"}, "no-id", "R1"),
        ("case", {"content": {"CaseID": "HEL-2026-000001", "Title": 5}}, "bad-field", "HEL-2026-000001"),
        ("case", {"content": {"CaseID": "HEL-2026-000001", "Title": "a\0b"}}, "bad-characters", "HEL-2026-000001"),
        ("decision", {"content": decision("{Y}", Organization={"ID": "no id"})}, "bad-id", "{Y}"),
        ("decision", {"content": decision("{Z}", Meeting={"DateMeeting": LATEST})}, "bad-time", "{Z}"),
        ("minutes", {"text": "Hei vaan", "record": "R2"}, "not-minutes", "R2"),
        ("picture", {"content": {"Title": "Puisto"}, "record": "R3"}, "unknown-kind", "R3"),
        ("minutes", {"content": {"Title": "Puisto"}, "record": "R4"}, "unknown-kind", "R4"),
    ):
        answer = await office.send(kind, **fields)
        assert (answer.status_code, called(answer)) == (409, "record.refused"), (kind, answer.text)
        event = await office.last()
        assert (event.data.reason, event.outcome) == (reason, True)
        assert event.data.record == hashlib.sha256(id_.encode()).hexdigest()
        assert answer.json()["detail"] == words_of(Path(main.__file__).parent, "en")[f"reasons.{reason}"]
    assert await office.rows("select 1 from decisions.record") == []
    assert b"Puisto" not in b"".join(await office.bytes_on_topics())


async def test_an_id_with_odd_signs_is_an_unknown_one(office: Office) -> None:
    for kind in ("case", "decision", "meeting"):
        for id_ in ("\0", "a\0b", "' or 1=1 --", "%", "x" * 500):
            assert (await office.send(kind, record=id_, remove=True)).status_code == 404
    assert called(await office.send("minutes", text="Hei", record="a\0b")) == "record.refused"


async def test_records_are_taken_from_staff_alone(office: Office) -> None:
    answer = await office.send("case", case(), by=office.bench.web)
    assert (answer.status_code, called(answer)) == (403, "request.rejected")
    removal = await office.send("case", record="HEL-2026-000001", remove=True, by=office.bench.web)
    assert removal.status_code == 403
    assert await office.rows("select 1 from decisions.record") == []


async def test_the_answer_date_that_comes_with_a_case_stays_until_another_comes(office: Office) -> None:
    await office.taken("case", case(), answer_by="2027-01-15T12:00:00+02:00")
    assert await office.taken("case", case()) == "record.received"
    await office.taken("case", case(Status="Ratkaistu"))
    event = await office.last()
    assert event.data.answer_by.isoformat() == "2027-01-15T10:00:00+00:00"
    assert await office.taken("case", case(Status="Ratkaistu"), answer_by="2027-02-15T12:00:00+02:00") == "case.changed"
    assert (await office.seen("case", "HEL-2026-000001"))["answer_by"] == "2027-02-15T10:00:00Z"


async def test_a_case_made_of_a_decision_has_the_answer_date_that_came_with_it(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50, answer_by="2027-01-15T12:00:00+02:00")
    assert (await office.last()).data.answer_by is not None


async def test_no_words_stand_on_the_event_topic(office: Office) -> None:
    proposed = page("Vallilan puiston suunnitelma", "Salainen lause ehdotuksessa.", part="Päätösehdotus")
    await office.taken("minutes", text=SECTION_50)
    await office.taken("case", case(title="Erikoinen otsikko"))
    await office.taken("decision", decision("{D}", "Toinen otsikko", "Lautakunta päätti toisin.", motion=proposed))
    written = b"".join(await office.bytes_on_topics()).decode()
    for words in ("Kirjasto", "kokeilu", "Erikoinen", "otsikko", "päätti", "lause", "Kaupunginjohtaja", "lautakunta"):
        assert words not in written
