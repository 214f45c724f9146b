"""What is held of a person, for the person and for the city's interface; and what others may see, which is logged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Caller, Connection

from people.store import access_log, contacts, exports, memberships, messages, persons

MOST_SEEN = 1_000
MOST_MESSAGES = 1_000
MOST_MEMBERS = 500
MOST_AT_ADDRESS = 20
REACHED = ("name", "email", "telephone", "language")
"""The kinds of data by which a person is reached."""


async def held(conn: Connection, person: UUID) -> dict[str, Any] | None:
    """Return all that is held of a person, or None where nobody has this id."""
    if (known := await persons.row(conn, person)) is None:
        return None
    contact = (await contacts.of(conn, [person])).get(person)
    return {
        "person": known,
        "contact": None
        if contact is None
        else {name: getattr(contact, name) for name in (*REACHED, "of_provider", "recorded_at")}
        | {"email_refused_at": await messages.refused_at(conn, contact.person, contact.email)},
        "consents": await contacts.consents(conn, person),
        "memberships": [
            {
                name: getattr(one, name)
                for name in ("membership", "organisation", "role", "granted_by", "granted_at", "until")
            }
            for one in await memberships.of_person(conn, person)
        ],
        "messages": await messages.of_person(conn, person, MOST_MESSAGES),
        "exports": await exports.of_person(conn, person),
        "seen_by": await access_log.of_person(conn, person, MOST_SEEN),
    }


async def reached(conn: Connection, by: Caller, person: UUID, purpose: str, now: datetime) -> dict[str, Any] | None:
    """Return how a person is reached, after it is written down who sees that and what for."""
    contact = (await contacts.of(conn, [person])).get(person)
    if contact is None:
        return None
    await access_log.write(conn, by, "read-contact-details", purpose, REACHED, [person], now)
    return {"person": person} | {name: getattr(contact, name) for name in REACHED}


async def at_address(conn: Connection, by: Caller, email: str, purpose: str, now: datetime) -> Sequence[dict[str, Any]]:
    """Return who is reached at an address, by name, after it is written down who sees that and what for."""
    found = await contacts.by_email(conn, email, MOST_AT_ADDRESS)
    await access_log.write(conn, by, "find-person", purpose, ("name", "email"), [one.person for one in found], now)
    return [{"person": one.person, "name": one.name} for one in found]


async def members(conn: Connection, by: Caller, organisation: UUID, now: datetime) -> Sequence[dict[str, Any]]:
    """Return who may act for an organisation now, by name, after it is written down who sees whose."""
    found = await memberships.of_organisation(conn, organisation, now, MOST_MEMBERS)
    named = await contacts.of(conn, [one.person for one in found])
    await access_log.write(conn, by, "list-members", "organisation", ("name",), [one.person for one in found], now)
    return [
        {
            "membership": one.membership,
            "person": one.person,
            "name": named[one.person].name if one.person in named else "",
            "role": one.role,
            "granted_by": one.granted_by,
            "until": one.until,
        }
        for one in found
    ]
