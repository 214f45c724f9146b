"""Who asks, and who may: rights are data beside each operation (docs/adr/0018, docs/adr/0024, docs/access.md).

A caller is a channel that holds a key, or a person who has signed in at one. A channel has the roles that the city gave
it; a person those that their token tells, each at a library or of a department, and nothing of the channel's.

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
    """Asks for residents: a web page, a telephone, a kiosk that people stand at; and everybody who has signed in."""
    STAFF = "staff"
    """Acts for the library; a person, for the one that they work at."""
    DEVICE = "device"
    """Stands in a library and sees what happens there: a door, a counter, a kiosk. No person is one."""
    DEPARTMENT = "department"
    """Acts for a department that owns premises. This, participation and director only persons are."""
    PARTICIPATION = "participation"
    """Answers residents for the city, wherever they live."""
    DIRECTOR = "director"
    """Reads how the pilot goes."""
    SERVICE = "service"
    """Is another service of this installation: it may what services ask each other, and nothing else."""


RESIDENTS = frozenset({Role.RESIDENT})
OF_CHANNELS = (Role.RESIDENT, Role.DEVICE, Role.STAFF, Role.SERVICE)
OF_PERSONS = (Role.RESIDENT, Role.STAFF, Role.DEPARTMENT, Role.PARTICIPATION, Role.DIRECTOR)
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
class RoleAt:
    """A role of a person, with the library or the department that it is at."""

    role: Role
    unit: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a channel, the person it asks for (a random id) where somebody has signed in, the roles, where a person
    has them, the organisations that the person may act for, and how surely it is that person (`low`, `substantial`,
    `high`)."""

    channel: Channel
    roles: frozenset[Role]
    person: UUID | None = None
    acts_for: frozenset[UUID] = frozenset()
    at: tuple[RoleAt, ...] = ()
    loa: str | None = None

    @property
    def office(self) -> Role:
        """In which role it works at the desk, or stands in the library; a resident where it does neither."""
        there = (Role.STAFF, Role.DEPARTMENT, Role.PARTICIPATION, Role.DEVICE)
        return next((role for role in there if role in self.roles), Role.RESIDENT)

    @property
    def desk(self) -> str:
        """The library at whose desk it works: a person where they are staff, else that of the channel."""
        return next((one.unit for one in self.at if one.role is Role.STAFF and one.unit), self.channel.unit)

    def is_staff_of(self, unit: str) -> bool:
        """Tell whether it acts for a library: a channel of staff for each, a person where they work."""
        if self.person is None:
            return Role.STAFF in self.roles
        return any(one.role is Role.STAFF and one.unit == unit for one in self.at)

    def is_of_department(self, department: str | None) -> bool:
        """Tell whether it is a person who acts for this department."""
        return department is not None and any(
            one.role is Role.DEPARTMENT and one.department == department for one in self.at
        )

    def keeps(self, unit: str, owner: str | None = None) -> bool:
        """Tell whether it acts for the house: for the library that premises belong to, or the department that owns
        them."""
        return self.is_staff_of(unit) or self.is_of_department(owner)

    def side(self, unit: str, owner: str | None = None) -> str:
        """Tell on whose side it acts there, as events tell it: `staff` or `user`."""
        return "staff" if self.keeps(unit, owner) else "user"

    def vouches_for(self, department: str | None) -> bool:
        """Tell whether its word that one of the city's own houses organises needs no other proof."""
        return Role.STAFF in self.roles or self.is_of_department(department)

    def may_speak_for(self, organisation: UUID | None, unit: str | None = None) -> bool:
        """Tell whether it may ask in an organisation's name: a person who acts for it, and the library that it is asked
        of, where that is known, for whoever comes to its desk. Whose word a channel passes on when nobody has signed in
        was never known."""
        if organisation is None or self.person is None or organisation in self.acts_for:
            return True
        return Role.STAFF in self.roles if unit is None else self.is_staff_of(unit)


def by_channel(source: str, name: str, unit: str, *roles: Role) -> Caller:
    """Return a channel that nobody has signed in at, with these roles, or else those that a channel of this name begins
    with."""
    return Caller(Channel(source, name, unit), frozenset(roles) or FIRST_ROLES.get(name, RESIDENTS))


