"""Notices as they are now."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from chassis import Caller, Connection, Thing
from chassis.access import Houses
from omatoimi_contracts.vocabulary import Organiser, Slot

from notices.domain.notices import Notice, NoticeStanding, NoticeState

INSERT = """
insert into notices.notice (notice, source, unit, kind, organiser, coorganisers, organisation, opentopublic, purpose,
    booking, case_key, districts, submitted_at, person, state, publication_recorded, reason, version, digest, titles,
    texts, owner, publish_from, until, slot_start, slot_end, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27)
"""
UPDATE = """
update notices.notice set state = $2, publication_recorded = $3, reason = $4, version = $5, digest = $6, titles = $7,
    texts = $8, owner = $9, publish_from = $10, until = $11, slot_start = $12, slot_end = $13, changed_at = $14
where notice = $1
"""
SHOWN = """
select * from notices.notice
where state = 'approved' and publish_from <= $1 and $1 < until
    and ($2::text is null or unit = $2) and ($3::text is null or kind = $3)
order by greatest(publish_from, changed_at) desc, notice
limit $4
"""
DUE_TO_PUBLISH = """
select notice, publish_from from notices.notice
where state = 'approved' and not publication_recorded and publish_from <= $1 and publish_from < until
order by publish_from, notice limit $2 offset $3
"""
DUE_TO_EXPIRE = """
select notice, until from notices.notice
where state in ('waiting', 'approved') and until <= $1
order by until, notice limit $2 offset $3
"""
WAITING = """
select * from notices.notice
where state = 'waiting' and $1 < until and ($3 or unit = any($4) or owner = any($5))
order by submitted_at, notice limit $2
"""
# How one stands is a question of the clock (`Notice.standing`).
STANDING = """
and ($3::text is null or $3 = case
    when state in ('waiting', 'approved') and until <= $4 then 'expired'
    when state <> 'approved' then state
    when publish_from <= $4 then 'shown' else 'scheduled' end)
order by submitted_at desc, notice limit $5 offset $6
"""
DECIDED = "update notices.notice set decided_by = $2, decided_at = $3 where notice = $1"
# Two questions, each of which finds its rows by an index, in their order.
OF_PERSON = (
    """
select * from notices.notice where person = $1 and (organisation is null or organisation = any($2::uuid[]))
"""
    + STANDING
)
OF_ORGANISATION = "select * from notices.notice where organisation = $1 and $1 = any($2::uuid[])" + STANDING  # noqa: S608
OWN_OF = """
select * from notices.notice
where person = any($1::uuid[]) and organisation is null and organiser ->> 'class' = 'private' order by notice
"""
FORGET = """
update notices.notice set titles = '{}', texts = '{}'
where notice in (
    select notice from notices.notice
    where titles <> '{}' and changed_at < $1 and state in ('withdrawn', 'expired', 'rejected')
    order by changed_at limit $2)
