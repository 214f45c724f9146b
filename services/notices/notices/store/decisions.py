"""Decisions of the city as far as a library's feed needs them. Facts and words come by two topics, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
from chassis import Connection
from omatoimi_contracts.decisions import DecisionFact
from omatoimi_contracts.documents import DecisionText

from notices.domain.notices import printable, summary

LEARN = """
insert into notices.decision as d (decision, sequence, version, digest, case_key, primary_districts, decided, removed,
    changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (decision) do update set sequence = excluded.sequence, version = excluded.version,
    digest = excluded.digest, case_key = excluded.case_key, primary_districts = excluded.primary_districts,
    decided = excluded.decided, removed = excluded.removed, changed_at = excluded.changed_at
where d.sequence < excluded.sequence
"""
# A late copy of words must not bring back what was removed meanwhile; words newer than the removal are its return.
LEARN_WORDS = """
insert into notices.decision_words as w (decision, version, digest, language, title, summary, changed_at)
select $1, $2, $3, $4, $5, $6, $7
where not exists (select from notices.decision where decision = $1 and removed and $2 <= version)
on conflict (decision) do update set version = excluded.version, digest = excluded.digest,
    language = excluded.language, title = excluded.title, summary = excluded.summary, changed_at = excluded.changed_at
where w.version < excluded.version
"""
KNOWS_CASE = """
select exists (select from notices.known_case where case_key = $1)
    or exists (select from notices.decision where case_key = $1 and not removed)
"""
# Words that a correction has outdated are not shown: they wait for the corrected ones.
SHOWN = """
select d.*, w.language, w.title, w.summary, greatest(d.changed_at, w.changed_at) as updated
from notices.decision d join notices.decision_words w using (decision)
where not d.removed and d.primary_districts && $1::text[] and (w.digest = d.digest or w.version >= d.version)
order by greatest(d.changed_at, w.changed_at) desc, decision
limit $2
"""


@dataclass(frozen=True, slots=True)
class KnownDecision:
    """A decision that can be seen, with its words. `decided` is the local day, where the record tells it."""

    decision: str
    case: str
    version: int
    districts: tuple[str, ...]
    decided: date | None
    language: str
    title: str
    summary: str
    updated: datetime


async def apply(conn: Connection, fact: DecisionFact, sequence: int, removed: bool, at: datetime) -> None:
    """Keep the newest state of a decision; when it is removed, forget its words."""
    await conn.execute(
        LEARN,
        fact.decision,
        sequence,
        fact.version,
        fact.digest,
        fact.case,
        fact.primary,
        fact.decided,
        removed,
        at,
    )
    await conn.execute(
        "delete from notices.decision_words w using notices.decision d"
        " where w.decision = $1 and d.decision = $1 and d.removed and w.version <= d.version",
        fact.decision,
    )


async def apply_text(conn: Connection, text: DecisionText, at: datetime) -> None:
    """Keep the newest words of a decision, unless it was removed since."""
    await conn.execute(
        LEARN_WORDS,
        text.decision,
        text.version,
        text.digest,
        text.language,
        " ".join(printable(text.title).split()),
        summary(text.sections),
        at,
    )


async def forget_words(conn: Connection, decision: str) -> None:
    await conn.execute("delete from notices.decision_words where decision = $1", decision)


async def learn_case(conn: Connection, case: str) -> None:
    """Keep that there is such a case."""
    await conn.execute("insert into notices.known_case values ($1) on conflict do nothing", case)


async def forget_case(conn: Connection, case: str) -> None:
    await conn.execute("delete from notices.known_case where case_key = $1", case)


async def knows_case(conn: Connection, case: str) -> bool:
    """Tell whether decisions has told of a case: of its words, or of a decision in it that stands."""
    return bool(await conn.fetchval(KNOWS_CASE, case))


async def shown(conn: Connection, districts: Sequence[str], limit: int) -> list[KnownDecision]:
    """Return the decisions that concern one of these districts, the newest first."""
    return [_decision(row) for row in await conn.fetch(SHOWN, list(districts), limit)]


def _decision(row: asyncpg.Record) -> KnownDecision:
    return KnownDecision(
        decision=row["decision"],
        case=row["case_key"],
        version=row["version"],
        districts=tuple(row["primary_districts"]),
        decided=row["decided"],
        language=row["language"],
        title=row["title"],
        summary=row["summary"],
        updated=row["updated"],
    )
