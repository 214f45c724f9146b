"""A city's gazetteer is tables that its installation names; what is wrong in one is one sentence that says where."""

from pathlib import Path

import pytest
from chassis import Settings
from chassis.installation import EXAMPLE, InstallationRefused, load
from decisions.domain.districts import find, of_document, primary
from decisions.domain.search import index_words, query_words
from decisions.main import service
from decisions.tables import gazetteer_of

CITY = """
municipality: st-johns
time_zone: America/St_Johns
languages: [en, fi]
departments: [library]
libraries:
  harbour: {districts: [west, "072"]}
gazetteer: {districts: districts.csv, places: places.csv, inflections: inflections.csv}
"""
DISTRICTS = """name_en,code,name_fi
The Battery,battery,
West End,west,Länsipää
Quidi Vidi,072,
"""
PLACES = """name,language,kind,districts,caution
The Battery,en,district,battery,
West End,en,district,west,
Länsipää,fi,district,west,
Quidi Vidi,en,district,072,
Ässämäki,fi,everyday,072;west,
Čistec,en,everyday,072,
Pond,en,everyday,072,common
Tervat,fi,everyday,battery,
"""
INFLECTIONS = """name,language,case,form
Tervat,fi,genitive,Tervojen
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The folder of the city's file, the tables beside it."""
    for name, text in (("districts", DISTRICTS), ("places", PLACES), ("inflections", INFLECTIONS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "city.yaml").write_text(CITY, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "districts"),
    [
        ("A new bench in the West End", ("west",)),
        ("Puisto Länsipäässä", ("west",)),
        ("Tervojen kivetys", ("battery",)),
        ("The Battery, parking", ("battery",)),
        ("A pond at Čistec", ("072",)),
        ("Ässämäen hoito", ("072", "west")),
        ("Vallilan puisto", ()),
        ("Tontti 22585/4, 22. kaupunginosa, 91-22-585-4", ()),
    ],
)
def test_decisions_are_matched_to_the_districts_of_the_citys_own_tables(
    city: Path, text: str, districts: tuple[str, ...]
) -> None:
    gazetteer = gazetteer_of(load(city / "city.yaml"))
    assert primary(find(gazetteer, text)) == districts
    assert primary(of_document(gazetteer, "Matter", [text])) == districts
    assert find(gazetteer_of(load(EXAMPLE)), "Vallilan puisto"), "two cities live in one process"


def test_a_search_knows_the_citys_names_and_no_other_citys_numbers(city: Path) -> None:
    gazetteer = gazetteer_of(load(city / "city.yaml"))

    def searched(text: str) -> str:
        words = query_words(gazetteer, text, str)
        assert index_words(gazetteer, text, str) == words
        return words

    assert searched("Länsipäässä") == searched("länsipään")
    assert searched("pond") == "pond", "a name that is a common word is taken as the word"
    assert searched("HEL 2014-005812") == "hel 2014-005812"


def test_districts_are_called_by_their_names_in_the_readers_language(city: Path) -> None:
    gazetteer = gazetteer_of(load(city / "city.yaml"))
    told = [gazetteer.name_of(code, lang) for code, lang in (("west", "fi"), ("072", "fi"), ("zzz", "en"))]
    assert told == ["Länsipää", "Quidi Vidi", "zzz"]


def test_without_tables_no_decision_has_a_district(city: Path) -> None:
    (city / "city.yaml").write_text(CITY.partition("gazetteer:")[0], encoding="utf-8")
    installation = load(city / "city.yaml")
    service(Settings(installation=installation))
    assert find(gazetteer_of(installation), "Vallilan puisto, West End") == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("districts.csv", "code", "number", "districts.csv, line 1: there is no column code: add it to"),
        ("districts.csv", "name_", "", "districts.csv, line 1: there is no column name_fi or of another language"),
        ("districts.csv", "072", "07 2", "districts.csv, line 4: no code can be '07 2': write lower-case letters"),
        ("districts.csv", "072", "west", "districts.csv, line 4: the district west stands there twice: name each once"),
        ("districts.csv", "Quidi Vidi", "", "districts.csv, line 4: the district 072 has no name: give one at least"),
        ("districts.csv", "Quidi Vidi", "Quidi, Vidi", "districts.csv, line 4: it has not the 3 columns of line 1"),
        ("places.csv", ",kind", "", "places.csv, line 1: there is no column kind: add it to"),
        ("places.csv", "Pond", "pond", "places.csv, line 8: 'pond' is no name: begin it with a capital letter"),
        ("places.csv", "Pond,en", "Pond,English", "places.csv, line 8: 'English' is no language: write its code"),
        ("places.csv", "common", "commun", "places.csv, line 8: 'commun' is no caution: write one of nothing, word"),
        ("places.csv", "battery,\nWest", "batery,\nWest", "districts.csv has no district batery: add it there, or"),
        ("places.csv", "en,district,battery", "en,borough,battery", "places.csv, line 2: 'borough' is no kind: write"),
        ("inflections.csv", "Tervat", "Tervas", "places.csv has no 'Tervas' in 'fi': add it there, or correct it"),
        ("inflections.csv", "genitive", "dative", "inflections.csv, line 2: 'dative' is no case: write one of nomin"),
        ("inflections.csv", "Tervojen", "", "inflections.csv, line 2: it tells no form: write it, or remove the"),
        ("city.yaml", "[west,", "[east,", "libraries.harbour.districts: "),
        ("city.yaml", "places.csv", "place.csv", "gazetteer.places: there is no file"),
    ],
)
def test_what_is_wrong_in_a_table_is_one_sentence_and_no_service_starts_on_it(
    city: Path, file: str, old: str, new: str, sentence: str
) -> None:
    wrong = (city / file).read_text(encoding="utf-8").replace(old, new)
    (city / file).write_text(wrong, encoding="utf-8")
    with pytest.raises(InstallationRefused) as caught:
        service(Settings(installation=load(city / "city.yaml")))
    assert sentence in f"{caught.value}"
    assert "\n" not in f"{caught.value}"


def test_a_table_that_is_no_text_is_told_as_such(city: Path) -> None:
    (city / "places.csv").write_bytes(PLACES.encode("utf-16"))
    with pytest.raises(InstallationRefused, match=r"places.csv is no text in UTF-8: save it as such"):
        gazetteer_of(load(city / "city.yaml"))
