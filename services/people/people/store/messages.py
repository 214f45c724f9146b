"""Messages as rows. Whoever has one in hand names the claim of its job (`attempt`): where another has it by now,
nothing is written, and LeaseLost is raised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from asyncpg import Record
from chassis import Connection
from chassis.jobs import LeaseLost
from omatoimi_contracts.requests import MessageRequested

from people.domain.delivery import DeliveryState, outweighs

SAME = "select message from people.message where cause = $1 and kind = $2 and person = $3"
ENTER = """
insert into people.calendar_entry as e (booking, person, sequence, starts, ends, cancelled)
values ($1, $2, 0, $3, $4, $5)
on conflict (booking) do update set sequence = e.sequence + 1, person = excluded.person, starts = excluded.starts,
    ends = excluded.ends, cancelled = excluded.cancelled
returning sequence
"""
CREATE = """
insert into people.message
    (message, person, kind, cause, unit, asked, sequence, message_id, job, expires_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
# A reminder of what has moved or was cancelled since is of no use to anybody.
BEGIN = """
update people.message m set state = 'sending', attempt = $2, tries = m.tries + 1
from people.message o left join people.contact c using (person)
    left join people.refused_address r on r.person = c.person and r.email = c.email
where m.message = $1 and o.message = m.message and m.state in ('created', 'sending', 'technical') and m.attempt < $2
returning m.*, c.name, case when r.email is null then c.email end as email, c.language,
    m.kind = 'booking-reminder' and exists (
    select from people.calendar_entry e where e.booking = (m.asked #>> '{booking,booking}')::uuid
    and (e.cancelled or e.starts <> (m.asked #>> '{booking,slot,start}')::timestamptz)) as overtaken
"""
HAND_OVER = "update people.message set handed_over_at = $3 where message = $1 and attempt = $2 returning true"
REST = """
update people.message set state = 'created', handed_over_at = null, failure = $3, uncertain = uncertain + $4
where message = $1 and attempt = $2 returning true
"""
# A receipt may come before the mail server's own answer is written: that says less.
END = """
update people.message set state = case when state = 'sending' then $3 else state end, handed_over_at = null,
    failure = case when state = 'sending' then $4 else failure end, ended_at = $5, uncertain = uncertain + $6
where message = $1 and attempt = $2 returning true
"""
FOR_RECEIPT = "select kind, unit, state from people.message where message = $1 for update"
RECEIVED = """
update people.message set state = $2, failure = $3, ended_at = coalesce(ended_at, $4) where message = $1
"""
# Of an address that the person has told anew since, the mail says nothing.
BOUNCED = """
insert into people.refused_address (person, email, refused_at)
select c.person, c.email, $2 from people.message m join people.contact c using (person)
where m.message = $1 and c.email is not null and c.recorded_at <= m.ended_at
on conflict (person) do update set email = excluded.email, refused_at = excluded.refused_at
"""
STEP = "insert into people.message_step (at, unit, kind, state) values ($1, $2, $3, $4)"
REFUSED = """
insert into people.refused_address (person, email, refused_at) values ($1, $2, $3)
on conflict (person) do update set email = excluded.email, refused_at = excluded.refused_at
"""
LEFT = """
update people.message m set state = 'technical', ended_at = $1, failure = j.error
from chassis.job j where j.job = m.job and j.state = 'failed' and m.state in ('created', 'sending')
returning m.unit, m.kind
"""
OF_PERSON = """
select message, kind, state, created_at, ended_at, uncertain > 0 as uncertain,
    asked - '{person,kind,cause,unit}'::text[] as about
from people.message
where person = $1 order by created_at desc, message limit $2
"""
FORGET = """
delete from people.message where ctid = any(array(select ctid from people.message where ended_at < $1 limit $2))
"""
FORGET_ENTRIES = """
delete from people.calendar_entry
where ctid = any(array(select ctid from people.calendar_entry where ends < $1 limit $2))
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in hand. `email` is None where the person told no address, `handed_over_at` unless whoever had it in
    hand before left it with its content on the way."""

    message: UUID
    person: UUID
    asked: MessageRequested
    sequence: int
    message_id: str
    attempt: int
    tries: int
    uncertain: int
    handed_over_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    name: str
    email: str | None
    language: str
    overtaken: bool


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message as its person sees it in a list; `about` is what was asked to be told, by the names of the contract."""

    message: UUID
    kind: str
    state: DeliveryState
    created_at: datetime
    ended_at: datetime | None
    uncertain: bool
    about: Mapping[str, Any]


class KnownMessage(NamedTuple):
    """What is known of a message."""

    kind: str
    unit: str
    state: DeliveryState


async def same(conn: Connection, asked: MessageRequested) -> UUID | None:
    """Return the message that was asked for already for the same cause."""
    found: UUID | None = await conn.fetchval(SAME, asked.cause, asked.kind, asked.person)
    return found


async def enter(conn: Connection, asked: MessageRequested) -> int:
    """Keep what calendars are told of a booking; returns the sequence of the entry."""
    booking = asked.booking
    assert booking is not None
    cancelled, slot = asked.kind == "booking-cancelled", booking.slot
    return int(await conn.fetchval(ENTER, booking.booking, asked.person, slot.start, slot.end, cancelled))


async def create(
    conn: Connection,
    message: UUID,
    asked: MessageRequested,
    *,
    sequence: int,
    message_id: str,
    job: UUID,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Write a message that is to be sent."""
    told = asked.model_dump_json(exclude_none=True)
    about = asked.person, asked.kind, asked.cause, asked.unit
    await conn.execute(CREATE, message, *about, told, sequence, message_id, job, expires_at, now)
    await _step(conn, asked, DeliveryState.CREATED, now)


async def begin(conn: Connection, message: UUID, attempt: int) -> Message | None:
    """Take a message in hand; None where it is gone, or has ended."""
    row = await conn.fetchrow(BEGIN, message, attempt)
    return _of_row(row) if row is not None else None


async def hand_over(conn: Connection, message: Message, now: datetime) -> None:
    """Write that its content is about to be sent: from here on it may have been taken."""
    _held(await conn.fetchval(HAND_OVER, message.message, message.attempt, now))


async def rest(conn: Connection, message: Message, failure: str, *, doubt: bool = False) -> None:
    """Write that it waits for its next turn, and whether it is in doubt."""
    _held(await conn.fetchval(REST, message.message, message.attempt, failure, int(doubt)))


async def end(
    conn: Connection, message: Message, state: DeliveryState, failure: str | None, now: datetime, *, doubt: bool = False
) -> None:
    """Write in which state it has ended, why, and whether that is in doubt."""
    _held(await conn.fetchval(END, message.message, message.attempt, state, failure, now, int(doubt)))
    await _step(conn, message.asked, state, now)
    if state is DeliveryState.PERMANENT and message.email is not None:
        await conn.execute(REFUSED, message.person, message.email, now)


async def receive(
    conn: Connection, message: UUID, told: DeliveryState, status: str, now: datetime
) -> KnownMessage | None:
    """Keep what a receipt says of a message, unless more is known of it; returns what is known now, or None where there
    is no such message. An address that is none is marked."""
    row = await conn.fetchrow(FOR_RECEIPT, message)
    if row is None:
        return None
    known = DeliveryState(row["state"])
    if not outweighs(told, known):
        return KnownMessage(row["kind"], row["unit"], known)
    await conn.execute(RECEIVED, message, told, f"receipt {status}", now)
    await conn.execute(STEP, now, row["unit"], row["kind"], told)
    if told is DeliveryState.PERMANENT:
        await conn.execute(BOUNCED, message, now)
    return KnownMessage(row["kind"], row["unit"], told)


async def settle(conn: Connection, now: datetime) -> int:
    """End messages whose jobs were given up; returns how many."""
    left = await conn.fetch(LEFT, now)
    await conn.executemany(STEP, [(now, row["unit"], row["kind"], DeliveryState.TECHNICAL) for row in left])
    return len(left)


async def of_person(conn: Connection, person: UUID, limit: int) -> list[ListedMessage]:
    """Return a person's messages, the latest first."""
    rows = await conn.fetch(OF_PERSON, person, limit)
    return [
        ListedMessage(**{**row, "state": DeliveryState(row["state"]), "about": orjson.loads(row["about"])})
        for row in rows
    ]


async def refused_at(conn: Connection, person: UUID, email: str | None) -> datetime | None:
    """Tell since when the mail server says that there is no such address."""
    found: datetime | None = await conn.fetchval(
        "select refused_at from people.refused_address where person = $1 and email = $2", person, email
    )
    return found


async def latest(conn: Connection, limit: int) -> list[UUID]:
    """Return the latest messages of everybody."""
    rows = await conn.fetch("select message from people.message order by created_at desc, message limit $1", limit)
    return [row["message"] for row in rows]


async def there(conn: Connection, messages: Sequence[UUID]) -> set[UUID]:
    """Return those of the messages that there are."""
    rows = await conn.fetch("select message from people.message where message = any($1::uuid[])", list(messages))
    return {row["message"] for row in rows}


async def forget(conn: Connection, before: datetime, limit: int) -> int:
    """Forget messages that ended, and bookings that were over, before then; returns how many."""
    done = [await conn.execute(statement, before, limit) for statement in (FORGET, FORGET_ENTRIES)]
    return sum(int(told.rpartition(" ")[2]) for told in done)


async def _step(conn: Connection, asked: MessageRequested, state: DeliveryState, now: datetime) -> None:
    await conn.execute(STEP, now, asked.unit, asked.kind, state)


def _held(held: bool | None) -> None:
    if not held:
        raise LeaseLost


def _of_row(row: Record) -> Message:
    plain = {name: row[name] for name in Message.__slots__ if name not in ("asked", "name", "language")}
    asked = MessageRequested.model_validate_json(row["asked"])
    return Message(**plain, asked=asked, name=row["name"] or "", language=row["language"] or "")
