"""Words for full-text search."""

import pytest
from decisions.domain.search import index_words, query_words


@pytest.mark.parametrize(
    "asked",
    [
        ("Vallilassa", "Vallilan", "vallila", "VALLILAAN"),
        ("Sörnäisten", "sörnäisissä", "Sörnäinen"),
        ("Meilahdessa", "meilahti", "Meilahteen"),
        ("Kruununhaan", "kruununhaka"),
        ("Etu-Töölössä", "etu-töölö"),
        ("Vallgårds", "vallgård"),
    ],
)
def test_all_forms_of_a_place_are_one_word_in_text_and_query(asked: tuple[str, ...]) -> None:
    words = {index_words(form).lower() for form in asked} | {query_words(form).lower() for form in asked}
    assert len(words) == 1


def test_other_words_and_the_syntax_of_the_query_are_left_alone() -> None:
    assert query_words('"Sörnäisten kirjasto" or -meilahdessa') == '"Sörnäinen kirjasto" or -Meilahti'
    assert query_words("„Vallilan kirjasto”") == '"Vallila kirjasto"'
    assert index_words("linjoja ja kirjastoja, 1.2.2020") == "linjoja ja kirjastoja, 1.2.2020"
    assert index_words("Vallilan-Kumpulan") == "Vallila-Kumpula"


def test_what_the_database_would_refuse_does_not_reach_it() -> None:
    assert "\0" not in index_words("Vallilan\0kirjasto")
    assert index_words("Käpylässä") == index_words("Ka\u0308pyla\u0308ssa\u0308") == "Käpylä"