@dataclass(frozen=True, slots=True)
class Thing:
    """What a right looks at: the channel that something came from, the library it belongs to, since when it is there
    (None: always), whether everybody may see it now; the person and the organisation whose it is, and the department
    that owns its premises."""

    source: str | None
    unit: str
    since: datetime | None = None
    shown: bool = False
    person: UUID | None = None
    organisation: UUID | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One way to be allowed: by one of these roles (None: by nobody's key), and by what must hold of the thing.
    `persons` tells whether it is meant for persons alone, or for channels alone; without it, for both."""

    words: str
    roles: frozenset[Role] | None
    holds: Callable[[Caller | None, Thing], bool] | None = None
    persons: bool | None = None

    def is_for(self, by: Caller | None) -> bool:
        """Tell whether it is meant for this caller, whatever the thing."""
        return self.roles is None or (
            by is not None
            and not self.roles.isdisjoint(by.roles)
            and (self.persons is None or self.persons == (by.person is not None))
        )


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

    def wants_person(self, by: Caller) -> bool:
        """Tell whether somebody may who has signed in, where this channel may not."""
        return by.person is None and not self.for_some(by) and any(grant.persons for grant in self.grants)

    def allows(self, by: Caller | None, thing: Thing) -> bool:
        """Tell whether this caller may with this thing."""
        return any(grant.is_for(by) and (grant.holds is None or grant.holds(by, thing)) for grant in self.grants)


def _own(by: Caller | None, thing: Thing) -> bool:
    """Tell whether a thing is the caller's own: what was asked in an organisation's name is the organisation's, of
    whoever may act for it now; what else a person asked for is theirs, by whatever channel; the rest is the channel's
    that it came from."""
    if by is None:
        return False
    if by.person is None:
        return thing.person is None and by.channel.source == thing.source
    return thing.organisation in by.acts_for if thing.organisation else thing.person == by.person


def _from_channel(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.channel.source == thing.source


def _of_the_devices_library(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.channel.unit == thing.unit


def _of_its_library(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.is_staff_of(thing.unit)


def _of_its_department(by: Caller | None, thing: Thing) -> bool:
    return by is not None and by.is_of_department(thing.department)


def _shown(_: Caller | None, thing: Thing) -> bool:
    return thing.shown


EVERY_ROLE = frozenset(Role) - {Role.SERVICE}
_STAFF, _DEPARTMENT, _DEVICE = (frozenset({role}) for role in (Role.STAFF, Role.DEPARTMENT, Role.DEVICE))
PUBLIC = May((Grant("yes", None),))
"""Everybody, without a key."""
SHOWN = May((Grant("shown", None, _shown),))
"""Everybody, what is shown to everybody now."""
ANYONE = May((Grant("yes", EVERY_ROLE),))
"""Every registered channel, and whoever has signed in there."""
STAFF_CHANNEL = May((Grant("yes", _STAFF, persons=False),))
"""A channel that acts for the library: what no person does by hand."""
STAFF = STAFF_CHANNEL | May((Grant("of its library", _STAFF, _of_its_library, persons=True),))
"""Staff; a person, where they work."""
ANY_STAFF = May((Grant("yes", _STAFF),))
"""Staff, wherever they work: of what belongs to no library."""
ANY_DEPARTMENT = May((Grant("yes", _DEPARTMENT),))
"""Staff of any department."""
DEPARTMENT = May((Grant("of its department", _DEPARTMENT, _of_its_department, persons=True),))
"""Staff of the department that owns it."""
KEEPERS = STAFF | DEPARTMENT
"""Who keeps the house: its library, and the department that owns it."""
OF_THEIR_HOUSES = STAFF_CHANNEL | May(
    (
        Grant("of its library", _STAFF, persons=True),
        Grant("of its department", _DEPARTMENT, persons=True),
    )
)
"""The same for a list, which shows each what is of their house; `chassis.access.houses` tells which those are."""
PARTICIPATION = May((Grant("yes", frozenset({Role.PARTICIPATION})),))
DIRECTOR = May((Grant("yes", frozenset({Role.DIRECTOR})),))
SERVICES = May((Grant("yes", frozenset({Role.SERVICE})),))
"""The other services of this installation."""
OWN = May((Grant("own", EVERY_ROLE, _own),))
"""Whose it is: a person, who may act for the organisation, or else the channel that it came from."""
MINE = May((Grant("own", EVERY_ROLE, persons=True),))
"""Whoever has signed in, of what is theirs."""
FROM_CHANNEL = May((Grant("own", EVERY_ROLE, _from_channel),))
"""The channel that it came from, whoever stands before it."""
DEVICE_THERE = May((Grant("of its library", _DEVICE, _of_the_devices_library),))
"""A device of the library that it belongs to."""
DEVICE_OWN = May((Grant("own", _DEVICE, _from_channel),))
"""The device that it came from."""


@dataclass(frozen=True, slots=True)
class Houses:
    """The houses whose things a caller may have listed: of these libraries, and owned by these departments. A channel
    of staff sees those of all."""

    all: bool
    units: tuple[str, ...]
    departments: tuple[str, ...]


EVERY_HOUSE = Houses(True, (), ())


def houses(by: Caller) -> Houses:
    """Tell which houses a caller keeps."""
    units = {one.unit for one in by.at if one.role is Role.STAFF and one.unit}
    departments = {one.department for one in by.at if one.role is Role.DEPARTMENT and one.department}
    return Houses(by.person is None and Role.STAFF in by.roles, tuple(sorted(units)), tuple(sorted(departments)))
