"""What residents said about cases, and what they were answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from chassis import Connection, Transaction

from decisions.domain.feedback import Feedback
from decisions.domain.stages import Comments

ADD = """
insert into decisions.feedback (feedback, case_key, words, received_at, answer_by, person)
values ($1, $2, $3, $4, $5, $6)
"""
ANSWER = """
update decisions.feedback set answer = $2, changed = $3, answered_at = $4, answered_by = $5, draft = null
where feedback = $1
"""
DRAFT = """
update decisions.feedback set draft = $2, drafts = drafts + 1, drafted_by = $3, drafted_at = $4
where feedback = $1 and ($5::integer is null or drafts = $5)
returning *
"""
LAPSED = """
select * from decisions.feedback where answered_at is null and not lapse_recorded and answer_by <= $1
order by answer_by, feedback limit $2 offset $3
"""
# The state is a question of the clock: it never waits for the record of a lapse.
IN_STATE = """
select * from decisions.feedback
where case $1 when 'open' then answered_at is null and $2 < answer_by
    when 'answered' then answered_at is not null
    when 'lapsed' then answered_at is null and answer_by <= $2
    else true end
"""
LISTED = IN_STATE + "order by answer_by, feedback limit $3 offset $4"
OF_PERSON = IN_STATE + "and person = $5 order by received_at desc, feedback limit $3 offset $4"
COUNTED = """
select case_key, count(*) as received, count(answered_at) as answered,
    count(*) filter (where changed and answered_at is not null) as changed
from decisions.feedback where case_key = any($1::text[]) group by case_key
"""


Listing = Literal["open", "answered", "lapsed", "all"]
"""Which feedback is listed, by how it stands at this moment."""


@dataclass(frozen=True, slots=True)
class Said:
    """A feedback with its words, which may have been erased, and its answer; `person` where one had signed in."""

    feedback: Feedback
    words: str | None
    answer: str | None
    changed: bool
    answered_by: str | None = None
    draft: str | None = None
    person: UUID | None = None
    drafts: int = 0
    drafted_by: str | None = None
    drafted_at: datetime | None = None


async def add(conn: Connection, feedback: Feedback, words: str, person: UUID | None) -> None:
    await conn.execute(ADD, UUID(feedback.id), feedback.case, words, feedback.received, feedback.answer_by, person)


async def find(conn: Connection, id_: UUID) -> Said | None:
    """Return a feedback by its id."""
    row = await conn.fetchrow("select * from decisions.feedback where feedback = $1", id_)
    return _said(row) if row else None


async def answer(conn: Connection, id_: UUID, words: str, changed: bool, now: datetime, office: str) -> None:
    await conn.execute(ANSWER, id_, words, changed, now, office)


async def draft(
    conn: Connection, id_: UUID, words: str, office: str, now: datetime, based_on: int | None
) -> Said | None:
    """Keep an answer that somebody is writing, until it is given; None where it is based on another draft than the
    last."""
    row = await conn.fetchrow(DRAFT, id_, words, office, now, based_on)
    return _said(row) if row else None


async def lapsed(conn: Connection, now: datetime, limit: int, offset: int) -> list[Feedback]:
    """Return those that fell due and whose lapse is not recorded yet, the longest due first."""
    return [_said(row).feedback for row in await conn.fetch(LAPSED, now, limit, offset)]


async def lapse(conn: Connection, id_: UUID) -> bool:
    """Record that nobody answered; False when that is recorded already."""
    recorded = await conn.fetchval(
        "update decisions.feedback set lapse_recorded = true, draft = null"
        " where feedback = $1 and not lapse_recorded returning true",
        id_,
    )
    return bool(recorded)


async def listed(conn: Connection, state: Listing, now: datetime, limit: int, offset: int) -> list[Said]:
    """Return feedback in a state at this moment, the first to fall due first."""
    return [_said(row) for row in await conn.fetch(LISTED, state, now, limit, offset)]


async def of_person(
    conn: Connection, person: UUID, state: Listing, now: datetime, limit: int, offset: int
) -> list[Said]:
    """Return what a person has said, in a state at this moment, the last first."""
    return [_said(row) for row in await conn.fetch(OF_PERSON, state, now, limit, offset, person)]


async def forget_person(tx: Transaction, person: UUID) -> None:
    """Forget who said it. What was said stays, with its answer: given on a pending matter it is a document that the
    office has to keep (docs/erasure.md), and staff strikes words that name somebody."""
    await tx.conn.execute("update decisions.feedback set person = null where person = $1", person)


async def answers(conn: Connection, case: str) -> list[Said]:
    """Return the answers given on a case, the newest first."""
    rows = await conn.fetch(
        "select * from decisions.feedback where case_key = $1 and answered_at is not null"
        " order by answered_at desc, feedback limit 200",
        case,
    )
    return [_said(row) for row in rows]


async def counted(conn: Connection, cases: Collection[str]) -> dict[str, Comments]:
    """Tell how much was said about each of these cases, and what came of it; nothing of those about which nothing
    was."""
    rows = await conn.fetch(COUNTED, list(set(cases)))
    return {row["case_key"]: Comments(row["received"], row["answered"], row["changed"]) for row in rows}


async def cases_of(conn: Connection, ids: Sequence[UUID]) -> set[str]:
    """Return the cases that these are about."""
    rows = await conn.fetch(
        "select distinct case_key from decisions.feedback where feedback = any($1::uuid[])", list(ids)
    )
    return {row["case_key"] for row in rows}


async def received(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Tell when those of these that there are were received."""
    rows = await conn.fetch(
        "select feedback, received_at from decisions.feedback where feedback = any($1::uuid[])", list(ids)
    )
    return {row["feedback"]: row["received_at"] for row in rows}


async def erase(conn: Connection, id_: UUID) -> bool:
    """Forget what was said; that it was said, and its answer, stay. False when there is no such feedback."""
    erased = await conn.fetchval(
        "update decisions.feedback set words = null, draft = null where feedback = $1 returning true", id_
    )
    return bool(erased)


def _said(row: asyncpg.Record) -> Said:
    feedback = Feedback(str(row["feedback"]), row["case_key"], row["received_at"], row["answer_by"], row["answered_at"])
    told = row["answer"], row["changed"], row["answered_by"], row["draft"], row["person"]
    return Said(feedback, row["words"], *told, row["drafts"], row["drafted_by"], row["drafted_at"])
