"""The districts and the forms of their names."""

import csv
from pathlib import Path

import pytest
from chassis.installation import EXAMPLE, load
from decisions.tables import gazetteer_of

from .tables_of_helsinki import TABLES, tables

HELSINKI = gazetteer_of(load(EXAMPLE))
FORMS = [(one.place.name, one.place.language, one.case, one.form) for one in HELSINKI.forms.values()]


def test_the_committed_tables_are_what_the_rules_give(data: Path) -> None:
    for name, text in tables(data / "areas").items():
        assert (TABLES / name).read_text(encoding="utf-8") == text, name


def test_every_hand_made_form_is_known_under_its_name_and_case(data: Path) -> None:
    table = {(name, case, form) for name, _, case, form in FORMS}
    with (data / "areas" / "place_name_inflections.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {(row["name_fi"], row["case"], row["form"]) for row in rows}
    assert len({name for name, _, _ in wanted}) == 38
    assert wanted - table == set()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Kluuvi", "Kluuvin Kluuvia Kluuvissa Kluuvista Kluuviin Kluuvilla Kluuvilta Kluuville"),
        ("Kamppi", "Kampin Kamppia Kampissa Kampista Kamppiin Kampilla Kampilta Kampille"),
        ("Katajanokka", "Katajanokan Katajanokkaa Katajanokassa Katajanokkaan"),
        ("Kaartinkaupunki", "Kaartinkaupungin Kaartinkaupunkia Kaartinkaupungissa Kaartinkaupunkiin"),
        ("Vanhakaupunki", "Vanhankaupungin Vanhaakaupunkia Vanhassakaupungissa Vanhaankaupunkiin Vanhallakaupungilla"),
        ("Haaga", "Haagan Haagaa Haagassa Haagaan"),
        ("Laakso", "Laakson Laaksoa Laaksossa Laaksoon"),
        ("Malmi", "Malmin Malmia Malmissa Malmiin"),
        ("Pukinmäki", "Pukinmäen Pukinmäkeä Pukinmäessä Pukinmäkeen Pukinmäellä Pukinmäelle"),
        ("Herttoniemi", "Herttoniemen Herttoniemeä Herttoniemessä Herttoniemeen"),
        ("Kulosaari", "Kulosaaren Kulosaarta Kulosaaressa Kulosaareen"),
        ("Östersundom", "Östersundomin Östersundomia Östersundomissa Östersundomiin"),
        ("Ulkosaaret", "Ulkosaarten Ulkosaarien Ulkosaaria Ulkosaarissa Ulkosaariin Ulkosaarille"),
        ("Salmenkallio", "Salmenkallion Salmenkalliota Salmenkalliossa Salmenkallioon"),
        ("Aluemeri", "Aluemeren Aluemerta Aluemeressä Aluemereen"),
        ("Ruoholahti", "Ruoholahden Ruoholahtea Ruoholahdessa Ruoholahteen"),
        ("Itäkeskus", "Itäkeskuksen Itäkeskusta Itäkeskuksessa Itäkeskukseen"),
        ("Roihupelto", "Roihupellon Roihupeltoa Roihupellossa Roihupeltoon"),
        ("Puroniitty", "Puroniityn Puroniittyä Puroniityssä Puroniittyyn"),
        ("Hakuninmaa", "Hakuninmaan Hakuninmaata Hakuninmaassa Hakuninmaahan"),
        ("Kuninkaantammi", "Kuninkaantammen Kuninkaantammea Kuninkaantammessa Kuninkaantammeen"),
        ("Jollas", "Jollaksen Jollasta Jollaksessa Jollakseen"),
        ("Kivikko", "Kivikon Kivikkoa Kivikossa Kivikkoon"),
        ("Linjat", "Linjojen Linjoja Linjoilla Linjoihin"),
        ("Vanha Munkkiniemi", "Vanhan_Munkkiniemen Vanhassa_Munkkiniemessä Vanhaan_Munkkiniemeen"),
        ("Merihaka", "Merihaan Merihakaa Merihaassa Merihakaan"),
        ("Nihti", "Nihdin Nihtiä Nihdissä Nihtiin"),
    ],
)
def test_gradation_stems_and_plurals_are_right(name: str, written: str) -> None:
    known = {form for name_, _, _, form in FORMS if name_ == name}
    assert {form.replace("_", " ") for form in written.split()} - known == set()


def test_all_sixty_districts_stand_in_both_languages_in_all_cases(data: Path) -> None:
    assert len(HELSINKI.districts) == 59, "and the territorial sea, which has no number"
    with (data / "areas" / "helsinki_districts.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name_fi"] for row in csv.DictReader(file)}
    assert len(names) == 60
    cases = {name: {case for name_, _, case, _ in FORMS if name_ == name} for name in names}
    assert {len(found) for found in cases.values()} == {9}
    swedish = {form for _, language, _, form in FORMS if language == "sv"}
    assert {"Vallgård", "Vallgårds", "Sörnäs", "Åggelbys", "Västra Hamnen"} <= swedish


def test_neighbours_know_each_other() -> None:
    with (TABLES / "districts.csv").open(encoding="utf-8", newline="") as file:
        neighbours = {row["code"]: set(filter(None, row["neighbours"].split(";"))) for row in csv.DictReader(file)}
    assert neighbours["22"] == {"12", "17", "21", "24"}
    for code, others in neighbours.items():
        assert all(code in neighbours[other] for other in others), code
