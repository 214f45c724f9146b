"""The tables of Helsinki's gazetteer, from the city's own lists of districts and sub-districts.

    python services/decisions/tests/domain/tables_of_helsinki.py <folder of the lists>

Everyday names stand here, checked one by one against the polygons of the districts; so do the names that are also a
word or a surname.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

TABLES = Path(__file__).parents[3] / "chassis" / "chassis" / "helsinki"

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

WORDS = {"Kallio", "Harju", "Laakso", "Malmi", "Konepaja", "Kalasatama", "Tali"}
"""Also a common noun: rock, ridge, valley, ore, lines, machine shop, fishing harbour, tallow."""

SURNAMES = {"Dal", "Haga", "Malm", "Sundberg", "Vik", "Kampen"}
"""Swedish names that in Finnish text are more often somebody's surname or a Swedish word."""

COMMON = {"Linjat"}
"""*Linjat* is a sub-district, but *linjoja* in a text are mostly lines: a search takes them as such."""

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
            ("code", "name_fi", "name_sv", "ocd_id", "neighbours"),
            ((r["number"], r["name_fi"], r["name_sv"], r["ocd_id"], r["neighbours"]) for r in official if r["number"]),
        ),
        "places.csv": _csv(("name", "language", "kind", "districts", "caution"), places),
    }


def _places(official: list[dict[str, str]], parts: list[dict[str, str]]) -> Iterator[Row]:
    seen: set[str] = set()
    for row in official:
        name = row["name_fi"]
        seen.add(name)
        yield name, "fi", "district", row["number"], _caution(name)
    for row in parts:
        name = row["name_fi"]
        if name not in seen | HALVES_OF_PAIRS:
            seen.add(name)
            yield _as_written(name), "fi", "subdistrict", row["district_numbers"], _caution(name)
    for name, numbers in EVERYDAY.items():
        yield name, "fi", "everyday", numbers, _caution(name)
    for row in official:
        name = row["name_sv"]
        if row["number"]:
            yield name, "sv", "district", row["number"], "surname" if name in SURNAMES else ""


def _as_written(name: str) -> str:
    """Running text writes *Malmin lentokenttä*, the list *Malmin Lentokenttä*."""
    first, _, rest = name.partition(" ")
    return f"{first} {rest.lower()}" if rest and first.endswith("n") else name


def _caution(name: str) -> str:
    return "common" if name in COMMON else "word" if name in WORDS else ""


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
        (TABLES / file_name).write_text(text, encoding="utf-8")