"""


async def add(conn: Connection, notice: Notice) -> None:
    await conn.execute(
        INSERT,
        notice.notice,
        notice.source,
        notice.unit,
        notice.kind,
        notice.organiser.model_dump_json(by_alias=True),
        json.dumps([other.model_dump(mode="json", by_alias=True) for other in notice.coorganisers]),
        notice.organiser.organisation,
        notice.opentopublic,
        notice.purpose,
        notice.booking,
        notice.case,
        notice.districts,
        notice.submitted_at,
        notice.person,
        *_present(notice),
    )


async def save(conn: Connection, notices: Iterable[Notice]) -> None:
    """Write what may change of notices."""
    await conn.executemany(UPDATE, [(notice.notice, *_present(notice)) for notice in notices])


def _present(notice: Notice) -> tuple[Any, ...]:
    """Tell what of a notice may change, as `INSERT` and `UPDATE` list it."""
    return (
        notice.state,
        notice.publication_recorded,
        notice.reason,
        notice.version,
        notice.digest,
        json.dumps(dict(notice.titles)),
        json.dumps(dict(notice.texts)),
        notice.owner,
        notice.publish_from,
        notice.until,
        notice.slot.start if notice.slot else None,
        notice.slot.end if notice.slot else None,
        notice.changed_at,
    )


async def decided(conn: Connection, notice: UUID, office: str, at: datetime) -> None:
    """Write which office approved or rejected a notice."""
    await conn.execute(DECIDED, notice, office, at)


async def decided_by(conn: Connection, notice: UUID) -> tuple[str, datetime] | None:
    """Tell which office approved or rejected a notice, and when; None where none did."""
    row = await conn.fetchrow("select decided_by, decided_at from notices.notice where notice = $1", notice)
    return (row["decided_by"], row["decided_at"]) if row and row["decided_by"] else None


async def one(conn: Connection, notice: UUID) -> Notice | None:
    """Return a notice by its id, whatever its state."""
    row = await conn.fetchrow("select * from notices.notice where notice = $1", notice)
    return _notice(row) if row else None


async def things(conn: Connection, notices: Iterable[UUID]) -> dict[UUID, Thing]:
    """Tell whose these notices are, of those that there are."""
    rows = await conn.fetch(
        "select notice, source, unit, submitted_at, person, organisation, owner from notices.notice"
        " where notice = any($1::uuid[])",
        list(set(notices)),
    )
    return {row["notice"]: _thing(row) for row in rows}


def _thing(row: asyncpg.Record) -> Thing:
    return Thing(
        row["source"],
        row["unit"],
        row["submitted_at"],
        person=row["person"],
        organisation=row["organisation"],
        department=row["owner"],
    )


async def organisations_of(conn: Connection, notices: Iterable[UUID]) -> set[UUID]:
    """Return the organisations that these notices are of."""
    rows = await conn.fetch(
        "select distinct organisation from notices.notice where notice = any($1::uuid[]) and organisation is not null",
        list(set(notices)),
    )
    return {row["organisation"] for row in rows}


async def tied_to(conn: Connection, bookings: Iterable[UUID]) -> set[UUID]:
    """Return the notices tied to these bookings that have not ended."""
    rows = await conn.fetch(
        "select notice from notices.notice where booking = any($1::uuid[]) and state in ('waiting', 'approved')",
        list(set(bookings)),
    )
    return {row["notice"] for row in rows}


async def of_booking(conn: Connection, booking: UUID, now: datetime) -> list[Notice]:
    """Return the notices tied to a booking that have not ended."""
    rows = await conn.fetch(
        "select * from notices.notice where booking = $1 and state in ('waiting', 'approved') and $2 < until"
        " order by notice",
        booking,
        now,
    )
    return [_notice(row) for row in rows]


async def approved_of(conn: Connection, organisations: Iterable[UUID]) -> set[UUID]:
    """Return the notices of these organisations that are shown or will be."""
    rows = await conn.fetch(
        "select notice from notices.notice where organisation = any($1::uuid[]) and state = 'approved'",
        list(set(organisations)),
    )
    return {row["notice"] for row in rows}


async def of_organisation(conn: Connection, organisation: UUID, now: datetime) -> list[Notice]:
    """Return the notices of an organisation that are shown or will be."""
    rows = await conn.fetch(
        "select * from notices.notice where organisation = $1 and state = 'approved' and $2 < until order by notice",
        organisation,
        now,
    )
    return [_notice(row) for row in rows]


async def due_to_publish(conn: Connection, now: datetime, limit: int, offset: int) -> list[tuple[UUID, datetime]]:
    """Return those whose time has come, and when, the longest due first."""
    return [(row["notice"], row["publish_from"]) for row in await conn.fetch(DUE_TO_PUBLISH, now, limit, offset)]


async def due_to_expire(conn: Connection, now: datetime, limit: int, offset: int) -> list[tuple[UUID, datetime]]:
    """Return those whose time is over, and since when, the longest first."""
    return [(row["notice"], row["until"]) for row in await conn.fetch(DUE_TO_EXPIRE, now, limit, offset)]


async def forget_words(conn: Connection, before: datetime, limit: int) -> int:
    """Forget the words of notices that ended before then; how many."""
    status = await conn.execute(FORGET, before, limit)
    return int(status.rpartition(" ")[2])


async def shown(conn: Connection, now: datetime, unit: str | None, kind: str | None, limit: int) -> list[Notice]:
    """Tell what a reader may see at this very second, the newest first."""
    return [_notice(row) for row in await conn.fetch(SHOWN, now, unit, kind, limit)]


async def waiting(conn: Connection, of: Houses, now: datetime, limit: int) -> list[Notice]:
    """Tell what waits for the approval of some houses, the longest first."""
    rows = await conn.fetch(WAITING, now, limit, of.all, of.units, of.departments)
    return [_notice(row) for row in rows]


async def of_caller(
    conn: Connection,
    by: Caller,
    organisation: UUID | None,
    standing: NoticeStanding | None,
    now: datetime,
    limit: int,
    offset: int,
) -> list[Notice]:
    """Return the notices of a person, or of an organisation, that stand so at that moment, the last first."""
    rows = await conn.fetch(
        OF_ORGANISATION if organisation else OF_PERSON,
        organisation or by.person,
        list(by.acts_for),
        standing,
        now,
        limit,
        offset,
    )
    return [_notice(row) for row in rows]


async def own(conn: Connection, persons: Iterable[UUID]) -> list[Notice]:
    """Return the notices that these persons posted as themselves, for no association and no house."""
    return [_notice(row) for row in await conn.fetch(OWN_OF, list(persons))]


async def forget_person(conn: Connection, person: UUID) -> None:
    """Forget who asked for these notices; they stay."""
    await conn.execute("update notices.notice set person = null where person = $1", person)


async def last_change(conn: Connection, now: datetime, unit: str | None) -> datetime | None:
    """Tell when anything last changed that a reader of this unit could have seen."""
    found: datetime | None = await conn.fetchval(
        "select max(greatest(changed_at, case when publish_from <= $1 then publish_from end)) from notices.notice"
        " where publication_recorded and ($2::text is null or unit = $2)",
        now,
        unit,
    )
    return found


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(
        notice=row["notice"],
        source=row["source"],
        unit=row["unit"],
        kind=row["kind"],
        state=NoticeState(row["state"]),
        titles=json.loads(row["titles"]),
        texts=json.loads(row["texts"]),
        digest=row["digest"],
        organiser=Organiser.model_validate_json(row["organiser"]),
        coorganisers=tuple(Organiser.model_validate(other) for other in json.loads(row["coorganisers"])),
        opentopublic=row["opentopublic"],
        purpose=row["purpose"],
        publish_from=row["publish_from"],
        until=row["until"],
        submitted_at=row["submitted_at"],
        changed_at=row["changed_at"],
        slot=Slot(start=row["slot_start"], end=row["slot_end"]) if row["slot_start"] else None,
        owner=row["owner"],
        booking=row["booking"],
        case=row["case_key"],
        districts=tuple(row["districts"]),
        version=row["version"],
        publication_recorded=row["publication_recorded"],
        reason=row["reason"],
        person=row["person"],
    )
