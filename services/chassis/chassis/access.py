"""Who asks, and who may: rights are data beside each operation (docs/adr/0018, docs/access.md).

A caller is a channel that holds a key; when persons sign in it is also a person with the roles and associations that
the token tells. Until then the roles are those that the city gave to the channel.

An act says `may=STAFF | OWN` where it is registered, a read where its address is. Roles are checked before anything is
locked or looked up; what depends on the thing itself is checked once it is known, by the chassis, before the handler.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ANY_TYPE = frozenset({"*"})


class Role(StrEnum):
    """What a caller is to the library. The list is closed: a new role is a change of this code and of its table."""

    RESIDENT = "resident"
    """Asks for residents: a web page, a telephone, a kiosk that people stand at."""
    STAFF = "staff"
    """Acts for the library."""
    DEVICE = "device"
    """Stands in a library and sees what happens there: a door, a counter, a kiosk."""


RESIDENTS = frozenset({Role.RESIDENT})
FIRST_ROLES = {
    "staff": frozenset({Role.STAFF}),
    "kiosk": frozenset({Role.RESIDENT, Role.DEVICE}),
    "system": frozenset({Role.DEVICE}),
}
"""The roles that a channel begins with by its name, where they are not a resident's alone."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in that the city has registered: its source, its name in the report, its library, and the types that it may
    ask for (`*` for all)."""

    source: str
    name: str
    unit: str
    types: frozenset[str] = ANY_TYPE

    def may_ask_for(self, type_: str) -> bool:
        """Tell whether this type is among those that the channel is meant for."""
        return "*" in self.types or type_ in self.types


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a channel, the person it asks for (a random id) where somebody has signed in, the roles, and the
    organisations that the person may act for."""

    channel: Channel
    roles: frozenset[Role]
    person: UUID | None = None
    acts_for: frozenset[UUID] = frozenset()

    @property
    def side(self) -> str:
        """On whose side it acts, as events tell it: `staff` or `user`."""
        return "staff" if Role.STAFF in self.roles else "user"

    @property
    def vouches(self) -> bool:
        """Whether its word on who organises needs no other proof: the library knows its own houses."""
        return Role.STAFF in self.roles

    def speaks_for(self, part: str) -> bool:
        """Tell whether it may act on this part: everybody for the user, only the library for itself."""
        return part == "user" or Role.STAFF in self.roles


def by_channel(source: str, name: str, unit: str, *roles: Role, types: frozenset[str] = ANY_TYPE) -> Caller:
    """Return a channel that nobody has signed in at, with these roles, or else those that a channel of this name begins
    with."""
    return Caller(Channel(source, name, unit, types), frozenset(roles) or FIRST_ROLES.get(name, RESIDENTS))


@dataclass(frozen=True, slots=True)
class Thing:
    """What a right looks at: the channel that something came from, the library it belongs to, since when it is there
    (None: always), and whether everybody may see it now."""

    source: str | None
    unit: str
    since: datetime | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """One way to be allowed: by one of these roles (None: by nobody's key), and by what must hold of the thing."""

    words: str
    roles: frozenset[Role] | None
    holds: Callable[[Caller | None, Thing], bool] | None = None

    def is_for(self, by: Caller | None) -> bool:
        """Tell whether it is meant for this caller, whatever the thing."""
        return self.roles is None or (by is not None and not self.roles.isdisjoint(by.roles))


@dataclass(frozen=True, slots=True)
class May:
    """Who may: by any of the grants. `a | b` is by those of either."""

    grants: tuple[Grant, ...]

    def __or__(self, other: "May") -> "May":
        return May((*self.grants, *other.grants))

    @property
    def needs_key(self) -> bool:
        """Whether nobody may without a key."""
        return all(grant.roles is not None for grant in self.grants)

    @property
    def needs_thing(self) -> bool:
        """Whether it depends on the thing, for some callers."""
        return any(grant.holds is not None for grant in self.grants)

    def for_some(self, by: Caller | None) -> bool:
        """Tell whether this caller may at all, with some thing or other."""
        return any(grant.is_for(by) for grant in self.grants)

    def allows(self, by: Caller | None, thing: Thing) -> bool:
        """Tell whether this caller may with this thing."""
        return any(grant.is_for(by) and (grant.holds is None or grant.holds(by, thing)) for grant in self.grants)


def _own(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.channel.source == thing.source


def _of_its_library(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.channel.unit == thing.unit


def _shown(_: Caller | None, thing: Thing) -> bool:
    return thing.shown


EVERY_ROLE = frozenset(Role)
PUBLIC = May((Grant("yes", None),))
"""Everybody, without a key."""
SHOWN = May((Grant("shown", None, _shown),))
"""Everybody, what is shown to everybody now."""
ANYONE = May((Grant("yes", EVERY_ROLE),))
"""Every registered channel."""
STAFF = May((Grant("yes", frozenset({Role.STAFF})),))
OWN = May((Grant("own", EVERY_ROLE, _own),))
"""The channel that it came from."""
DEVICE_THERE = May((Grant("of its library", frozenset({Role.DEVICE}), _of_its_library),))
"""A device of the library that it belongs to."""
DEVICE_OWN = May((Grant("own", frozenset({Role.DEVICE}), _own),))
"""The device that it came from."""
