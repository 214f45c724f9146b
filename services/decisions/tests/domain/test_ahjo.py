"""The city's own records."""

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chassis import installation
from decisions.domain import markup
from decisions.domain.ahjo import READERS, is_secret, read_dump
from decisions.domain.fields import moment
from decisions.domain.records import (
    Case,
    Decision,
    Flag,
    Initiative,
    Meeting,
    RefusedRecord,
    Resolution,
    Secret,
    Votes,
    digest,
    joined,
    supersedes,
)
from decisions.tables import gazetteer_of

HELSINKI = ZoneInfo("Europe/Helsinki")

DUMPS = {
    "ahjo_cases_2021-2022.json": 218,
    "ahjo_decisions_2022-01.json": 34,
    "ahjo_meetings_2021-11_booked.json": 7,
    "ahjo_meetings_2021-11_published.json": 8,
    "ahjo_meetings_cancelled_2022.json": 6,
    "ahjo_initiatives_2019-2022.json": 52,
    "ahjo_resolutions_2019-2022.json": 17,
}


def load(data: Path, file: str) -> Any:
    return json.loads((data / "decisions" / file).read_text(encoding="utf-8"))


def of(data: Path, file: str) -> list[Any]:
    return list(read_dump(load(data, file), file, HELSINKI))


@pytest.fixture(scope="module")
def records(data: Path) -> dict[str, list[Any]]:
    return {file: of(data, file) for file in DUMPS}


@pytest.fixture(scope="module")
def raw_decisions(data: Path) -> list[dict[str, Any]]:
    return list(load(data, "ahjo_decisions_2022-01.json")["decisions"])


def test_every_record_of_the_city_is_read_and_none_refused(records: dict[str, list[Any]]) -> None:
    assert {file: len(read) for file, read in records.items()} == DUMPS
    refused = [record for read in records.values() for record in read if isinstance(record, RefusedRecord)]
    assert refused == []
    kinds = Counter(type(record).__name__ for read in records.values() for record in read)
    assert kinds == {"Case": 218, "Decision": 33, "Secret": 1, "Meeting": 21, "Initiative": 52, "Resolution": 17}


def test_ids_are_stable_and_each_names_one_thing(records: dict[str, list[Any]]) -> None:
    cases = [record.key for record in records["ahjo_cases_2021-2022.json"]]
    assert len(set(cases)) == 218
    assert all(key.startswith("HEL-") for key in cases)
    initiatives = [one for one in records["ahjo_initiatives_2019-2022.json"] if isinstance(one, Initiative)]
    assert len({one.key for one in initiatives}) == 52
    assert all(one.key.startswith("https://") for one in initiatives)
    assert {one.kind for one in initiatives} >= {"Valtuustoaloite", "Ryhmäaloite", "Motion", "Talousarvioaloite"}
    assert len({one.key for one in records["ahjo_resolutions_2019-2022.json"] if isinstance(one, Resolution)}) == 17


def test_a_decision_of_a_meeting_is_named_by_body_date_and_section_and_an_officials_by_its_own_id(
    records: dict[str, list[Any]],
) -> None:
    decisions = [one for one in records["ahjo_decisions_2022-01.json"] if isinstance(one, Decision)]
    by_kind = {kind: [one for one in decisions if one.body.kind == kind] for kind in ("body", "official", "trustee")}
    assert {kind: len(ones) for kind, ones in by_kind.items()} == {"body": 15, "official": 17, "trustee": 1}
    assert all(one.key == f"{one.body.id}/{one.date}/{one.section}" for one in by_kind["body"])
    assert all(one.key == one.versions[0].id and one.date is None for one in by_kind["official"])
    trustee = by_kind["trustee"][0]
    assert trustee.case == trustee.key == "{1E02FF58-45EF-BB60-700298198D4B}" or trustee.case == trustee.versions[0].id


def test_a_decision_without_a_case_number_is_its_own_case(raw_decisions: list[dict[str, Any]]) -> None:
    raw = next(one for one in raw_decisions if one["Meeting"])
    content = raw["Content"].replace("HEL 20", "")
    read = READERS["decisions"](raw | {"CaseID": None, "CaseIDLabel": "", "Content": content}, "x", HELSINKI)
    assert isinstance(read, Decision)
    assert read.case == read.key == f"{read.body.id}/{read.date}/{read.section}"


