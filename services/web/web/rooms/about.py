"""What is said about a room before it is booked: its texts in the reader's language, and its codes in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from web.rendering import word


class Text(NamedTuple):
    """A text as it stands on a page: the language that it is in, which need not be the reader's, and its lines."""

    language: str
    lines: list[str]


class Rules(NamedTuple):
    """The house rules of a room: their version, whether who books must have accepted them, and their words."""

    version: int
    to_accept: bool
    text: Text


@dataclass(frozen=True, slots=True)
class About:
    """What residents need to know of a room. `pictures` are addresses, each with what it shows."""

    least: int
    most: int
    description: Text | None
    equipment: list[str]
    accessibility: list[str]
    access: Text | None
    price: str
    pictures: list[tuple[str, Text]]
    rules: Rules | None


def of(told: Mapping[str, Any], lang: str) -> About:
    """Read what booking tells of a room at its own address."""
    pictures = ((one["address"], text(one["alternative"], lang)) for one in told["pictures"])
    return About(
        told["minimum"],
        told["capacity"],
        text(told["descriptions"], lang),
        words(lang, "equipment", told["equipment"]),
        words(lang, "accessibility", told["accessibility"]),
        text(told["access"], lang),
        word(lang, "price", told["price"]),
        [(address, shows) for address, shows in pictures if shows],
        rules(told["house_rules"], "words", lang),
    )


def words(lang: str, listed: str, codes: Sequence[str]) -> list[str]:
    """Say codes of one of the contract's lists."""
    return [word(lang, listed, code) for code in codes]


def text(said: Mapping[str, str], lang: str) -> Text | None:
    """Return what is said in a language, else in Finnish, else in any; None where nothing is said."""
    for language in (lang, "fi", *said):
        if said.get(language):
            return Text(language, said[language].splitlines())
    return None


def rules(told: Mapping[str, Any] | None, words: str, lang: str) -> Rules | None:
    """Read house rules: all their `words`, or their `first_line` as lists have it."""
    said = told and text(told[words], lang)
    return Rules(told["version"], told["to_accept"], said) if told and said else None
