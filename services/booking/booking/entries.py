"""How the entry of a space is told: at its own address all that is said about it, in lists what fits there."""

from typing import TypedDict

from chassis.last_acts import Tagged

from booking.domain.rules import A_MONTH
from booking.store.register import ListedSpace


class PictureShown(TypedDict):
    """Where a picture is, and what it shows, by language."""

    address: str
    alternative: dict[str, str]


class RulesShown(TypedDict):
    """House rules by language, their version, and whether whoever books must have accepted them."""

    version: int
    to_accept: bool
    words: dict[str, str]


class FirstLine(TypedDict):
    """The first line of house rules by language, their version, and whether they must be accepted."""

    version: int
    to_accept: bool
    first_line: dict[str, str]


class SpaceRules(TypedDict):
    """The rules that a booking of the space must keep to, in numbers: the grid on which it begins and ends, how short
    and how long it may be, how long before it must be made and how far ahead, how many of an organisation in a month,
    and the minutes kept free around it. `version` is of the rules that are the space's own."""

    version: int
    grid_minutes: int
    shortest_minutes: int
    longest_minutes: int
    notice_minutes: int
    days_ahead: int
    cancel_before_minutes: int | None
    bookings_a_month: int
    buffer_before: int
    buffer_after: int


class SpaceInShort(TypedDict):
    """A space as lists have it: all but its texts and pictures, and of its house rules the first line."""

    space: str
    premises: str
    owner: str
    unit: str
    names: dict[str, str]
    premises_names: dict[str, str]
    parts: list[str]
    leaves: list[str]
    capacity: int
    buffer_before: int
    buffer_after: int
    task: str | None
    minimum: int
    equipment: list[str]
    accessibility: list[str]
    price: str
    house_rules: FirstLine | None


class AboutShown(Tagged):
    """What residents need to know of a space."""

    minimum: int
    descriptions: dict[str, str]
    equipment: list[str]
    accessibility: list[str]
    access: dict[str, str]
    price: str
    pictures: list[PictureShown]
    house_rules: RulesShown | None


def in_short(row: ListedSpace) -> SpaceInShort:
    """Tell of a space what stands in lists."""
    return {
        "space": row.space,
        "premises": row.premises,
        "owner": row.owner,
        "unit": row.unit,
        "names": row.names,
        "premises_names": row.premises_names,
        "parts": row.parts,
        "leaves": row.leaves,
        "capacity": row.capacity,
        "buffer_before": row.buffer_before,
        "buffer_after": row.buffer_after,
        "task": row.task,
        "minimum": row.about.minimum,
        "equipment": list(row.about.equipment),
        "accessibility": list(row.about.accessibility),
        "price": row.about.price,
        "house_rules": first_line(row),
    }


def about(row: ListedSpace) -> AboutShown:
    """Tell all that residents need to know of a space."""
    told, rules = row.about, row.house_rules
    return {
        "minimum": told.minimum,
        "descriptions": told.descriptions,
        "equipment": list(told.equipment),
        "accessibility": list(told.accessibility),
        "access": told.access,
        "price": told.price,
        "pictures": [{"address": one.address, "alternative": one.alternative} for one in told.pictures],
        "house_rules": {"version": rules.version, "to_accept": rules.to_accept, "words": rules.words}
        if rules
        else None,
    }


def first_line(row: ListedSpace) -> FirstLine | None:
    """Tell the first line of a space's house rules."""
    rules = row.house_rules
    if rules is None:
        return None
    lines = {language: words.partition("\n")[0] for language, words in rules.words.items()}
    return {"version": rules.version, "to_accept": rules.to_accept, "first_line": lines}


def rules_of(row: ListedSpace) -> SpaceRules:
    """Tell the rules that a booking of the space must keep to."""
    own = row.booking_rules
    return {
        "version": own.version,
        "grid_minutes": own.grid,
        "shortest_minutes": own.shortest,
        "longest_minutes": own.longest,
        "notice_minutes": own.notice,
        "days_ahead": own.days_ahead,
        "cancel_before_minutes": own.cancel_before,
        "bookings_a_month": A_MONTH,
        "buffer_before": row.buffer_before,
        "buffer_after": row.buffer_after,
    }
