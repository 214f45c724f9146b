"""What is held of a person, for the person and for the city's interface; and what others may see, which is logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import Caller, Connection

from people.store import access_log, contacts, exports, memberships, messages, persons
from people.store.access_log import Seen
from people.store.contacts import Consent
from people.store.exports import Export
from people.store.messages import ListedMessage
from people.store.persons import Person

MOST_SEEN = 1_000
MOST_MESSAGES = 1_000
MOST_MEMBERS = 500
MOST_AT_ADDRESS = 20
REACHED = ("name", "email", "telephone", "language")
"""The kinds of data by which a person is reached."""


@dataclass(frozen=True, slots=True)
class HeldContact:
    """How a person is reached, who told it, and since when the mail server says that there is no such address."""

    name: str
    email: str | None
    telephone: str | None
    language: str
    of_provider: bool
    recorded_at: datetime
    email_refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMembership:
    """Which organisation a person may act for, until when, and on whose word."""

    membership: UUID
    organisation: UUID
    role: str
    granted_by: str
    granted_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that is held of a person. The names of the fields are those that the person, and the city, are told."""

    person: Person
    contact: HeldContact | None
    consents: Sequence[Consent]
    memberships: Sequence[HeldMembership]
    messages: Sequence[ListedMessage]
    exports: Sequence[Export]
    seen_by: Sequence[Seen]


@dataclass(frozen=True, slots=True)
class Reached:
    """How a person is reached."""

    person: UUID
    name: str
    email: str | None
    telephone: str | None
    language: str


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person, by name."""

    person: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Who may act for an organisation, by name; empty where no name is kept."""

    membership: UUID
    person: UUID
    name: str
    role: str
    granted_by: str
    until: datetime


async def held(conn: Connection, person: UUID) -> PersonalData | None:
    """Return all that is held of a person, or None where nobody has this id."""
    if (known := await persons.find(conn, person)) is None:
        return None
    return PersonalData(
        known,
        await _contact(conn, person),
        await contacts.consents(conn, person),
        [
            HeldMembership(one.membership, one.organisation, one.role, one.granted_by, one.granted_at, one.until)
            for one in await memberships.of_person(conn, person)
        ],
        await messages.of_person(conn, person, MOST_MESSAGES),
        await exports.of_person(conn, person),
        await access_log.of_person(conn, person, MOST_SEEN),
    )


async def _contact(conn: Connection, person: UUID) -> HeldContact | None:
    if (one := (await contacts.of(conn, [person])).get(person)) is None:
        return None
    refused_at = await messages.refused_at(conn, person, one.email)
    return HeldContact(one.name, one.email, one.telephone, one.language, one.of_provider, one.recorded_at, refused_at)


async def reached(conn: Connection, by: Caller, person: UUID, purpose: str, now: datetime) -> Reached | None:
    """Return how a person is reached, after it is written down who sees that and what for."""
    contact = (await contacts.of(conn, [person])).get(person)
    if contact is None:
        return None
    await access_log.write(conn, by, "read-contact-details", purpose, REACHED, [person], now)
    return Reached(person, contact.name, contact.email, contact.telephone, contact.language)


async def at_address(conn: Connection, by: Caller, email: str, purpose: str, now: datetime) -> Sequence[NamedPerson]:
    """Return who is reached at an address, by name, after it is written down who sees that and what for."""
    found = await contacts.by_email(conn, email, MOST_AT_ADDRESS)
    await access_log.write(conn, by, "find-person", purpose, ("name", "email"), [one.person for one in found], now)
    return [NamedPerson(one.person, one.name) for one in found]


async def members(conn: Connection, by: Caller, organisation: UUID, now: datetime) -> Sequence[Member]:
    """Return who may act for an organisation now, by name, after it is written down who sees whose."""
    found = await memberships.of_organisation(conn, organisation, now, MOST_MEMBERS)
    named = await contacts.of(conn, [one.person for one in found])
    await access_log.write(conn, by, "list-members", "organisation", ("name",), [one.person for one in found], now)
    return [
        Member(
            one.membership,
            one.person,
            named[one.person].name if one.person in named else "",
            one.role,
            one.granted_by,
            one.until,
        )
        for one in found
    ]
