"""Bookings as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record
from chassis import Connection
from omatoimi_contracts.vocabulary import Organiser, Slot
from pydantic import TypeAdapter

from booking.domain.bookings import Booking

WRITE = """
insert into booking.booking (booking, number, source, premises, owner, unit, space, leaves, starts, ends,
    wanted_starts, wanted_ends, month, hours, class, organisation, department, coorganisers, opentopublic, purpose,
    case_key, session, persons, confirmed_at)
select booking, number, source, premises, owner, unit, space, array(select jsonb_array_elements_text(leaves)), starts,
    ends, wanted_starts, wanted_ends, month, hours, class, organisation, department, coorganisers, opentopublic,
    purpose, case_key, session, persons, $2
from jsonb_to_recordset($1::jsonb) b(booking uuid, number bigint, source text, premises text, owner text, unit text,
    space text, leaves jsonb, starts timestamptz, ends timestamptz, wanted_starts timestamptz, wanted_ends timestamptz,
    month date, hours text, class text, organisation uuid, department text, coorganisers jsonb, opentopublic boolean,
    purpose text, case_key text, session uuid, persons int)
"""
# A fence: each is looked up by the index, also by a plan that was made while there were few.
FIND = """
select b.* from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
"""
MOVE = """
update booking.booking
set space = $2, leaves = $3, starts = $4, ends = $5, month = $6, hours = $7, persons = $8
where booking = $1
"""
CANCEL = "update booking.booking set cancelled_at = $2 where booking = $1"
ATTEND = """
update booking.booking set attended = $2, counted = case when $2 then coalesce($3, counted) end where booking = $1
"""

COORGANISERS = TypeAdapter(tuple[Organiser, ...])


async def write(conn: Connection, bookings: Sequence[Booking], now: datetime) -> None:
    """Write new bookings."""
    if bookings:
        await conn.execute(WRITE, orjson.dumps([_fields(booking) for booking in bookings]).decode(), now)


async def find(conn: Connection, booking: UUID) -> Booking | None:
    """The booking, or None."""
    return (await find_all(conn, [booking])).get(booking)


async def find_all(conn: Connection, bookings: Sequence[UUID]) -> dict[UUID, Booking]:
    """Those of the bookings that there are."""
    rows = await conn.fetch(FIND, bookings) if bookings else []
    return {row["booking"]: of_row(row) for row in rows}


async def move(conn: Connection, booking: Booking) -> None:
    """Write where a booking has moved to."""
    slot = booking.slot
    await conn.execute(
        MOVE,
        booking.booking,
        booking.space,
        list(booking.leaves),
        slot.start,
        slot.end,
        booking.month,
        booking.hours,
        booking.persons,
    )


async def cancel(conn: Connection, booking: UUID, at: datetime) -> None:
    """Write that a booking was given back."""
    await conn.execute(CANCEL, booking, at)


async def attend(conn: Connection, booking: UUID, attended: bool, counted: int | None) -> None:
    """Write whether they came, and how many where that was told."""
    await conn.execute(ATTEND, booking, attended, counted)


def of_row(row: Record) -> Booking:
    """A booking from its row."""
    return Booking(
        booking=row["booking"],
        number=row["number"],
        source=row["source"],
        premises=row["premises"],
        owner=row["owner"],
        unit=row["unit"],
        space=row["space"],
        leaves=tuple(row["leaves"]),
        slot=Slot(start=row["starts"], end=row["ends"]),
        wanted=Slot(start=row["wanted_starts"], end=row["wanted_ends"]),
        hours=row["hours"],
        organiser=Organiser(class_=row["class"], organisation=row["organisation"], department=row["department"]),
        coorganisers=COORGANISERS.validate_json(row["coorganisers"]),
        opentopublic=row["opentopublic"],
        purpose=row["purpose"],
        case=row["case_key"],
        session=row["session"],
        persons=row["persons"],
        cancelled_at=row["cancelled_at"],
        attended=row["attended"],
        counted=row["counted"],
    )


def _fields(booking: Booking) -> dict[str, Any]:
    return {
        "booking": booking.booking,
        "number": booking.number,
        "source": booking.source,
        "premises": booking.premises,
        "owner": booking.owner,
        "unit": booking.unit,
        "space": booking.space,
        "leaves": booking.leaves,
        "starts": booking.slot.start,
        "ends": booking.slot.end,
        "wanted_starts": booking.wanted.start,
        "wanted_ends": booking.wanted.end,
        "month": booking.month,
        "hours": booking.hours,
        "class": booking.organiser.class_,
        "organisation": booking.organiser.organisation,
        "department": booking.organiser.department,
        "coorganisers": COORGANISERS.dump_python(booking.coorganisers, mode="json", by_alias=True),
        "opentopublic": booking.opentopublic,
        "purpose": booking.purpose,
        "case_key": booking.case,
        "session": booking.session,
        "persons": booking.persons,
    }
