"""Minutes as plain text."""

import json
from datetime import date
from pathlib import Path

import pytest
from chassis.installation import EXAMPLE, load
from decisions.domain.deadlines import Deadline, deadlines
from decisions.domain.districts import primary
from decisions.domain.minutes import Minutes, UnreadableMinutes, read
from decisions.tables import gazetteer_of

HELSINKI = gazetteer_of(load(EXAMPLE))

INVENTED = """Helsingin kaupunki                     Pöytäkirja            7/2016             1 (2)

Kirjastolautakunta
02.03.2016
Sj/4

Postiosoite Käyntiosoite Puhelin Y-tunnus Tilinro
PL 1 Katu 1 +358 9 1 0201256-6 FI06
00099 HELSINGIN KAUPUNKI Vallila

§ 12
Kumpulan kirjaston aukioloaikojen ja Käpylän
kirjaston tilojen muuttaminen
HEL 2016-001234 T 12 03 01

Päätös

Lautakunta päätti muuttaa Kumpulan kirjaston aukioloaikoja ja
kehottaa virastoa laatimaan tiloista suunnitelman 31.8.2016
Helsingin kaupunki                     Pöytäkirja            7/2016             2 (2)

Kirjastolautakunta
02.03.2016
Sj/4

mennessä.

Samalla lautakunta päätti
- avata salin
- sulkea portin
Esittelijä
johtaja Etunimi Sukunimi
Lisätiedot
Etunimi Sukunimi, puhelin 1234
Päätöksen perustelut
Asiakkaat ovat toivoneet muutosta. Hakemus saapui 1.2.2016
mennessä, ja lautakunta kuuli asukkaita.
 Toinen kappale alkaa sisennettynä.
"""


@pytest.fixture
def texts(data: Path) -> Path:
    return data / "decisions" / "minutes_text"


def test_the_mayors_decision_gives_every_field_of_its_gold(texts: Path) -> None:
    gold = json.loads((texts / "helsinki_2014-05-14_50.gold.json").read_text(encoding="utf-8"))
    minutes = read((texts / gold["file"]).read_bytes())
    for field in (
        "body_named_on_page",
        "decision_maker",
        "record_number",
        "record_type",
        "section",
        "title",
        "case_id",
    ):
        assert getattr(minutes, field) == gold[field], field
    assert (minutes.language, minutes.kind) == (gold["language"], gold["kind"])
    assert minutes.date.isoformat() == gold["date"]
    assert list(primary(minutes.places(HELSINKI))) == gold["areas"]
    told = [{"date": one.date.isoformat(), "what": one.what, "who": one.who} for one in minutes.deadlines]
    assert told == gold["deadlines"]
    sections = {section.title: list(section.paragraphs) for section in minutes.sections}
    assert sections.keys() == gold["sections"].keys()
    assert sections["Päätös"] == gold["sections"]["Päätös"]
    reasons = sections["Päätöksen perustelut"]
    assert len(reasons) == 7
    assert reasons[0].startswith("Kaupunginkirjasto ja kaupunginkanslia ovat valmistelleet")
    assert reasons[-1].endswith("vahvistaa kaupungin ja kaupunginosan elinvoimaisuutta ja yhteisöllisyyttä.")
    assert reasons[5].startswith("Kaupunginvaltuuston strategiaohjelman")


def test_other_minutes_of_the_same_layout_are_read_too() -> None:
    minutes = read(INVENTED)
    assert (minutes.body_named_on_page, minutes.decision_maker) == ("Helsingin kaupunki", "Kirjastolautakunta")
    assert (minutes.record_number, minutes.section, minutes.date) == ("7/2016", "12", date(2016, 3, 2))
    assert minutes.title == "Kumpulan kirjaston aukioloaikojen ja Käpylän kirjaston tilojen muuttaminen"
    assert minutes.case_id == "HEL-2016-001234"
    assert minutes.key == "kirjastolautakunta/2016-03-02/12"
    assert primary(minutes.places(HELSINKI)) == ("24", "25"), "the letterhead's address is no area"
    assert minutes.deadlines == (Deadline(date(2016, 8, 31), "suunnitelma tiloista", "virasto"),)


def test_a_sentence_that_the_page_breaks_is_one_paragraph_and_lists_keep_their_items() -> None:
    decision = read(INVENTED).sections[0]
    assert decision.paragraphs == (
        "Lautakunta päätti muuttaa Kumpulan kirjaston aukioloaikoja ja kehottaa virastoa laatimaan tiloista "
        "suunnitelman 31.8.2016 mennessä.",
        "Samalla lautakunta päätti",
        "- avata salin",
        "- sulkea portin",
    )


