"""The districts of Helsinki and the names people use for them, as a closed table that ships with the product.

SOURCE.md beside this file says where it comes from and what was changed. `python -m decisions.gazetteer.generate`
writes the three tables anew.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class District:
    """A district (kaupunginosa). `number` has two digits, as in a property id; the territorial sea alone has none.
    `neighbours` are the numbers of the districts it shares a border with."""

    number: str
    fi: str
    sv: str
    ocd: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A name and the districts it lies in, the main one first. `kind` is district, subdistrict (osa-alue) or everyday.
    `caution` says what else the name is: a `word` of the language, or a `surname`; empty for most."""

    name: str
    language: str
    kind: str
    districts: tuple[str, ...]
    caution: str


@dataclass(frozen=True, slots=True)
class Form:
    """One inflected form of a place's name."""

    place: Place
    case: str
    form: str


@cache
def districts() -> dict[str, District]:
    """The numbered districts, by number."""
    return {
        row["number"]: District(
            row["number"], row["name_fi"], row["name_sv"], row["ocd_id"], tuple(row["neighbours"].split(";"))
        )
        for row in _rows("districts.csv")
        if row["number"]
    }


@cache
def forms() -> dict[str, Form]:
    """Every form of every name, as it is written. Where a Finnish and a Swedish form look alike, the Finnish counts."""
    places = {
        (row["name"], row["language"]): Place(
            row["name"],
            row["language"],
            row["kind"],
            tuple(number for number in row["districts"].split(";") if number),
            row["caution"],
        )
        for row in _rows("places.csv")
    }
    table: dict[str, Form] = {}
    for row in _rows("inflections.csv"):
        form = Form(places[row["name"], row["language"]], row["case"], row["form"])
        table.setdefault(form.form, form)
    return table


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
