"""The houses that somebody at the desk looks after: staff those of their library, a department those that it owns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from chassis.pages import called, readable

from web.rendering import word
from web.services import Slot
from web.visitors import Visitor


class House(TypedDict):
    """Premises as booking's register tells them; names by language."""

    premises: str
    owner: str
    unit: str
    names: dict[str, str]


class Room(TypedDict):
    """A room as booking's register tells it; names by language, `leaves` are the smallest spaces that it takes."""

    space: str
    premises: str
    names: dict[str, str]
    parts: Sequence[str]
    leaves: Sequence[str]


class Taking(TypedDict):
    """What takes leaves of a room for a time."""

    space: str
    leaves: Sequence[str]
    slot: Slot


class TaskOfBooking(TypedDict):
    """A service task, `due` with an offset; `minutes` where it was told how long it took."""

    task: str
    kind: str
    due: str
    state: str
    minutes: NotRequired[int | None]
    etag: str


class BookingOfHouse(Taking):
    """A booking as booking tells it; `attended` and `counted` where that is known."""

    booking: str
    premises: str
    organiser: dict[str, str]
    attended: NotRequired[bool]
    counted: NotRequired[int]


class ScheduledBooking(BookingOfHouse):
    """A booking that stands, with its service tasks."""

    tasks: list[TaskOfBooking]


class BlockOfHouse(Taking):
    """A time for which a room is out of booking."""

    block: str
    premises: str


def kept_by(visitor: Visitor, premises: Iterable[House]) -> list[House]:
    """Return the premises that a visitor looks after, as booking's register tells them."""
    return [one for one in premises if visitor.has("staff", one["unit"]) or visitor.has("department", one["owner"])]


def keeps_houses(visitor: Visitor) -> bool:
    """Tell whether a visitor looks after any houses at all."""
    return visitor.has("staff") or visitor.has("department")


@dataclass(frozen=True)
class HouseNames:
    """What rooms, houses and organisations are called in one language."""

    lang: str
    rooms: dict[str, str]
    houses: dict[str, str]
    organisations: dict[str, str]

    @classmethod
    def of(cls, lang: str, premises: Iterable[House], spaces: Iterable[Room], known: Any) -> "HouseNames":
        return cls(
            lang,
            {one["space"]: called(one["names"], lang, one["space"]) for one in spaces},
            {one["premises"]: called(one["names"], lang, one["premises"]) for one in premises},
            {one["id"]: one["name"] for one in (known or {}).get("items", ()) if one.get("name")},
        )

    def room(self, code: str) -> str:
        return self.rooms.get(code) or readable(code)

    def house(self, code: str) -> str:
        return self.houses.get(code) or readable(code)

    def holder(self, organiser: Mapping[str, str]) -> str:
        """Tell who has a booking: an association by its name, a department, or a class. Never a person."""
        if name := self.organisations.get(organiser.get("organisation") or ""):
            return name
        if organiser["class"] == "department" and organiser.get("department"):
            return word(self.lang, "department", organiser["department"])
        return word(self.lang, "organiser", organiser["class"])
