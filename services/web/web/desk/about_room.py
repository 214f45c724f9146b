"""What the desk's form of a room says about it, beside its name and size: texts, what stands there, house rules."""

import re
from typing import Any, TypedDict

from omatoimi_contracts.lists import known
from omatoimi_contracts.rooms import Accessibility, Equipment, Price

from web.desk.acts import Fault, chosen, number
from web.desk.names import texts
from web.visitors import Form

TEXTS = ("descriptions", "access", "house_rules")
LISTS = {"equipment": known(Equipment), "accessibility": known(Accessibility)}
PRICES = known(Price)
PICTURES, MOST_PICTURES = 3, 10
"""So many pictures have fields, and as many as there are; so many there can be."""


class Picture(TypedDict):
    """Where a picture is, and what it shows, by language."""

    address: str
    alternative: dict[str, str]


def asked_about(form: Form, capacity: int, first: str) -> dict[str, Any]:
    """Read what a form asks for. Raises Fault where something of it cannot be asked for, at the field of the `first`
    language where a text misses."""
    minimum = number(form, "minimum") or 1
    if minimum > capacity:
        raise Fault("minimum", "minimum")
    told = {name: texts(form, name) for name in TEXTS}
    to_accept = form.get("rules_to_accept") == "yes"
    if to_accept and not told["house_rules"]:
        raise Fault(f"house_rules-{first}", "house_rules")
    return {
        "minimum": minimum,
        **told,
        **{name: [code for code in codes if code in form.getlist(name)] for name, codes in LISTS.items()},
        "price": chosen(form, "price", PRICES) if "price" in form else PRICES[0],
        "pictures": [picture for at in range(MOST_PICTURES) if (picture := _picture(form, at, first))],
        "rules_to_accept": to_accept,
    }


def _picture(form: Form, at: int, first: str) -> Picture | None:
    address, shows = form.get(f"picture-{at}", "").strip(), texts(form, f"picture-{at}")
    if not address:
        return None
    if not re.fullmatch(r"https://[^\s?#]{1,500}", address):
        raise Fault(f"picture-{at}", "picture")
    if not shows:
        raise Fault(f"picture-{at}-{first}", "picture.shows")
    return {"address": address, "alternative": shows}
