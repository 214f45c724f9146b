"""Who asks, and who may: the caller of every operation.

A caller is a channel that holds a key; when persons sign in it is also a person with the roles and associations that
the token tells. Until then the roles are those that the city gave to the channel.
"""

from dataclasses import dataclass
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
FIRST_ROLES = {"staff": frozenset({Role.STAFF}), "kiosk": frozenset({Role.RESIDENT, Role.DEVICE})}
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
        """Whether this type is among those that the channel is meant for."""
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
    def staff(self) -> bool:
        return Role.STAFF in self.roles


def by_channel(source: str, name: str, unit: str, *roles: Role, types: frozenset[str] = ANY_TYPE) -> Caller:
    """A channel that nobody has signed in at, with these roles, or else those that a channel of this name begins
    with."""
    return Caller(Channel(source, name, unit, types), frozenset(roles) or FIRST_ROLES.get(name, RESIDENTS))
