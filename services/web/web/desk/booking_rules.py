"""What the desk's form of a room says of the rules for whoever books it."""

from typing import Any

from omatoimi_contracts.rooms import BookingRules

from web.desk.acts import Fault, number
from web.visitors import Form

GRIDS = (5, 6, 10, 12, 15, 20, 30, 60)
A_DAY = 1440
LONGEST, NOTICE, DAYS = A_DAY, 30 * A_DAY, 365
"""The bounds of the contract, in minutes and days."""
BOUNDS = (
    ("shortest", "shortest_minutes"),
    ("longest", "longest_minutes"),
    ("notice", "notice_minutes"),
    ("days_ahead", "days_ahead"),
    ("cancel_before", "cancel_before_minutes"),
)
"""The fields of numbers, and what booking calls each of them."""


def asked_rules(form: Form) -> dict[str, Any]:
    """Read what a form asks for; what it leaves empty is as for any room. Raises Fault where nobody could book a room
    with such rules, at the first field that is wrong."""
    names = ("grid", *(name for name, _ in BOUNDS))
    told = {name: value for name in names if (value := number(form, name)) is not None}
    rules = BookingRules().model_dump() | told
    grid, shortest, longest, days = rules["grid"], rules["shortest"], rules["longest"], rules["days_ahead"]
    for name, right in (
        ("grid", grid in GRIDS),
        ("shortest", shortest >= grid and shortest % grid == 0),
        ("longest", shortest <= longest <= LONGEST and longest % grid == 0),
        ("days_ahead", 1 <= days <= DAYS),
        ("notice", rules["notice"] <= NOTICE and rules["notice"] < days * A_DAY),
        ("cancel_before", (rules["cancel_before"] or 0) <= NOTICE),
    ):
        if not right:
            raise Fault(name, name)
    return rules