def test_the_swedish_and_the_finnish_twin_are_one_decision(records: dict[str, list[Any]]) -> None:
    decisions = [one for one in records["ahjo_decisions_2022-01.json"] if isinstance(one, Decision)]
    once = joined(decisions)
    assert (len(decisions), len(once)) == (33, 32)
    twin = next(one for one in once if len(one.versions) == 2)
    assert (twin.case, twin.section, twin.date) == ("HEL-2020-006250", "388", date(2021, 12, 8))
    assert [version.language for version in twin.versions] == ["fi", "sv"]
    assert twin.versions[1].title.startswith("Utredning om åtgärderna")
    assert Flag.OTHER_LANGUAGE in twin.versions[1].flags, "only the title was translated"
    assert {digest(one) for one in joined(reversed(decisions))} == {digest(one) for one in once}


def test_the_same_object_pushed_48_times_is_one_change(data: Path) -> None:
    for file in DUMPS:
        ((kind, raws),) = load(data, file).items()
        for raw in raws:
            again = copy.deepcopy(raw)
            for field in ("Attachments", "PreviousDecisions", "Records", "Handlings"):
                again.get(field, []).reverse()
            if "Content" in again:
                again["Content"] = again["Content"].replace('"ThisHTMLGenerated" content="2022', '"x" content="2024')
            times = 24 if raw is raws[0] else 1
            pushes = [READERS[kind](one, file, HELSINKI) for one in (raw, again) for _ in range(times)]
            assert len({digest(one) for one in pushes if not isinstance(one, Secret | RefusedRecord)}) <= 1


