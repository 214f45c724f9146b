"""Devices in libraries: which there are, by which keys they are known, and what is tried at them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database import Pool

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a device was seen."""
IN_FLIGHT = timedelta(seconds=60)
"""So long after a change of keys both are taken: requests are under way, and a browser has not kept its cookie yet."""
WAITS = timedelta(minutes=10)
"""So long a device shows one code to be paired by."""
TRIES, TRIED_WITHIN = 5, timedelta(minutes=10)
"""So many wrong check-in codes a device takes in so long; so many wrong pairing codes a session of staff in all."""
KEPT = timedelta(days=30)
"""So long it is shown that a device was revoked."""

BEGIN = """
insert into web.kiosk (kiosk, key, keyed_at, form, code, code_until, seen_at) values ($1, $2, $3, $4, $5, $6, $3)
on conflict do nothing returning true
"""
FIND = "select * from web.kiosk where (key = $1 or next_key = $1 or last_key = $1) and ended_at is null"
SEEN = "update web.kiosk set seen_at = $2 where kiosk = $1"
OFFER = """
update web.kiosk set next_key = $2, next_at = $3::timestamptz
where kiosk = $1 and (next_at is null or next_at <= $3::timestamptz - $4::interval)
returning true
"""
CHANGE = """
update web.kiosk set last_key = key, key = next_key, next_key = null, next_at = null, keyed_at = $3
where kiosk = $1 and next_key = $2
"""
END = """
update web.kiosk set ended_at = $2, ended = $3, shown = null where kiosk = $1 and ended_at is null returning unit
"""
PAIR = """
update web.kiosk set unit = $2, name = $3, paired_at = $4::timestamptz, code = null, code_until = null
where code = $1 and code_until > $4::timestamptz and unit is null returning kiosk
"""
WAITING = "select true from web.kiosk where code = $1 and code_until > $2 and unit is null"
OF_UNITS = """
select * from web.kiosk where unit = any($1::text[]) and (ended_at is null or ended_at > $2)
order by ended_at nulls first, name
"""
SHOW = "update web.kiosk set shown = $2::jsonb, shown_until = $3 where kiosk = $1"
DOUBT = "update web.kiosk set doubted_at = $2 where kiosk = $1"
# One after the other, so that of several at once no more are let through than there are tries left.
LOCK = "select pg_advisory_xact_lock(hashtext('web.kiosk_try'), hashtext($1::uuid::text))"
TRY = """
insert into web.kiosk_try (by, request, at)
select $1, $2, $3::timestamptz where (
    select count(*) from web.kiosk_try where by = $1 and ($4::interval is null or at > $3::timestamptz - $4::interval)
) < $5
on conflict do nothing returning true
"""
TRIED = "select true from web.kiosk_try where by = $1 and request = $2"
RIGHT = "delete from web.kiosk_try where by = $1 and request = $2"
CALL = "insert into web.kiosk_call (help, kiosk, unit, called_at) values ($1, $2, $3, $4) on conflict do nothing"
CALLS = """
select c.help, c.unit, c.called_at, k.name from web.kiosk_call c join web.kiosk k using (kiosk)
where c.unit = any($1::text[]) order by c.called_at
"""
ANSWER = "delete from web.kiosk_call where help = $1 and unit = any($2::text[]) returning help"
FORGET = (
    "delete from web.kiosk where unit is null and code_until <= $1::timestamptz",
    "delete from web.kiosk where ended_at <= $1::timestamptz - interval '30 days'",
    "delete from web.kiosk_try where at <= $1::timestamptz - interval '1 day'",
    "delete from web.kiosk_call where called_at <= $1::timestamptz - interval '1 day'",
)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A device as it is kept. Without a `unit` it waits to be paired by its `code`."""

    kiosk: UUID
    key: bytes
    next_key: bytes | None
    next_at: datetime | None
    last_key: bytes | None
    keyed_at: datetime
    form: bytes
    code: str | None
    code_until: datetime | None
    unit: str | None
    name: str | None
    paired_at: datetime | None
    seen_at: datetime
    doubted_at: datetime | None
    shown: dict[str, Any] | None
    shown_until: datetime | None
    ended_at: datetime | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class HelpCall:
    """Somebody who calls the staff to a device, by its library, since when, and the device's name."""

    help: UUID
    unit: str
    called_at: datetime
    name: str


