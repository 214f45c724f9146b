"""Records that were made to be dear, and real ones that were damaged: what it costs to read one grows with its length
and not faster, and one that cannot be read is refused with its reason.

`OMATOIMI_FUZZ=20000 OMATOIMI_FUZZ_SEED=7 pytest services/decisions/tests/test_hostile.py -k damaged -s` reads as many
damaged records, and tells the dearest.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chassis.installation import EXAMPLE, load
from decisions.domain import districts
from decisions.domain.records import Decision, Motion, RefusedRecord
from decisions.imports import ToImport, files, requests
from decisions.reading import SentRecord, read
from decisions.tables import gazetteer_of
from omatoimi_contracts.requests import RecordRequested

INSTALLATION = load(EXAMPLE)
HELSINKI = gazetteer_of(INSTALLATION)

Made = Callable[[int], str]

HEADING = '<h3 class="SisaltoOtsikko">Päätös</h3>'
HTML: dict[str, Made] = {
    "attributes that do not end": lambda n: '<a b="' * n,
    "marked sections": lambda n: "<![" * n,
    "declarations": lambda n: "<!DOCTYPE " * n,
    "instructions": lambda n: "<?" * n,
    "comments that do not end": lambda n: "<!--" * n,
    "comments that nearly end": lambda n: "<!--" + "--!" * n,
    "end tags that do not end": lambda n: "</a " * n,
    "end tags of nothing": lambda n: "<p>x</q>" * n,
    "end tags of nothing, deep inside": lambda n: "<div>" * 150 + "</q>" * n,
    "attributes": lambda n: "<a " + " ".join(f"a{i}" for i in range(n)) + ">",
    "references": lambda n: "&amp" * n,
    "nested": lambda n: "<div>" * n,
    "nested formatting": lambda n: "".join(f"<b c{i}>" for i in range(n)) + "<p>x" * n,
    "nested lists": lambda n: "<ul><li>" * n,
    "script that does not end": lambda n: "<script>" + "</scrip" * n,
    "a register number without end": lambda n: '<div class="DnroTmuoto">' + "<p>x" * n,
    "a heading without end": lambda n: '<h3 class="SisaltoOtsikko">' + "<p>x" * n,
    "lines": lambda n: HEADING + "<br> " * n,
    "cells": lambda n: HEADING + "<table><tr>" + "<td>x" * n,
    "parts": lambda n: '<section class="SisaltoSektio">x</section>' * n,
}
HEAD = "Helsingin kaupunginhallitus Pöytäkirja 18/2014 1 (2)\n14.5.2014\nKaupunginjohtaja\n\n"
PAGE = f"{HEAD}50 §\nOtsikko\nPäätös\n"
TEXT: dict[str, Made] = {
    "a head of spaces": lambda n: "x" + " " * n + "y\n" + PAGE,
    "a head of words": lambda n: "Pöytäkirja " * n + "\n" + PAGE,
    "spaces where a register number may stand": lambda n: f"{HEAD}50 §\n" + " " * n + "x\nPäätös\nEi.\n",
    "spaces after a register number": lambda n: f"{HEAD}50 §\nHEL 2014-000001 T " + " " * n + "x\nPäätös\nEi.\n",
    "sections": lambda n: HEAD + "".join(f"§ {i % 90_000}\n" for i in range(n)),
    "a number of a section": lambda n: HEAD + "§ " + "9" * n + "\nOtsikko\nPäätös\nEi.\n",
    "dates in one sentence": lambda n: PAGE + "1.1.2020 mennessä " * n,
    "commands": lambda n: PAGE + "kehottaa maan " * n + "1.1.2020 mennessä",
    "marks on one letter": lambda n: PAGE + "a" + "\u0316\u0300" * n,
    "page marks": lambda n: PAGE + "sivu 1 (2)\n" * n,
    "letterheads": lambda n: PAGE + "Postiosoite Puhelin\n" * n,
    "tabs": lambda n: PAGE + "\t" * n,
    "headings": lambda n: HEAD + "50 §\nOtsikko\n" + "Päätös\n" * n,
    "quotation marks": lambda n: PAGE + '."' * n + "\n",
}
FIELD: dict[str, Made] = {
    "spaces in a number": lambda n: "1" + " " * n + "x",
    "members": lambda n: "x" * n + " aloite, " + "Koskela Minja, " * n,
    "members behind spaces": lambda n: "\u2003" * n + "Koskela Minja, toivomusponsi, " * n,
    "plots": lambda n: "tontti " + "22585/4, " * n + "x",
    "a compound": lambda n: "Vallila-" * n,
    "a street": lambda n: "Vallilan " + "x" * n + " Vallilan" + " " * n,
    "companies": lambda n: "Vallila Oy " * n,
    "case numbers": lambda n: "HEL 2021-000001-" * n,
}
SMALL, LARGE = 10_000, 40_000
"""Signs of a record and of the one that is held against it."""


def page(html: str) -> RecordRequested:
    return decision(Content=html)


def minutes(text: str) -> RecordRequested:
    return RecordRequested(kind="minutes", text=text)


def field(text: str) -> RecordRequested:
    return decision(Title=text, Section=text, CaseID=text)


def decision(**fields: str) -> RecordRequested:
    record = {"NativeId": "{1}", "Title": "Otsikko", "Organization": {"ID": "U1", "Name": "Jaosto"}, **fields}
    return RecordRequested(kind="decision", content=record)


def sized(made: Made, signs: int) -> str:
    return made(max(1, signs * 100 // len(made(100))))


def cost(asked: RecordRequested) -> float:
    """The least of two, in seconds of CPU: what else the machine does is not counted."""
    times = []
    for _ in range(2):
        began = time.process_time()
        looked_through(read(asked, INSTALLATION))
        times.append(time.process_time() - began)
    return min(times)


def looked_through(sent: SentRecord) -> SentRecord:
    if isinstance(sent.content, Decision):
        assert isinstance(sent.content.places(HELSINKI), tuple)
    return sent


CASES = [(form, name) for form, kinds in ((page, HTML), (minutes, TEXT), (field, FIELD)) for name in kinds]


@pytest.mark.parametrize(("form", "name"), CASES, ids=[f"{form.__name__}: {name}" for form, name in CASES])
def test_four_times_as_long_costs_about_four_times_as_much(form: Callable[[str], RecordRequested], name: str) -> None:
    made = {page: HTML, minutes: TEXT, field: FIELD}[form][name]
    cost(form(sized(made, 1000)))
    small, large = cost(form(sized(made, SMALL))), cost(form(sized(made, LARGE)))
    # What grows by the square is sixteen times as dear; what takes less than a blink is not measured well.
    assert large < 9 * small + 0.01, f"{small:.4f} s, then {large:.4f} s"


def test_html_nested_without_end_is_refused_and_says_why() -> None:
    sent = read(page("<div>" * 10_000), INSTALLATION)
    assert sent.content == RefusedRecord("", "{1}", "bad-markup", "its HTML is nested deeper than 200 elements")


def test_html_nested_as_no_page_of_the_city_is_read_all_the_same() -> None:
    inside = "<div>" * 150 + HEADING + "<p>Ei.</p>" + "</div>" * 150
    content = read(page(inside), INSTALLATION).content
    assert isinstance(content, Decision)
    assert [(part.title, part.paragraphs) for part in content.versions[0].sections] == [("Päätös", ("Ei.",))]


def test_a_letter_under_a_heap_of_marks_is_refused_before_it_is_composed() -> None:
    heap = "a" + "\u0316" * 31
    told = HEADING + "<p>a" + "&#790;" * 31
    for asked in (page(heap), minutes(f"{PAGE}Ei {heap}"), field(heap), page(told)):
        refused = read(asked, INSTALLATION).content
        assert isinstance(refused, RefusedRecord)
        assert (refused.code, refused.reason) == ("bad-characters", "more than 30 marks stand on one letter")
    assert isinstance(read(minutes(f"{PAGE}Ei {heap[:-1]}"), INSTALLATION).content, Decision)


def test_a_page_longer_than_what_the_parser_is_fed_at_once_keeps_every_letter() -> None:
    words = "ä€😀" * 20_000
    content = read(page(f"{HEADING}<p>{words}</p>"), INSTALLATION).content
    assert isinstance(content, Decision)
    assert content.versions[0].sections[0].paragraphs == (words,)


def test_a_number_longer_than_a_number_can_be_is_no_section() -> None:
    sent = read(minutes(HEAD + "§ " + "9" * 10_000 + "\nOtsikko\nPäätös\nEi.\n"), INSTALLATION)
    assert isinstance(sent.content, RefusedRecord)
    assert sent.content.code == "not-minutes"


def test_a_record_of_more_parts_than_any_of_the_city_is_refused_and_says_why() -> None:
    sent = read(page('<section class="SisaltoSektio">x</section>' * 10_000), INSTALLATION)
    assert sent.content == RefusedRecord(
        "", "{1}", "too-long", "it has more than 10000 parts, paragraphs and documents"
    )


def test_no_more_names_are_looked_at_closely_than_a_text_of_the_city_could_hold() -> None:
    many = "Vallila, Kumpula, " * 2000
    assert len(districts.find(HELSINKI, many)) == 100
    assert len(districts.of_document(HELSINKI, "", [many] * 10)) <= 200


NUMBER = int(os.environ.get("OMATOIMI_FUZZ", "400"))
SEED = int(os.environ.get("OMATOIMI_FUZZ_SEED", "2014"))
PIECES = [*HTML.values(), *TEXT.values(), *FIELD.values()]
OTHERS: list[Any] = [None, True, -1, 10**30, "", "\u0000", "\ud800", [], {}, [[]], [{}], "0001-01-01T00:00:00"]


def damaged(text: str, chance: random.Random) -> str:
    a, b = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    match chance.randrange(5):
        case 0:
            return text[:a]
        case 1:
            return text[:a] + text[b:]
        case 2:
            return text[:b] + text[a:]
        case 3:
            return text[b:] + text[:a]
    made = chance.choice(PIECES)
    return text[:a] + sized(made, chance.choice((100, 1000, 10_000, 100_000))) + text[a:]


def spliced(value: Any, chance: random.Random) -> Any:
    """The same with one place in it damaged."""
    if isinstance(value, str) and value:
        return damaged(value, chance)
    if isinstance(value, dict) and value:
        name = chance.choice(list(value))
        return {**value, name: chance.choice(OTHERS) if chance.random() < 0.1 else spliced(value[name], chance)}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], spliced(value[at], chance), *value[at:][: chance.randrange(2, 9)]]
    return chance.choice(OTHERS)


def made(real: list[RecordRequested], chance: random.Random) -> RecordRequested:
    one = chance.choice(real)
    if one.text is not None:
        return RecordRequested(kind="minutes", text=damaged(one.text, chance)[:900_000])
    content: Any = one.content
    for _ in range(chance.randrange(1, 4)):
        content = spliced(content, chance)
    return RecordRequested(kind=one.kind, content=content)


def test_every_damaged_record_is_read_or_refused_and_none_is_dear(data: Path) -> None:
    folder = data / "decisions"
    found = requests(files([*sorted(folder.glob("ahjo_*")), folder / "minutes_text"]))
    real = [one.data for one in found if isinstance(one, ToImport)]
    # Half of them of the kinds that hold foreign HTML and text.
    real += [one for one in real if one.kind in ("decision", "meeting", "minutes")] * 5
    chance = random.Random(SEED)
    told: Counter[str] = Counter()
    dearest, slowest = 0.0, ""
    for at in range(NUMBER):
        asked = made(real, chance)
        began = time.process_time()
        try:
            content = read(asked, INSTALLATION).content
            if isinstance(content, Decision | Motion):
                assert isinstance(content.places(HELSINKI), tuple)
        except Exception as error:
            error.add_note(f"seed {SEED}, record {at}: {json.dumps(asked.content or asked.text)[:2000]}")
            raise
        took = time.process_time() - began
        if took > dearest:
            dearest, slowest = took, f"record {at}, {asked.kind}"
        told[content.code if isinstance(content, RefusedRecord) else type(content).__name__] += 1
    print(f"\nseed {SEED}: {NUMBER} damaged records; the dearest {dearest:.3f} s of CPU ({slowest}); {dict(told)}")
    assert told["Decision"]
    assert told["bad-field"]
