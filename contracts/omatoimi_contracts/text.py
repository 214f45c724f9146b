"""The rules for text from outside: composed, of one or of several lines, and without personal identity codes.

They hold at every way in, before a request is recognised as one that came before, so that the same words written in two
ways are one request. What facts say is their owner's, and stands on the topics as it is.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BeforeValidator

NULL = "\0"
BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff\t]")
"""Control characters, and those that turn the direction of what follows: they can make a text read as another. The
marks that Arabic and Hebrew need beside words (U+200E, U+200F, U+061C) and joiners stay."""
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Hints for a line break and the like: they show nothing, and hide a word from every search."""

MASK = "******-****"
"""What stands in the place of an identity code; as long as one, so that what was found behind it stays where it was."""
_CODE = re.compile(
    "(?<![0-9])([0-9]{2})([0-9]{2})([0-9]{2})"
    "([-+\u2010-\u2015\u2212A-FU-Ya-fu-y])([0-9]{3})([0-9A-FHJ-NPR-Ya-fhj-npr-y])(?![0-9A-Za-z])"
)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CENTURIES = (
    {"+": 1800}
    | dict.fromkeys("-YXWVU\u2010\u2011\u2012\u2013\u2014\u2015\u2212", 1900)
    | dict.fromkeys("ABCDEF", 2000)
)
"""The separators since 2023, and what word processors make of a hyphen."""


def one_line(text: str) -> str:
    """Put a title or a name on one line, trimmed, with single spaces. What breaks the line, controls or turns the
    direction becomes a space, never nothing: words that stood apart stay apart. Raises ValueError for the null
    character."""
    return " ".join(CONTROL.sub(" ", BREAK.sub(" ", INVISIBLE.sub("", _without_null(text)))).split())


def several_lines(text: str) -> str:
    """Return free words of several lines: every line ends in a line feed; else as in `one_line`, but for the spaces
    within."""
    return CONTROL.sub(" ", BREAK.sub("\n", INVISIBLE.sub("", _without_null(text)))).strip()


def _without_null(text: str) -> str:
    if NULL in text:
        raise ValueError("it holds the null character, which no text has")
    return text


def masked(text: str) -> str:
    """Return the text with every personal identity code (henkilötunnus) in it made unreadable."""
    return _CODE.sub(lambda found: MASK if _is_identity_code(found) else found[0], text)


def has_identity_code(text: str) -> bool:
    """Tell whether a personal identity code stands in it: a date that there is, a separator and the right check
    character, in whatever case."""
    return any(map(_is_identity_code, _CODE.finditer(text)))


def _is_identity_code(found: "re.Match[str]") -> bool:
    day, month, year, separator, number, check = found.groups()
    try:
        date(_CENTURIES[separator.upper()] + int(year), int(month), int(day))
    except ValueError:
        return False
    return _CHECKS[int(day + month + year + number) % 31] == check.upper()


def composed(value: Any) -> Any:
    """Return a JSON value with every text and name in it composed (Unicode NFC): ä is one character, however it was
    typed. Raises ValueError where two names of an object are then one."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {composed(name): composed(one) for name, one in value.items()}
    if len(made) < len(value):
        raise ValueError("two names in one object are the same name, written in two ways")
    return made


def each_text(change: Callable[[str], str], value: Any) -> Any:
    """Return a JSON value with every text in it changed; its names stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(change, one) for one in value]
    return {name: each_text(change, one) for name, one in value.items()} if isinstance(value, dict) else value


def _applied(rule: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: masked(rule(value)) if isinstance(value, str) else value)


ONE_LINE = _applied(one_line)
"""Stands at a title or name that is asked for; the limits hold for what is left."""
SEVERAL_LINES = _applied(several_lines)
"""Stands at free words that are asked for."""
MASKED = BeforeValidator(lambda value: each_text(masked, value))
"""Stands at a record of the city, whose own form decides what its lines are."""
