"""Keep what could not be applied, with its reason, and send it on: a row in the same transaction as the offset, so that
it is never lost and never doubled. Row and copy are kept as long as the topic keeps it, and no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from chassis.database import Connection
from chassis.outbox import headers_json, printable
from chassis.put_aside import named
from chassis.record import DeadLetter, DeadLetterState
from chassis.service import Service

KEPT = timedelta(days=7)
"""As long as the contract says of request and dead-letter topics: what persons asked for stands there."""
MAX_ON_TOPIC = 900_000
"""A larger record stays a row, and its number is sent."""

KEEP = """
insert into chassis.dead_letter
    (topic, partition, "offset", key, value, headers, reason, pointer, code, type, source, event_id, at)
select topic, partition, "offset", key, value, headers::jsonb, reason, pointer, code, type, source, event_id, $13
from unnest($1::text[], $2::int[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::uuid[])
    with ordinality w(topic, partition, "offset", key, value, headers, reason, pointer, code, type, source, event_id,
        position)
order by position
on conflict (topic, partition, "offset")
    do update set reason = excluded.reason, pointer = excluded.pointer, code = excluded.code, state = 'open'
returning topic, partition, "offset", number
"""
SEND = """
insert into chassis.outbox (topic, key, raw_key, value, headers, created_at)
select $1, key, raw_key, value, headers::jsonb, $6
from unnest($2::text[], $3::bytea[], $4::bytea[], $5::text[]) with ordinality w(key, raw_key, value, headers, position)
order by position
"""
LIST = """
select number, topic, partition, "offset", reason, pointer, at, state from chassis.dead_letter
where ($1::text is null or state = $1) order by number limit $2
"""
COUNT = "select count(*) from chassis.dead_letter where ($1::text is null or state = $1)"
NAMING = "delete from chassis.dead_letter where position($1::bytea in value) > 0 or position($1::bytea in key) > 0"
COPIES_NAMING = """
delete from chassis.outbox
where (headers is not null or topic like '%.requests.v1')
    and (position($1::bytea in value) > 0 or position($1::bytea in raw_key) > 0)
"""
FIND = """
select number, topic, partition, "offset", reason, pointer, at, state, key, value, headers from chassis.dead_letter
where number = $1
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A record that went to the dead letters, without its bytes: where it stood, and why."""

    number: int
    topic: str
    partition: int
    offset: int
    reason: str
    pointer: str
    at: datetime
    state: DeadLetterState


@dataclass(frozen=True, slots=True)
class StoredDeadLetter(Heading):
    """A record that went to the dead letters, with its bytes."""

    key: bytes | None
    value: bytes | None
    headers: str


async def keep(conn: Connection, service: Service, letters: Sequence[DeadLetter], now: datetime) -> None:
    """Put records aside; their bytes are sent on by the relay."""
    if not letters:
        return
    records = [letter.record for letter in letters]
    rows = await conn.fetch(
        KEEP,
        [r.topic for r in records],
        [r.partition for r in records],
        [r.offset for r in records],
        [r.key for r in records],
        [r.value for r in records],
        [headers_json(r.headers) for r in records],
        [printable(letter.reason) for letter in letters],
        [printable(letter.pointer) for letter in letters],
        [letter.why for letter in letters],
        *map(list, zip(*(named(record) for record in records), strict=True)),
        now,
    )
    numbers = {(row["topic"], row["partition"], row["offset"]): row["number"] for row in rows}
    sent = [_sent(letter, numbers[letter.record.position]) for letter in letters]
    await conn.execute(SEND, f"{service.name}.dead-letters.v1", *map(list, zip(*sent, strict=True)), now)


def _sent(letter: DeadLetter, number: int) -> tuple[str, bytes | None, bytes, str]:
    """Tell what the topic is told of a letter: the record's bytes, if they fit, and why in the headers."""
    record = letter.record
    whole = len(record.key or b"") + len(record.value or b"") <= MAX_ON_TOPIC
    headers = {
        "reason": letter.reason,
        "pointer": letter.pointer,
        "from": f"{record.topic}/{record.partition}/{record.offset}",
        "number": str(number),
        "complete": "true" if whole else "false",
    }
    told = headers_json([(name, printable(text).encode()) for name, text in headers.items()])
    return str(number), record.key if whole else None, (record.value or b"") if whole else b"", told


async def headings(conn: Connection, state: DeadLetterState | None, limit: int) -> list[Heading]:
    """Return the oldest letters in a state (None for all): a record has up to a megabyte, so
    their bytes are left where they are."""
    return [Heading(**_fields(row)) for row in await conn.fetch(LIST, state, limit)]


async def count(conn: Connection, state: DeadLetterState | None) -> int:
    """Tell how many letters are in a state."""
    found: int = await conn.fetchval(COUNT, state)
    return found


async def find(conn: Connection, number: int) -> StoredDeadLetter | None:
    """Return the letter of this number."""
    row = await conn.fetchrow(FIND, number)
    return StoredDeadLetter(**_fields(row)) if row else None


def _fields(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "state": DeadLetterState(row["state"])}


async def forget_naming(conn: Connection, whom: str) -> None:
    """Take out the letters in which this stands, such as the id of a person who was erased, with their copies on the
    way, and what other services were asked that names them. What is on a topic already goes with its seven days."""
    await conn.execute(NAMING, whom.encode())
    await conn.execute(COPIES_NAMING, whom.encode())


async def drop(conn: Connection, number: int) -> bool:
    """Give a letter up. False when there is no open letter of this number."""
    return await set_state(conn, number, DeadLetterState.DROPPED)


async def set_state(conn: Connection, number: int, state: DeadLetterState) -> bool:
    done = await conn.fetchval(
        "update chassis.dead_letter set state = $2 where number = $1 and state = 'open' returning true", number, state
    )
    return bool(done)
