"""Stable names of cases and decisions, the same from whichever source and however often they come."""

import re
import unicodedata
from datetime import date

_CASE_NUMBER = re.compile(r"\b([A-Z]{2,5})[ -](\d{4})-(\d{6})((?:-[^\W\d_]+-\d+)?)(?![\w-])")
"""As Ahjo has it: the letters of the city, the year, a running number."""


def case_number(text: str | None) -> str | None:
    """Return a case number in one spelling: `HEL 2020-006250 T 00 03 00` gives `HEL-2020-006250`. A request for a
    statement is a case of its own: `HEL-2021-005020-Lausunto-3`. None where there is no number."""
    found = _CASE_NUMBER.search(text or "")
    return f"{found[1]}-{found[2]}-{found[3]}{found[4]}" if found else None


def asked_about(case: str) -> str | None:
    """Return the case that a request for a statement is about, None for any other."""
    found = _CASE_NUMBER.fullmatch(case)
    return f"{found[1]}-{found[2]}-{found[3]}" if found and found[4] else None


def decision_key(body: str | None, decided: date | None, section: str | None, own_id: str) -> str:
    """Make `<body>/<date>/<section>` (U540200/2021-10-14/207), which both language versions share; the record's own id
    where a part of it is not known, as in the decisions of officials, which come without a date."""
    return f"{body}/{decided}/{section}" if body and decided and section else own_id


def act_name(body_name: str, decided: date | None, section: str | None) -> str | None:
    """Tell what minutes and the register both call one decision, whatever id the register gives to who decided:
    `Kaupunginjohtaja/J` and `Kaupunginjohtaja` give `kaupunginjohtaja/2014-05-14/50`, *Helsingin kaupunginhallitus* is
    *Kaupunginhallitus*. None where a part of it is not known."""
    body = re.sub(r"^helsingin-(?:kaupungin-)?", "", slug(re.sub(r"/\w{1,4}$", "", body_name)))
    return f"{body}/{decided}/{section}" if body and decided and section else None


def section_number(text: str | None) -> str | None:
    """Read the number of a section: `50 §`, `§ 50` and `50` give `50`."""
    found = re.fullmatch(r"\s*(?:§\s*)?(\d{1,5})\s*(?:§\s*)?", text or "")
    return str(int(found[1])) if found else None


def slug(name: str) -> str:
    """Return an identifier of letters, digits and hyphens for a body known by name alone: `Kaupunginjohtaja/J` gives
    `kaupunginjohtaja-j`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
