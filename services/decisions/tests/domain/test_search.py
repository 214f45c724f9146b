"""Words for full-text search."""

import pytest
from chassis.installation import EXAMPLE, load
from decisions.domain.search import index_words, query_words
from decisions.lemmas import lemma
from decisions.tables import gazetteer_of

HELSINKI = gazetteer_of(load(EXAMPLE))


def indexed(text: str) -> str:
    return index_words(HELSINKI, text, lemma)


def asked_for(text: str) -> str:
    return query_words(HELSINKI, text, lemma)


@pytest.mark.parametrize(
    "asked",
    [
        ("Vallilassa", "Vallilan", "vallila", "VALLILAAN"),
        ("Sörnäisten", "sörnäisissä", "Sörnäinen"),
        ("Meilahdessa", "meilahti", "Meilahteen"),
        ("Kruununhaan", "kruununhaka"),
        ("Etu-Töölössä", "etu-töölö"),
        ("Vallgårds", "vallgård", "Vallila", "Vallilassa"),
        ("Mäkelänkatu", "Mäkelänkadun", "mäkelänkadulla", "MÄKELÄNKADULLE", "Mäkelänkatua"),
        ("Hämeentie", "Hämeentien", "hämeentiellä"),
        ("Sturenkatu", "Sturenkadun"),
        ("katu", "kadun", "kaduilla"),
        ("päätös", "päätöksen", "päätöksiä"),
        ("tontti", "tontin", "tontit"),
        ("rakennuslupa", "rakennusluvan"),
        ("lautakunta", "lautakuntien"),
    ],
)
def test_all_forms_of_a_place_are_one_word_in_text_and_query(asked: tuple[str, ...]) -> None:
    words = {indexed(form).lower() for form in asked} | {asked_for(form).lower() for form in asked}
    assert len(words) == 1


def test_other_words_and_the_syntax_of_the_query_are_left_alone() -> None:
    assert asked_for('"Sörnäisten kirjasto" or -meilahdessa') == '"Sörnäinen kirjasto" or -Meilahti'
    assert asked_for("„Vallilan kirjasto”") == '"Vallila kirjasto"'
    assert indexed("linjoja ja kirjastoja, 1.2.2020") == "linja ja kirjasto, 1.2.2020"
    assert indexed("Vallilan-Kumpulan") == "Vallila-Kumpula"


def test_what_the_database_would_refuse_does_not_reach_it() -> None:
    assert "\0" not in indexed("Vallilan\0kirjasto")
    assert indexed("Käpylässä") == indexed("Ka\u0308pyla\u0308ssa\u0308") == "Käpylä"


@pytest.mark.parametrize(
    "spellings",
    [
        ("HEL 2014-005812", "hel 2014 5812", "HEL-2014-005812", "Hel 2014-5812"),
        ("22-701-5", "91-22-701-5", "91-022-0701-0005", "22701/5"),
    ],
)
def test_a_number_is_one_word_however_people_write_it(spellings: tuple[str, ...]) -> None:
    assert len({asked_for(spelling) for spelling in spellings}) == 1
    for spelling in spellings:
        assert asked_for(spellings[0]) in indexed(spelling).split()
        assert spelling in indexed(spelling)


def test_what_only_looks_like_a_number_is_left_alone() -> None:
    for text in ("1.2.2020", "5/2020", "2020", "12 345"):
        assert asked_for(text) == text


PAIRS = """
tontti tontin, katu kadun, katu kaduilla, lautakunta lautakuntien, hakemus hakemuksen, hakemus hakemukset, halli hallin,
päätös päätöksen, rakennuslupa rakennusluvan, sopimus sopimuksen, avustus avustusten, hinta hinnan, hinta hintojen,
koulu kouluille, silta sillan, silta siltojen, pyörätie pyörätien, pyörätie pyöräteiden, puisto puistossa, käsi käden,
kirjasto kirjastoissa, suunnitelma suunnitelmia, asemakaava asemakaavoja, vuokraus vuokrauksen, aukio aukiolla,
ranta rannan, mäki mäen, hanke hankkeen, hanke hankkeita, tila tilojen, lupa luvan, koulurakennus koulurakennukset
"""


def test_words_of_the_citys_decisions_are_found_in_all_forms() -> None:
    pairs = [pair.split() for pair in PAIRS.split(",")]
    apart = [pair for pair in pairs if len({asked_for(form) for form in pair}) > 1]
    assert apart == []


def test_a_word_without_end_costs_no_more_than_its_length() -> None:
    asked = "katu" * 75_000
    assert asked_for(asked) == asked