def test_contacts_of_officials_are_read_over() -> None:
    assert "Sukunimi" not in repr(read(INVENTED))


@pytest.mark.parametrize(
    "change", [str.encode, lambda text: text.replace("\n", "\r\n"), lambda text: text.encode("cp1252")]
)
def test_encoding_and_line_ends_change_nothing(change) -> None:  # type: ignore[no-untyped-def]
    assert read(change(INVENTED)) == read(INVENTED)


@pytest.mark.parametrize(
    ("file", "title", "case_id"),
    [
        ("oulu_395959398.txt", "Suomi 100 -juhlavuoden juhlapäätös", "OUKA/1499/12.00.02/2016"),
        ("oulu_632581845351090.txt", "Oulun kaupungin tilinpäätös 2016", "OUKA/899/02.06.01.04/2017"),
    ],
)
def test_another_citys_layout_is_refused_with_what_is_missing_and_what_could_be_read(
    texts: Path, file: str, title: str, case_id: str
) -> None:
    with pytest.raises(UnreadableMinutes, match="missing: the head") as refusal:
        read((texts / file).read_bytes())
    assert (refusal.value.title, refusal.value.case_id) == (title, case_id)
    assert len(refusal.value.missing) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not plain text"),
        ("%PDF-1.7\nHelsingin kaupunki", "not plain text"),
        ("Hyvää päivää.", "missing: the head"),
        (INVENTED.replace("§ 12", "12"), "the section's number"),
        (INVENTED.replace("Päätös\n\nLautakunta", "Lautakunta"), "the part that decides"),
        (INVENTED.replace("02.03.2016", "31.02.2016"), "the date"),
        (INVENTED + "\n§ 13\nToinen asia\nPäätös\nEi.\n", "several sections in one text: 12, 13"),
    ],
)
def test_bad_input_gives_one_clear_error(content: str | bytes, reason: str) -> None:
    with pytest.raises(UnreadableMinutes, match=reason):
        read(content)


def test_a_page_mark_is_no_section_and_a_past_day_no_deadline() -> None:
    minutes = read(INVENTED.replace("Samalla lautakunta", "2 (2)\nSamalla lautakunta"))
    assert minutes.section == "12"
    assert "2 (2)" not in repr(minutes)
    assert [one.date for one in minutes.deadlines] == [date(2016, 8, 31)]


@pytest.mark.parametrize(
    ("sentence", "deadline"),
    [
        (
            "Lautakunta kehottaa kasvatuksen ja koulutuksen toimialaa antamaan hankkeesta kirjallisen selvityksen "
            "syyskuun 2016 loppuun mennessä.",
            Deadline(date(2016, 9, 30), "kirjallinen selvitys hankkeesta", "kasvatuksen ja koulutuksen toimiala"),
        ),
        (
            "Johtaja velvoittaa HKL:ää laatimaan toiminnan kehittämisen suunnitelman vuoden 2015 loppuun mennessä.",
            Deadline(date(2015, 12, 31), "toiminnan kehittämisen suunnitelma", "HKL"),
        ),
        ("Selvitys on annettava 30.9.2015 mennessä.", Deadline(date(2015, 9, 30), "Selvitys on annettava", None)),
        (
            "Kaupunginhallitus kehottaa hallitusta toimittamaan arvioinnin tulokset viimeistään 1.2.2015.",
            Deadline(date(2015, 2, 1), "toimittamaan arvioinnin tulokset", "hallitus"),
        ),
        ("Hakemukset saapuivat 1.2.2013 mennessä.", None),
        ("Selvitys annetaan 31.2.2015 mennessä.", None),
    ],
)
def test_a_deadline_inside_a_sentence_tells_when_what_and_who(sentence: str, deadline: Deadline | None) -> None:
    assert list(deadlines([sentence], since=date(2014, 5, 14))) == [deadline] * (deadline is not None)


def test_the_reader_is_total_on_cut_and_shuffled_pages(texts: Path) -> None:
    """Whatever is left of a page, it is read or refused."""
    whole = (texts / "helsinki_2014-05-14_50.txt").read_text(encoding="utf-8")
    lines = whole.splitlines()
    outcomes: set[type] = set()
    for n in range(len(lines)):
        for part in (lines[:n], lines[n:], lines[:n] + lines[n + 1 :], lines[n:] + lines[:n]):
            try:
                outcomes.add(type(read("\n".join(part))))
            except UnreadableMinutes:
                outcomes.add(UnreadableMinutes)
    assert outcomes == {Minutes, UnreadableMinutes}