async def begin(pool: Pool, kiosk: UUID, key: bytes, form: bytes, code: str, now: datetime) -> bool:
    """Keep a device that waits to be paired; False where another shows this code."""
    return bool(await pool.fetchval(BEGIN, kiosk, key, now, form, code, now + WAITS))


async def find(pool: Pool, key: bytes, now: datetime) -> Kiosk | None:
    """Return the device that has this key, and note that it was seen. The first use of its next key changes it; whoever
    still uses the one before has a copy of it, and ends the device for both."""
    row = await pool.fetchrow(FIND, key)
    if row is None:
        return None
    found = _of(row)
    if key == found.last_key and found.keyed_at <= now - IN_FLIGHT:
        await end(pool, found.kiosk, "copied", now)
        return None
    if key == found.next_key and found.next_at is not None and found.next_at <= now - IN_FLIGHT:
        await pool.execute(CHANGE, found.kiosk, key, now)
    if found.seen_at <= now - SEEN_EVERY:
        await pool.execute(SEEN, found.kiosk, now)
    return found


async def offer(pool: Pool, kiosk: UUID, key: bytes, now: datetime) -> bool:
    """Keep the next key of a device; False where one is on its way."""
    return bool(await pool.fetchval(OFFER, kiosk, key, now, IN_FLIGHT))


async def end(pool: Pool, kiosk: UUID, why: str, now: datetime) -> str | None:
    """Let a device be one no longer. Returns where it was."""
    unit: str | None = await pool.fetchval(END, kiosk, now, why)
    return unit


async def waiting(pool: Pool, code: str, now: datetime) -> bool:
    """Tell whether a device shows this code now."""
    return bool(await pool.fetchval(WAITING, code, now))


async def pair(pool: Pool, code: str, unit: str, name: str, now: datetime) -> bool:
    """Bind the device that shows this code to a library; False where none does."""
    return await pool.fetchval(PAIR, code, unit, name, now) is not None


async def of_units(pool: Pool, units: list[str], now: datetime) -> list[Kiosk]:
    """Return the devices of libraries, with those that ended lately."""
    return [_of(row) for row in await pool.fetch(OF_UNITS, units, now - KEPT)]


async def show(pool: Pool, kiosk: UUID, shown: Mapping[str, Any] | None, until: datetime) -> None:
    """Keep what the last act at a device came to, until it has been read."""
    await pool.execute(SHOW, kiosk, json.dumps(dict(shown)) if shown is not None else None, until)


async def doubt(pool: Pool, kiosk: UUID, now: datetime) -> None:
    """Note that a device told a moment that cannot be."""
    await pool.execute(DOUBT, kiosk, now)


async def may_try(pool: Pool, by: UUID, request: UUID, now: datetime, within: timedelta | None) -> bool:
    """Note that a code is tried, unless too many were wrong. The same request counts once."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(LOCK, by)
        if await conn.fetchval(TRIED, by, request):
            return True
        return bool(await conn.fetchval(TRY, by, request, now, within, TRIES))


async def was_right(pool: Pool, by: UUID, request: UUID) -> None:
    """Forget a try whose code was right."""
    await pool.execute(RIGHT, by, request)


async def call(pool: Pool, help: UUID, kiosk: Kiosk, now: datetime) -> None:
    """Keep that somebody calls the staff to a device."""
    await pool.execute(CALL, help, kiosk.kiosk, kiosk.unit, now)


async def calls(pool: Pool, units: list[str]) -> list[HelpCall]:
    """Return the calls in libraries that nobody has answered, the oldest first."""
    return [HelpCall(**row) for row in await pool.fetch(CALLS, units)] if units else []


async def answer(pool: Pool, help: UUID, units: list[str]) -> bool:
    """Answer a call of one of these libraries; False where another was first."""
    return bool(await pool.fetch(ANSWER, help, units))


async def forget(pool: Pool, now: datetime) -> None:
    """Delete devices that were never paired or ended long ago, tries that count no more, and calls of yesterday."""
    for statement in FORGET:
        await pool.execute(statement, now)


def _of(row: Any) -> Kiosk:
    told = dict(row)
    return Kiosk(**told | {"shown": json.loads(told["shown"]) if told["shown"] else None})
