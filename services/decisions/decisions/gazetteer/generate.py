"""Write the tables of the gazetteer from the city's own lists of districts and sub-districts.

    python -m decisions.gazetteer.generate <folder with helsinki_districts.csv and helsinki_subdistricts_2014.csv>

Everyday names stand here, checked one by one against the polygons of the districts; so do the names that are also a
word or a surname.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from decisions.gazetteer.inflection import inflect

EVERYDAY = {
    "Tervasaari": "01",
    "Kaisaniemi": "02",
    "Töölö": "13;14",
    "Hietaniemi": "13",
    "Taivallahti": "13",
    "Keski-Töölö": "14",
    "Rajasaari": "14",
    "Hakaniemi": "11",
    "Hakaniementori": "11",
    "Katajanokanlaituri": "08",
    "Kalasatama": "10;21",
    "Merihaka": "10",
    "Hanasaari": "10",
    "Suvilahti": "10",
    "Sompasaari": "10",
    "Nihti": "10",
    "Verkkosaari": "10",
    "Linnanmäki": "12",
    "Seurasaari": "15",
    "Pikku Huopalahti": "16",
    "Pikku-Huopalahti": "16",
    "Ilmala": "17",
    "Postipuisto": "17",
    "Mustikkamaa": "19",
    "Korkeasaari": "19",
    "Hernesaari": "20",
    "Salmisaari": "20",
    "Saukonpaasi": "20",
    "Hermanninranta": "21",
    "Kyläsaari": "21",
    "Etu-Vallila": "22",
    "Puu-Vallila": "22",
    "Konepaja": "22",
    "Arabia": "23",
    "Puu-Käpylä": "25",
    "Suursuo": "28",
    "Huopalahti": "29",
    "Vattuniemi": "31",
    "Koivusaari": "31",
    "Katajaharju": "31",
    "Savela": "37",
    "Fallkulla": "39",
    "Alppikylä": "41",
    "Kruunuvuorenranta": "49",
    "Kaitalahti": "49",
    "Stansvik": "49",
    "Stansvikinkallio": "49",
    "Vallisaari": "52",
    "Isosaari": "53",
    "Pihlajasaari": "53",
}
"""Names of everyday speech and of areas newer than the division of 2014; the main district first."""

WORDS = {"Kallio", "Harju", "Laakso", "Malmi", "Linjat", "Konepaja", "Kalasatama", "Tali"}
"""Also a common noun: rock, ridge, valley, ore, lines, machine shop, fishing harbour, tallow."""

SURNAMES = {"Dal", "Haga", "Malm", "Sundberg", "Vik", "Kampen"}
"""Swedish names that in Finnish text are more often somebody's surname or a Swedish word."""

HALVES_OF_PAIRS = {"Mustikkamaa - Korkeasaari"}
"""Sub-districts whose two halves stand in the table each by itself."""

Row = tuple[str, ...]


def tables(source: Path) -> dict[str, str]:
    """The text of each committed table by file name."""
    official = _read(source / "helsinki_districts.csv")
    parts = _read(source / "helsinki_subdistricts_2014.csv")
    places = list(_places(official, parts))
    return {
        "districts.csv": _csv(
            ("number", "name_fi", "name_sv", "ocd_id", "neighbours"),
            ((r["number"], r["name_fi"], r["name_sv"], r["ocd_id"], r["neighbours"]) for r in official),
        ),
        "places.csv": _csv(("name", "language", "kind", "districts", "caution"), places),
        "inflections.csv": _csv(
            ("name", "language", "case", "form"),
            ((name, language, *form) for name, language, *_ in places for form in _forms(name, language)),
        ),
    }


def _places(official: list[dict[str, str]], parts: list[dict[str, str]]) -> Iterator[Row]:
    seen: set[str] = set()
    for row in official:
        name = row["name_fi"]
        seen.add(name)
        yield name, "fi", "district", row["number"], "word" if name in WORDS else ""
    for row in parts:
        name = row["name_fi"]
        if name not in seen | HALVES_OF_PAIRS:
            seen.add(name)
            yield _as_written(name), "fi", "subdistrict", row["district_numbers"], "word" if name in WORDS else ""
    for name, numbers in EVERYDAY.items():
        yield name, "fi", "everyday", numbers, "word" if name in WORDS else ""
    for row in official:
        name = row["name_sv"]
        if row["number"]:
            yield name, "sv", "district", row["number"], "surname" if name in SURNAMES else ""


def _as_written(name: str) -> str:
    """Running text writes *Malmin lentokenttä*, the list *Malmin Lentokenttä*."""
    first, _, rest = name.partition(" ")
    return f"{first} {rest.lower()}" if rest and first.endswith("n") else name


def _forms(name: str, language: str) -> Iterable[tuple[str, str]]:
    if language == "fi":
        return inflect(name)
    return (("nominative", name), ("genitive", name if name.endswith("s") else name + "s"))


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _csv(header: Row, rows: Iterable[Row]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    for file_name, text in tables(Path(sys.argv[1])).items():
        Path(__file__).with_name(file_name).write_text(text, encoding="utf-8")
