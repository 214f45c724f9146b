"""The gazetteer from the tables that the installation names (docs/adr/0021). What is wrong in one is one sentence: the
file, the line, the fault, what to do."""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from chassis.installation import GazetteerTables, Installation, InstallationRefused
from omatoimi_contracts.primitives import CODE

from decisions import gazetteer
from decisions.gazetteer import CAUTIONS, KINDS, District, Gazetteer, Numbers, Place
from decisions.gazetteer.inflection import CASES

TableRow = Mapping[str, str]


def gazetteer_of(installation: Installation) -> Gazetteer:
    """Return the districts and names of an installation; none where it has no tables. Raises InstallationRefused."""
    return _read(installation.gazetteer) if installation.gazetteer else Gazetteer()


def check(installation: Installation) -> None:
    """Raise InstallationRefused unless the tables can be read and know the districts of all libraries."""
    known = gazetteer_of(installation).districts
    for code, library in installation.libraries.items():
        for district in library.districts:
            if known and district not in known:
                assert installation.gazetteer is not None
                raise InstallationRefused(
                    f"libraries.{code}.districts: {installation.gazetteer.districts} has no district {district}: add"
                    " it there, or correct it"
                )


@lru_cache(maxsize=16)
def _read(named: GazetteerTables) -> Gazetteer:
    districts = list(_districts(named.districts))
    places = list(_places(named.places, {one.code for one in districts}, named.districts))
    irregular: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    if named.inflections:
        for name, language, case, form in _inflections(named.inflections, places, named.places):
            forms = irregular.setdefault((name, language), {})
            forms[case] = (*forms.get(case, ()), form)
    numbers = Numbers(**named.numbers.model_dump()) if named.numbers else None
    return gazetteer.made(districts, places, irregular, numbers)


def _districts(file: Path) -> Iterator[District]:
    seen: set[str] = set()
    for where, row in _rows(file, ("code",), "name_"):
        code, names = row["code"], {name[5:]: told for name, told in row.items() if name.startswith("name_") and told}
        if not re.fullmatch(CODE, code):
            raise InstallationRefused(f"{where}: no code can be {code!r}: write lower-case letters, digits and hyphens")
        if code in seen:
            raise InstallationRefused(f"{where}: the district {code} stands there twice: name each once")
        if not names:
            raise InstallationRefused(f"{where}: the district {code} has no name: give one at least")
        seen.add(code)
        yield District(code, names)


def _places(file: Path, known: set[str], districts: Path) -> Iterator[Place]:
    for where, row in _rows(file, ("name", "language", "kind", "districts", "caution")):
        if not row["name"][:1].isupper():
            raise InstallationRefused(f"{where}: {row['name']!r} is no name: begin it with a capital letter")
        _chosen(where, "kind", row["kind"], KINDS)
        _chosen(where, "caution", row["caution"], CAUTIONS)
        if not re.fullmatch(r"[a-z]{2,3}", row["language"]):
            raise InstallationRefused(f"{where}: {row['language']!r} is no language: write its code, such as fi")
        codes = tuple(filter(None, row["districts"].split(";")))
        if unknown := next((code for code in codes if code not in known), None):
            raise InstallationRefused(f"{where}: {districts} has no district {unknown}: add it there, or correct it")
        yield Place(row["name"], row["language"], row["kind"], codes, row["caution"])


def _inflections(file: Path, places: list[Place], named: Path) -> Iterator[tuple[str, str, str, str]]:
    known = {(place.name, place.language) for place in places}
    for where, row in _rows(file, ("name", "language", "case", "form")):
        name, language, case, form = row["name"], row["language"], row["case"], row["form"]
        if (name, language) not in known:
            raise InstallationRefused(f"{where}: {named} has no {name!r} in {language!r}: add it there, or correct it")
        _chosen(where, "case", case, CASES)
        if not form:
            raise InstallationRefused(f"{where}: it tells no form: write it, or remove the line")
        yield name, language, case, form


def _chosen(where: str, column: str, told: str, there: tuple[str, ...]) -> None:
    if told not in there:
        named = ", ".join(one or "nothing" for one in there)
        raise InstallationRefused(f"{where}: {told!r} is no {column}: write one of {named}")


def _rows(file: Path, columns: tuple[str, ...], also: str = "") -> Iterator[tuple[str, TableRow]]:
    """Yield the rows of a table with its columns in any order, and where each stands; `also` begins a column more."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InstallationRefused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InstallationRefused(f"{file} is no text in UTF-8: save it as such") from None
    table = csv.DictReader(lines)
    there = table.fieldnames or ()
    if missing := next((name for name in columns if name not in there), None):
        raise InstallationRefused(f"{file}, line 1: there is no column {missing}: add it to {','.join(there)}")
    if also and not any(name.startswith(also) for name in there):
        raise InstallationRefused(f"{file}, line 1: there is no column {also}fi or of another language: add one")
    try:
        for row in table:
            if None in row or None in row.values():
                raise InstallationRefused(
                    f"{file}, line {table.line_num}: it has not the {len(there)} columns of line 1: write"
                    " a name with a comma in quotes"
                )
            yield f"{file}, line {table.line_num}", {name: told.strip() for name, told in row.items()}
    except csv.Error as error:
        raise InstallationRefused(f"{file}, line {table.line_num}: this is no table ({error}): correct it") from None
