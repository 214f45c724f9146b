"""Bookings as rows. A field of a booking is a column of the same name, but for those that `SPREAD` spreads over
several and `RENAMED` names otherwise."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from asyncpg import Record
from chassis import Caller, Connection, Transaction
from omatoimi_contracts.vocabulary import Organiser, Slot
from pydantic import TypeAdapter

from booking.domain.bookings import Booking
from booking.domain.hours import month_of

# A fence: each is looked up by the index, also by a plan that was made while there were few.
FIND = """
select b.* from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
"""
MOVE = """
update booking.booking
set space = $2, leaves = $3, starts = $4, ends = $5, month = $6, hours = $7, persons = $8, rules_accepted = $9,
    cancel_before = $10
where booking = $1
"""
CANCEL = "update booking.booking set cancelled_at = $2 where booking = $1"
ATTEND = """
update booking.booking
set attended = $2, counted = case when $2 then coalesce($3, counted) end, attended_by = $4, attended_at = $5
where booking = $1
"""
# Two questions, each of which finds its rows by an index, in their order.
OF_PERSON = (
    "select * from booking.booking where person = $1 and (organisation is null or organisation = any($2::uuid[]))"
)
OF_ORGANISATION = "select * from booking.booking where organisation = $1 and $1 = any($2::uuid[])"
IN_STATE = """
and case $3 when 'cancelled' then cancelled_at is not null
    when 'past' then cancelled_at is null and ends <= $4
    else cancelled_at is null and ends > $4 end
"""
UPCOMING = IN_STATE + "order by starts, booking limit $5 offset $6"
OTHERS = IN_STATE + "order by starts desc, booking limit $5 offset $6"
FORGET = "update booking.booking set person = null where person = $1"

Listing = Literal["upcoming", "past", "cancelled"]
"""Which of somebody's bookings are listed; upcoming are also those that go on now."""

COORGANISERS = TypeAdapter(tuple[Organiser, ...])
SPREAD = {
    "slot": ("starts", "ends", "month"),
    "wanted": ("wanted_starts", "wanted_ends"),
    "organiser": ("class", "organisation", "department"),
}
RENAMED = {"case": "case_key"}
PLAIN = {field.name: RENAMED.get(field.name, field.name) for field in fields(Booking) if field.name not in SPREAD}
COLUMNS = ", ".join([*PLAIN.values(), *(column for columns in SPREAD.values() for column in columns)])
# Only the columns that are known here are named: a newer release may have added one with a default.
WRITE = """
insert into booking.booking (COLUMNS)
select COLUMNS from jsonb_populate_recordset(null::booking.booking, $1::jsonb)
""".replace("COLUMNS", COLUMNS)


async def write(tx: Transaction, bookings: Sequence[Booking]) -> None:
    """Write new bookings."""
    if bookings:
        rows = [_row(booking, tx.installation.time_zone) | {"confirmed_at": tx.now} for booking in bookings]
        await tx.conn.execute(WRITE, orjson.dumps(rows).decode())


async def find(conn: Connection, booking: UUID) -> Booking | None:
    """Return the booking, or None."""
    return (await find_all(conn, [booking])).get(booking)


async def find_all(conn: Connection, bookings: Sequence[UUID]) -> dict[UUID, Booking]:
    """Return those of the bookings that there are."""
    rows = await conn.fetch(FIND, bookings) if bookings else []
    return {row["booking"]: of_row(row) for row in rows}


async def of_caller(
    conn: Connection, by: Caller, organisation: UUID | None, state: Listing, now: datetime, limit: int, offset: int
) -> list[Booking]:
    """Return the bookings of a person, or of an organisation, that stand so at that moment."""
    theirs = OF_ORGANISATION if organisation else OF_PERSON
    rows = await conn.fetch(
        theirs + (UPCOMING if state == "upcoming" else OTHERS),
        organisation or by.person,
        list(by.acts_for),
        state,
        now,
        limit,
        offset,
    )
    return [of_row(row) for row in rows]


async def forget_person(tx: Transaction, person: UUID) -> None:
    """Forget who made these bookings; what was booked stays."""
    await tx.conn.execute(FORGET, person)


async def move(tx: Transaction, booking: Booking) -> None:
    """Write where a booking has moved to."""
    slot = booking.slot
    await tx.conn.execute(
        MOVE,
        booking.booking,
        booking.space,
        list(booking.leaves),
        slot.start,
        slot.end,
        month_of(slot.start, tx.installation.time_zone),
        booking.hours,
        booking.persons,
        booking.rules_accepted,
        booking.cancel_before,
    )


async def cancel(conn: Connection, booking: UUID, at: datetime) -> None:
    """Write that a booking was given back."""
    await conn.execute(CANCEL, booking, at)


async def attend(
    conn: Connection, booking: UUID, attended: bool, counted: int | None, office: str, at: datetime
) -> None:
    """Write whether they came, how many where that was told, and in which role somebody told it when."""
    await conn.execute(ATTEND, booking, attended, counted, office, at)


def of_row(row: Record) -> Booking:
    """Return a booking from its row."""
    found = {name: row[column] for name, column in PLAIN.items()}
    found |= {
        "leaves": tuple(row["leaves"]),
        "slot": Slot(start=row["starts"], end=row["ends"]),
        "wanted": Slot(start=row["wanted_starts"], end=row["wanted_ends"]),
        "organiser": Organiser(class_=row["class"], organisation=row["organisation"], department=row["department"]),
        "coorganisers": COORGANISERS.validate_json(row["coorganisers"]),
    }
    return Booking(**found)


def _row(booking: Booking, zone: ZoneInfo) -> dict[str, Any]:
    return {column: getattr(booking, name) for name, column in PLAIN.items()} | {
        "starts": booking.slot.start,
        "ends": booking.slot.end,
        "month": month_of(booking.slot.start, zone),
        "wanted_starts": booking.wanted.start,
        "wanted_ends": booking.wanted.end,
        "class": booking.organiser.class_,
        "organisation": booking.organiser.organisation,
        "department": booking.organiser.department,
        "coorganisers": COORGANISERS.dump_python(booking.coorganisers, mode="json", by_alias=True),
    }
