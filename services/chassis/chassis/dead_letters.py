"""What could not be applied is kept, with its reason, and sent on: a row in the same transaction as the offset, so that
it is never lost and never doubled. Kept 7 days on the topic; a row stays until it is retried or dropped."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chassis.database import Connection
from chassis.outbox import headers_json

if TYPE_CHECKING:
    from chassis.service import Service
    from chassis.worker import Record

MAX_ON_TOPIC = 900_000
"""A larger value stays a row, and its number is sent."""

KEEP = """
insert into chassis.dead_letter (topic, partition, "offset", key, value, headers, reason, pointer, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (topic, partition, "offset")
    do update set reason = excluded.reason, pointer = excluded.pointer, state = 'open'
returning number
"""
SEND = """
insert into chassis.outbox (topic, key, raw_key, value, headers, created_at) values ($1, $2, $3, $4, $5, $6)
"""
LIST = """
select number, topic, partition, "offset", reason, pointer, at, state, key, value, headers from chassis.dead_letter
where ($1::text is null or state = $1) order by number limit $2
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was put aside: where it stood, its bytes, and why."""

    number: int
    topic: str
    partition: int
    offset: int
    reason: str
    pointer: str
    at: datetime
    state: str
    key: bytes | None
    value: bytes | None
    headers: str


async def keep(
    conn: Connection, service: "Service", letters: Sequence[tuple["Record", str, str]], now: datetime
) -> None:
    """Put records aside, each with a reason and a JSON pointer; the bytes are sent on by the relay."""
    for record, reason, pointer in letters:
        headers = headers_json(record.headers)
        number = await conn.fetchval(
            KEEP, record.topic, record.partition, record.offset, record.key, record.value, headers, reason, pointer, now
        )
        small = record.value is None or len(record.value) <= MAX_ON_TOPIC
        told = headers_json(
            [
                ("reason", reason.encode()),
                ("pointer", pointer.encode()),
                ("from", f"{record.topic}/{record.partition}/{record.offset}".encode()),
                ("number", str(number).encode()),
                ("complete", b"true" if small else b"false"),
            ]
        )
        topic = f"{service.name}.dead-letters.v1"
        value = (record.value or b"") if small else b""
        await conn.execute(SEND, topic, str(number), record.key, value, told, now)


async def list_letters(conn: Connection, state: str | None = "open", limit: int = 100) -> list[DeadLetter]:
    """The oldest letters in a state (`open`, `retried`, `dropped`; None for all)."""
    return [DeadLetter(**dict(row)) for row in await conn.fetch(LIST, state, limit)]


async def drop(conn: Connection, number: int) -> bool:
    """Give a letter up. False when there is no open letter of this number."""
    return await _set(conn, number, "dropped")


async def retry(service: "Service", number: int) -> str:
    """Apply a letter again, through the same way as the first time; returns what became of it."""
    from chassis.worker import Record, apply_once

    async with service.pool.acquire() as conn:
        row = await conn.fetchrow("select * from chassis.dead_letter where number = $1 and state = 'open'", number)
    if row is None:
        return f"there is no open dead letter {number}"
    record = Record(row["topic"], row["partition"], row["offset"], 0, row["key"], row["value"], ())
    try:
        reason = await apply_once(service, record)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    if reason:
        return f"dead letter {number} is as dead as before: {reason}"
    async with service.pool.acquire() as conn:
        await _set(conn, number, "retried")
    return f"dead letter {number} is applied"


async def _set(conn: Connection, number: int, state: str) -> bool:
    done = await conn.fetchval(
        "update chassis.dead_letter set state = $2 where number = $1 and state = 'open' returning true", number, state
    )
    return bool(done)
