"""The words of the pages: none that nobody says, none that one language lacks."""

import re
from pathlib import Path

import pytest
from analytics.catalogue import metrics
from chassis.pages import words_of

from tests.browser.pages import LANGUAGES

CHECKOUT = Path(__file__).parents[2]
FOLDERS = [folder.parent for folder in CHECKOUT.glob("services/*/*/locale") if folder.parent.name != "tests"]
FOLDERS += [CHECKOUT / "deploy/cli/omatoimi"]


def words(folder: Path, language: str) -> dict[str, str]:
    """Without the words of refusals, which `tests/test_reasons.py` looks after, and of the menu."""
    return {
        key: said
        for key, said in words_of(folder, language).items()
        if key.partition(".")[0] not in ("reasons", "menu")
    }


def fields(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", sentence))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_three_languages_have_the_same_keys_with_the_same_fields(folder: Path) -> None:
    finnish = words(folder, "fi")
    for language in LANGUAGES:
        other = words(folder, language)
        assert list(other) == list(finnish)
        assert all(other.values())
        assert {key: fields(other[key]) for key in finnish} == {key: fields(finnish[key]) for key in finnish}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_counts_has_a_word_for_one_and_for_many(folder: Path) -> None:
    for language in LANGUAGES:
        said = words(folder, language)
        forms = {key.removesuffix(".one") for key in said if f"{key.removesuffix('one')}other" in said}
        counting = [key for key, word in said.items() if re.search(r"\{(count|hits|persons|free)\}", word)]
        assert not [key for key in counting if key.rpartition(".")[0] not in forms]


def test_english_has_one_kind_of_apostrophe_and_tells_nobody_that_something_was_told() -> None:
    texts = [(folder.name, key, said) for folder in FOLDERS for key, said in words_of(folder, "en").items()]
    texts += [(metric.id, name, said) for metric in metrics().values() for name, said in metric.cards["en"]]
    assert not [text for text in texts if re.search(r"\w'[a-z]|s' |\btold\b", text[2])]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_word_is_used(folder: Path) -> None:
    """By its key as it stands in a template or the code, or by the beginning that a code is put behind."""
    sources = [path for kind in ("*.py", "*.html") for path in folder.rglob(kind)]
    told = "\n".join(path.read_text(encoding="utf-8") for path in sources)

    def stands(key: str) -> bool:
        return re.search(rf"""["']{re.escape(key)}["']""", told) is not None

    def begins(key: str) -> bool:
        return re.search(rf"""["']{re.escape(key)}\.?["'{{]""", told) is not None

    def used(key: str) -> bool:
        parts = key.split(".")
        return stands(key) or any(begins(".".join(parts[:length])) for length in range(1, len(parts)))

    dimensions = {name for metric in metrics().values() for name in metric.counting.dimensions}
    unused = [key for key in words(folder, "fi") if not used(key) and key.partition(".")[0] not in dimensions]
    assert not unused
