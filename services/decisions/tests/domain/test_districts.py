"""Districts found in text."""

import csv
import timeit
from functools import partial
from pathlib import Path

import pytest
from chassis.installation import EXAMPLE, load
from decisions.domain import districts, plots
from decisions.domain.districts import mentioned, primary
from decisions.tables import gazetteer_of

HELSINKI = gazetteer_of(load(EXAMPLE))
find, of_document = partial(districts.find, HELSINKI), partial(districts.of_document, HELSINKI)
numbered = partial(plots.numbered, HELSINKI)


@pytest.fixture(scope="module")
def gold(data: Path) -> list[dict[str, str]]:
    with (data / "decisions" / "area_match_gold.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(told: str) -> set[str]:
    return set(filter(None, told.split(";")))


def test_precision_and_recall_on_labelled_titles_are_at_least_95_percent(
    gold: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    right = wrong = missed = 0
    trapped = []
    for row in gold:
        found = set(primary(find(row["title"])))
        required, optional = numbers(row["districts_required"]), numbers(row["districts_optional"])
        right += len(found & required)
        wrong += len(found - required - optional)
        missed += len(required - found)
        if {match.district for match in find(row["title"])} & numbers(row["districts_forbidden"]):
            trapped.append(row["case_id"])
    precision, recall = right / (right + wrong), right / (right + missed)
    with capsys.disabled():
        print(f"\ndistricts in {len(gold)} labelled titles: precision {precision:.3f}, recall {recall:.3f}")
    assert trapped == []
    assert precision >= 0.95
    assert recall >= 0.95


def test_the_time_a_title_takes_is_told(gold: list[dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    titles = [row["title"] for row in gold]
    assert sum(map(len, map(find, titles))) > 100
    seconds = min(timeit.repeat(lambda: [find(title) for title in titles], number=1, repeat=5)) / len(titles)
    with capsys.disabled():
        print(f"\nfinding districts takes {seconds * 1e6:.0f} µs a title")


def test_each_match_shows_its_evidence(gold: list[dict[str, str]]) -> None:
    for row in gold:
        for match in find(row["title"]):
            assert row["title"][match.start : match.end] == match.text
            assert match.text


def test_every_inflected_form_finds_its_district(data: Path) -> None:
    with (data / "areas" / "place_name_inflections.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    nothing = [row["form"] for row in rows if not primary(find(f"Asemakaavan muutos, {row['form']}, kadut"))]
    assert nothing == []


@pytest.mark.parametrize(
    ("text", "district", "method"),
    [
        ("Vallilassakin on kirjasto", "22", "name"),
        ("HARJUN NUORISOTALO", "12", "part"),
        ("Vallila-hanke", "22", "name"),
        ("Pohjois-Vallilan puisto", "22", "name"),
        ("Pikku Huopalahden kirjasto", "16", "part"),
        ("Huopalahden kirjasto", "29", "part"),
        ("Främre Tölös bibliotek", "13", "name"),
        ("Vallgårds bibliotek", "22", "name"),
        ("Hermannin rantatie", "21", "street"),
        ("tontti 22585/4", "22", "plot"),
        ("AK-tontit 8148/1 ja 8148/2", "08", "plot"),
        ("korttelin 22585 tontti 4", "22", "block"),
        ("tomten 22585/4", "22", "plot"),
        ("kiinteistö 91-22-585-4", "22", "property"),
        ("kiinteistö 091-022-0585-0004", "22", "property"),
        ("yleinen alue 91-11-9901-100", "11", "property"),
        ("Munkkiniemen (30.ko) kaava", "30", "district-number"),
        ("22. kaupunginosan kortteli", "22", "district-number"),
    ],
)
def test_names_and_numbers_are_found_in_all_their_shapes(text: str, district: str, method: str) -> None:
    assert (district, method) in {(match.district, match.method) for match in find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Puistosuunnitelma, VIO 5959/1",
        "Katusuunnitelma, 30953/1",
        "Asemakaavan muutos nro 22781",
        "Tonttijaon muutos nro 22456",
        "Tonttivaraus 2021, kortteli 2022",
        "kiinteistö 91-432-8-35",
        "Asiointitunnus LP-091-2021-09171",
        "tontti 291/4",
        "tontti 60123/1",
        "kiinteistö 91-77-1-1 ja 60. kaupunginosa",
        "viisi kaupunginosaa, 5 kaupunginosaa",
        "Autolasipalvelu Oy Koskela & Savolainen",
        "Lassila & Tikanoja Oyj",
        "Hankinta, Kallion Parturi Tmi",
        "Valtuutettu Minja Koskelan aloite pyöräilystä",
        "Mika Malmin valtuustoaloite",
        "Valtuustoaloite 17.02.2021 Koskela Minja Lisää puistoja",
        "Koskela Minja, toivomusponsi, Kvsto 3.11.2021",
        "Talousarvioaloite, Leikkipuistot kuntoon, Koskela Minja",
        "Vuokraus, venepaikka, Matti Juhani Kallio",
        "Kallio-Kokko Mari",
        "Opiskelupaikan osoittaminen, Åshöjdens grundskola",
        "Ingenjörsbyrå Sundberg",
        "Saudi-Arabia",
        "Asia on käsitelty. Kallio louhitaan. Harju tasataan.",
        "hermanni ja kallio",
    ],
)
def test_what_only_looks_like_a_district_is_none(text: str) -> None:
    assert find(text) == ()


def test_a_name_that_lies_in_two_districts_follows_what_is_said_plainly() -> None:
    assert primary(find("Kalasataman peruskoulu")) == ("10", "21")
    plain = find("Vuokraus, tontti 10657/1, Kalasatama")
    assert (primary(plain), mentioned(plain)) == (("10",), ("21",))


def test_a_street_or_an_association_only_counts_where_nothing_plainer_is_said() -> None:
    assert primary(find("Katusuunnitelma, Hermannin rantatie")) == ("21",)
    street = find("Katusuunnitelma, Hermannin rantatie, Sörnäinen")
    assert (primary(street), mentioned(street)) == (("10",), ("21",))
    club = find("Alueen luovutus Malmin lentokentältä, Vallilan lennokkikerho ry")
    assert (primary(club), mentioned(club)) == (("38",), ("22",))


def test_the_title_decides_what_is_primary_else_the_decision_and_never_the_reasons() -> None:
    by_title = of_document("Tilat, Kumpula", ["Päätettiin Vallilassa."], ["Käpylässä on kirjasto."])
    assert (primary(by_title), mentioned(by_title)) == (("24",), ("22", "25"))
    by_decision = of_document("Kirjastot", ["Vallilan kirjasto avataan."], ["Kuten Käpylässä."])
    assert (primary(by_decision), mentioned(by_decision)) == (("22",), ("25",))
    assert [match.part for match in by_decision] == ["decision/0", "rest/0"]
    assert primary(of_document("Kirjastot", [], ["Vallila mainitaan."])) == ()


def test_a_text_that_lists_many_districts_speaks_of_the_city() -> None:
    listed = of_document("Aukioloajat", ["Suljetaan Vallilan, Kumpulan, Käpylän, Pasilan ja Kallion kirjastot."])
    assert primary(listed) == ()
    assert len(mentioned(listed)) == 5


def test_a_long_text_without_places_is_no_burden() -> None:
    """The work grows with the text alone: what would take hours, were it squared, ends at once."""
    for text in ("A-" * 200_000, "tontti " * 100_000, "Kallion & " * 20_000, "Oy Vallila " * 20_000, "1.k" * 100_000):
        find(text)


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("Lausunto Espoon kaupungille, 22. kaupunginosa Olari, asemakaavan muutos", ()),
        ("Lausunto Vantaan asemakaavasta, kortteli 22585", ()),
        ("Asemakaavan muutos 22. kaupunginosassa (Olari), Espoo", ()),
        ("Utlåtande till Esbo stad, tomt 22585/4", ()),
        ("Naapurin kuuleminen, Sipoon kunta, tontti 22585/4", ()),
        ("Oulun kaupungin lausuntopyyntö, 22. kaupunginosa", ()),
        ("Lausunto Espoon kaupungille. Samalla tontti 22585/4 vuokrattiin", ("22",)),
        ("Helsingin lausunto, 22. kaupunginosa", ("22",)),
        ("Vantaan ja Helsingin raja, 41. kaupunginosa", ("41",)),
        ("Sopimus Vantaan kanssa, 41. kaupunginosassa (Suurmetsä)", ("41",)),
        ("Vantaanjoen ranta, tontti 28101/3", ("28",)),
        ("Katualue, kortteli 9901", ()),
        ("Puistoalue, tontti 9903/2", ()),
        ("Kiinteistö 91-22-9901-100, katualue", ("22",)),
    ],
)
def test_numbers_of_another_town_and_of_common_land_are_no_districts_of_ours(
    title: str, numbers: tuple[str, ...]
) -> None:
    assert tuple(sorted({number for number, *_ in numbered(title)})) == numbers