def test_the_digest_is_the_same_in_every_process(data: Path) -> None:
    program = """
import json, sys
from zoneinfo import ZoneInfo
from decisions.domain.ahjo import read_dump
from decisions.domain.records import digest
for file in sys.argv[1:]:
    for record in read_dump(json.load(open(file, encoding="utf-8")), file, ZoneInfo("Europe/Helsinki")):
        print(digest(record))
"""
    files = [str(data / "decisions" / "ahjo_meetings_2021-11_published.json")]
    told = [
        subprocess.run(
            [sys.executable, "-c", program, *files],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    ]
    assert len(told[0].split()) == 8
    assert len(set(told)) == 1


def test_a_change_of_the_words_is_a_change(raw_decisions: list[dict[str, Any]]) -> None:
    raw = raw_decisions[2]
    corrected = raw | {"Content": raw["Content"].replace("päätti", "päätti yksimielisesti", 1)}
    before, after = (READERS["decisions"](one, "x", HELSINKI) for one in (raw, corrected))
    assert isinstance(before, Decision)
    assert isinstance(after, Decision)
    assert digest(before) != digest(after)
    assert before.key == after.key


def test_no_text_of_a_secret_record_leaves(records: dict[str, list[Any]]) -> None:
    secret = next(one for one in records["ahjo_decisions_2022-01.json"] if isinstance(one, Secret))
    assert secret == Secret("decision", secret.id, secret.id, "HEL-2021-014211")
    held = [one for one in records["ahjo_cases_2021-2022.json"] if Flag.TITLE_WITHHELD in one.flags]
    assert {one.key for one in held} == {"HEL-2021-014815", "HEL-2022-001149"}
    assert all(
        one.title == "" and one.places(gazetteer_of(installation.load(installation.EXAMPLE))) == () for one in held
    )
    everything = repr(records)
    for words in (
        "Salassa pidettävä (",
        "JulkL (621/1999) 24.1",
        "kuljetuspalvelut, päätös nro",
        "starttiraha, hakemus",
    ):
        assert words not in everything


def test_a_secret_agenda_item_is_silent_in_the_agenda_and_in_the_announcement(data: Path) -> None:
    raw = copy.deepcopy(load(data, "ahjo_meetings_2021-11_published.json")["meetings"][0])
    item = raw["Agenda"][1]
    words = item["AgendaItem"]
    item["AgendaItem"] = "Salassa pidettävä (JulkL (621/1999) 24.1 § 25 k)"
    read = READERS["meetings"](raw, "x", HELSINKI)
    assert isinstance(read, Meeting)
    assert read.agenda[1].secret
    assert words not in repr(read)
    assert READERS["meetings"](load(data, "ahjo_meetings_2021-11_published.json")["meetings"][0], "x", HELSINKI) != read


@pytest.mark.parametrize(
    ("title", "publicity", "secret"),
    [
        ("Salassa pidettävä (JulkL (621/1999) 24.1 § 25 k)", "", True),
        ("Sekretessbelagd", "", True),
        ("SALASSA PIDETTÄVÄ", "", True),
        ("Osittain salassa pidettävä", "", True),
        ("V 24.11.2021, hanke (JulkL (621/1999) 24.1 § 20 k)", "", True),
        ("Lainan myöntäminen", "Salassa pidettävä", True),
        ("Lainan myöntäminen", "Osittain salassa pidettävä", True),
        ("Lainan myöntäminen", "Julkinen", False),
        ("Lainan myöntäminen", "", False),
        ("Ohje salassa pidettävien asiakirjojen käsittelystä", "", False),
    ],
)
def test_secrecy_is_told_by_title_or_class(title: str, publicity: str, secret: bool) -> None:
    assert is_secret(title, publicity) is secret


def test_a_secret_page_under_a_public_title_is_secret(raw_decisions: list[dict[str, Any]]) -> None:
    raw = raw_decisions[3]
    content = raw["Content"].replace('class="AsiaOtsikko">', 'class="AsiaOtsikko">Salassa pidettävä, ')
    assert isinstance(READERS["decisions"](raw | {"Content": content}, "x", HELSINKI), Secret)


def test_the_sources_error_text_is_flagged_and_never_shown(records: dict[str, list[Any]]) -> None:
    meeting = next(one for one in records["ahjo_meetings_2021-11_published.json"] if Flag.CONVERSION_ERROR in one.flags)
    assert [Flag.CONVERSION_ERROR in item.flags for item in meeting.agenda] == [True] * 6
    assert all(item.title and item.motion and item.motion.sections == () for item in meeting.agenda)
    assert "Virhe xml" not in repr(records)


def test_an_empty_title_is_kept_and_flagged(data: Path) -> None:
    raw = load(data, "ahjo_cases_2021-2022.json")["cases"][0]
    read = READERS["cases"](raw | {"Title": "  "}, "x", HELSINKI)
    assert isinstance(read, Case)
    assert read.flags == {Flag.EMPTY_TITLE}


def test_contacts_of_officials_do_not_leave(records: dict[str, list[Any]]) -> None:
    everything = repr(records)
    assert "310 00000" not in everything
    assert "etunimi.sukunimi@hel.fi" not in everything


def test_local_times_become_moments_in_utc() -> None:
    assert moment("2021-11-18T08:00:00.000", HELSINKI) == datetime(2021, 11, 18, 6, 0, tzinfo=UTC)
    assert moment("2022-05-10T16:15:00.000", HELSINKI) == datetime(2022, 5, 10, 13, 15, tzinfo=UTC)
    assert moment("2021-10-31T03:30:00.000", HELSINKI) == datetime(2021, 10, 31, 0, 30, tzinfo=UTC), (
        "the hour that comes twice"
    )
    assert moment("", HELSINKI) is None
    assert moment("0001-01-01T00:00:00", HELSINKI) is None


def test_votes_are_counted(records: dict[str, list[Any]], data: Path, raw_decisions: list[dict[str, Any]]) -> None:
    twin = next(one for one in records["ahjo_decisions_2022-01.json"] if one.key == "02900/2021-12-08/388")
    assert twin.votes == (Votes(14, 34, 37, 0),)
    newer = READERS["decisions"](
        raw_decisions[2] | {"VotingResults": [load(data, "ahjo_v1_2025/decision-vote-results.json")]}, "x", HELSINKI
    )
    assert isinstance(newer, Decision)
    assert newer.votes == (Votes(11, 2, 0, 0),)


def test_both_forms_of_html_give_titled_parts(data: Path, records: dict[str, list[Any]]) -> None:
    folder = data / "decisions" / "ahjo_v1_2025"
    page = markup.read((folder / "decision-content-new.html").read_text(encoding="utf-8"))
    assert [(part.title, part.paragraphs) for part in page.sections] == [
        ("Päätös", ("Kaupunginhallitus päätti panna asian pöydälle.",)),
        ("Käsittely", ("Kaupunginhallitus päätti yksimielisesti panna asian pöydälle ehdotuksesta.",)),
    ]
    assert (page.title[:24], page.case) == ("Valtuutetun aloite syrji", "HEL 2024-009117 T 00 00 03")
    assert [part.title for part in page.appeal][:4] == [
        "MUUTOKSENHAKUOHJEET",
        "VALITUSOSOITUS",
        "Valitusoikeus",
        "Valitusaika",
    ]
    assert "Ankka" not in repr(page), "signatures name persons"
    assert "Jane Doe" not in repr(page)
    motion = markup.read((folder / "decision-motion.html").read_text(encoding="utf-8"))
    assert [part.title for part in motion.sections] == ["Päätösehdotus", "Tiivistelmä", "Esittelijän perustelut"]
    assert "John Doe" not in repr(motion)
    decisions = [one for one in records["ahjo_decisions_2022-01.json"] if isinstance(one, Decision)]
    assert all(one.versions[0].sections for one in decisions)
    assert sum(one.motion is not None for one in decisions) == 15


def test_the_newer_shape_of_a_case_is_read(data: Path) -> None:
    (case,) = of(data, "ahjo_v1_2025/case.json")
    assert isinstance(case, Case)
    assert (case.key, case.status, case.language) == ("HEL-2025-001216", "Ratkaistu", "fi")
    assert {document.language for document in case.documents} == {"fi", "sv"}
    assert all(
        document.link and document.link.startswith("https://ahjojulkaisu.hel.fi/") for document in case.documents
    )
    raw = load(data, "ahjo_v1_2025/case.json")
    raw["Records"][2]["PublicityClass"] = "Salassa pidettävä"
    (hiding,) = read_dump(raw, "x", HELSINKI)
    assert isinstance(hiding, Case)
    assert hiding.flags == {Flag.TITLE_WITHHELD}
    assert isinstance(next(read_dump(raw | {"PublicityClass": "Salassa pidettävä"}, "x", HELSINKI)), Secret)


def test_a_request_for_a_statement_names_its_case(records: dict[str, list[Any]]) -> None:
    statements = [one for one in records["ahjo_cases_2021-2022.json"] if one.statement_on]
    assert len(statements) == 33
    assert next(one for one in statements if one.key == "HEL-2021-005020-Lausunto-3").statement_on == "HEL-2021-005020"


def test_an_older_state_of_a_meeting_never_replaces_a_later_one(records: dict[str, list[Any]]) -> None:
    booked = {one.key: one for one in records["ahjo_meetings_2021-11_booked.json"]}
    later = {one.key: one for one in records["ahjo_meetings_2021-11_published.json"]}
    assert booked.keys() <= later.keys()
    assert {one.status for one in booked.values()} == {"booked"}
    assert {one.status for one in later.values()} == {"agenda", "decided"}
    for key, before in booked.items():
        assert supersedes(later[key], before)
        assert not supersedes(before, later[key])
        assert supersedes(before, before)
    moved = booked["U42020020217"], later["U42020020217"]
    assert [one.starts.strftime("%H:%M") for one in moved] == ["14:00", "14:15"]
    assert {one.status for one in records["ahjo_meetings_cancelled_2022.json"]} == {"cancelled"}


def test_an_agenda_item_with_a_section_has_the_key_of_its_decision(records: dict[str, list[Any]]) -> None:
    meeting = next(one for one in records["ahjo_meetings_2021-11_published.json"] if one.key == "U480202117")
    assert meeting.agenda[2].motion.key == "U480/2021-11-16/180"
    assert meeting.agenda[2].case == "HEL-2021-008928"
    swedish = next(one for one in records["ahjo_meetings_2021-11_published.json"] if one.key == "U42020020217")
    assert swedish.agenda[2].language == "sv"
    assert swedish.agenda[2].motion.sections[0].title == "Beslutsförslag"


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("cases", {"CaseID": "", "CaseIDLabel": None}, "no-id"),
        ("cases", {"Created": "eilen"}, "bad-time"),
        ("cases", {"Title": 7}, "bad-field"),
        ("cases", {"Records": "ei"}, "bad-field"),
        ("decisions", {"NativeId": None}, "no-id"),
        ("decisions", {"Organization": None}, "no-body"),
        ("meetings", {"DateMeeting": ""}, "no-time"),
        ("initiatives", {"FileURI": ""}, "no-id"),
        ("resolutions", {"Date": None}, "no-time"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_id_and_reason(
    data: Path, kind: str, change: dict[str, Any], code: str
) -> None:
    file = next(file for file in DUMPS if file.startswith(f"ahjo_{kind}"))
    raw = load(data, file)
    raw[kind][0] |= change
    first, *rest = read_dump(raw, file, HELSINKI)
    assert isinstance(first, RefusedRecord)
    assert (first.file, first.code) == (file, code)
    assert first.reason
    assert not any(isinstance(one, RefusedRecord) for one in rest), "one bad record does not hide the others"


@pytest.mark.parametrize("payload", [None, [], {}, {"cases": None}, {"functions": []}, "text"])
def test_a_file_of_another_kind_is_refused(payload: object) -> None:
    (refused,) = read_dump(payload, "file.json", HELSINKI)
    assert isinstance(refused, RefusedRecord)
    assert refused.code == "unknown-kind"
