"""The houses that somebody at the desk looks after: staff those of their library, a department those that it owns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chassis.pages import called, readable

from web.rendering import word
from web.visitors import Visitor


def kept_by(visitor: Visitor, premises: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
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
    def of(
        cls, lang: str, premises: Iterable[dict[str, Any]], spaces: Iterable[dict[str, Any]], known: Any
    ) -> "HouseNames":
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

    def holder(self, organiser: dict[str, Any]) -> str:
        """Tell who has a booking: an association by its name, a department, or a class. Never a person."""
        if name := self.organisations.get(organiser.get("organisation") or ""):
            return name
        if organiser["class"] == "department" and organiser.get("department"):
            return word(self.lang, "department", organiser["department"])
        return word(self.lang, "organiser", organiser["class"])
