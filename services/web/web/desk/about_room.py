"""What the desk's form of a room says about it, beside its name and size: texts, what stands there, house rules."""

import re
from typing import Any

from chassis.pages import LANGUAGES
from omatoimi_contracts.lists import known
from omatoimi_contracts.rooms import Accessibility, Equipment, Price

from web.desk.acts import Fault, chosen, number
from web.visitors import Form

TEXTS = ("descriptions", "access", "house_rules")
LISTS = {"equipment": known(Equipment), "accessibility": known(Accessibility)}
PRICES = known(Price)
LONGEST = 2000
PICTURES, MOST_PICTURES = 3, 10
"""So many pictures have fields, and as many as there are; so many there can be."""


def asked_about(form: Form, capacity: int) -> dict[str, Any]:
    """Read what a form asks for. Raises Fault where something of it cannot be asked for."""
    minimum = number(form, "minimum") or 1
    if minimum > capacity:
        raise Fault("minimum", "minimum")
    told = {name: _words(form, name) for name in TEXTS}
    to_accept = form.get("rules_to_accept") == "yes"
    if to_accept and not told["house_rules"]:
        raise Fault(f"house_rules-{LANGUAGES[0]}", "house_rules")
    return {
        "minimum": minimum,
        **told,
        **{name: [code for code in codes if code in form.getlist(name)] for name, codes in LISTS.items()},
        "price": chosen(form, "price", PRICES) if "price" in form else PRICES[0],
        "pictures": [picture for at in range(MOST_PICTURES) if (picture := _picture(form, at))],
        "rules_to_accept": to_accept,
    }


def _words(form: Form, name: str) -> dict[str, str]:
    told = {lang: form.get(f"{name}-{lang}", "").strip() for lang in LANGUAGES}
    for lang, text in told.items():
        if len(text) > LONGEST:
            raise Fault(f"{name}-{lang}", "words.long")
    return {lang: text for lang, text in told.items() if text}


def _picture(form: Form, at: int) -> dict[str, Any] | None:
    address, shows = form.get(f"picture-{at}", "").strip(), _words(form, f"picture-{at}")
    if not address:
        return None
    if not re.fullmatch(r"https://[^\s?#]{1,500}", address):
        raise Fault(f"picture-{at}", "picture")
    if not shows:
        raise Fault(f"picture-{at}-{LANGUAGES[0]}", "picture.shows")
    return {"address": address, "alternative": shows}
