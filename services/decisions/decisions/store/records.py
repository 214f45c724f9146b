"""The city's records as they were last sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
from chassis import Connection

from decisions.domain.records import Decision, Document, Initiative, Meeting, Motion, under
from decisions.domain.records import digest as digest_of
from decisions.reading import CONTENT, SentRecord, StoredContent

KEEP = """
insert into decisions.record as r (kind, id, key, case_key, digest, content, answer_by, received_at,
    source, own_key, act, mentions)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (kind, id) do update set key = excluded.key, case_key = excluded.case_key, digest = excluded.digest,
    content = excluded.content, answer_by = excluded.answer_by, received_at = excluded.received_at,
    source = excluded.source, own_key = excluded.own_key, act = excluded.act, mentions = excluded.mentions,
    replaced_by = null
"""
NEAR = """
select distinct id, key, own_key, act, case_key from decisions.record
where id = any($1::text[]) or key = any($1::text[]) or own_key = any($1::text[]) or act = any($1::text[])
"""
# The key that was told first comes first.
KEYS = """
select r.key from decisions.record r left join decisions.publication p on p.kind = 'decision' and p.key = r.key
where r.kind in ('decision', 'motion')
    and (r.key = any($1::text[]) or r.own_key = any($1::text[]) or r.act = any($1::text[]))
group by r.key order by min(p.number) nulls last, min(r.received_at), r.key
"""
REPLACE = """
with former as (
    select id from decisions.record
    where kind = $1 and key = $2 and source = $3 and id <> $4 and content is not null
        and coalesce(content #>> '{versions,0,language}', content ->> 'language') = $5
)
update decisions.record set content = null, replaced_by = $4
where kind = $1 and (id in (select id from former) or replaced_by in (select id from former))
"""
# Whose place was taken by a record that is still there, or came back under another key, is not.
FIND = """
select r.*, exists (select from decisions.record n where n.kind = r.kind and n.id = r.replaced_by and n.key = r.key
    and n.content is not null) as replaced
from decisions.record r where kind = $1 and id = $2
"""
MOVE = """
update decisions.record set key = $3, case_key = $4, digest = $5, content = $6 where kind = $1 and id = $2
"""
TAKE_BACK = "update decisions.record set content = null, received_at = $3 where kind = $1 and id = any($2::text[])"
TAKE_BACK_CASE = """
insert into decisions.record (kind, id, key, case_key, digest, received_at) values ('case', $1, $1, $1, $2, $3)
"""
# The answer date of the case's own record counts; else the one that came last with a decision.
ANSWER_BY = """
select distinct on (case_key) case_key, answer_by from decisions.record
where case_key = any($1::text[]) and answer_by is not null and content is not null
order by case_key, kind = 'case' desc, received_at desc
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record that came before; `content` is None once it was taken back, or another took its place (`replaced`)."""

    kind: str
    id: str
    key: str
    case: str | None
    digest: str
    content: StoredContent | None
    answer_by: datetime | None
    source: str
    received: datetime
    replaced: bool = False


async def find(conn: Connection, kind: str, id_: str) -> Stored | None:
    """Return a record by its own id."""
    row = await conn.fetchrow(FIND, kind, id_)
    return replace(_stored(row), replaced=row["replaced"]) if row else None


async def named(conn: Connection, kinds: Sequence[str], name: str, sources: Sequence[str]) -> list[Stored]:
    """Return those with this key, or that are told under it: all languages and sources of a decision; else the one with
    this id."""
    rows = await conn.fetch(
        "select * from decisions.record where kind = any($1::text[]) and source = any($3::text[])"
        " and (id = $2 or key = $2 or key in (select key from decisions.record where own_key = $2)) order by id",
        list(kinds),
        name,
        list(sources),
    )
    return [_stored(row) for row in rows]


async def near(conn: Connection, names: Iterable[str]) -> list[tuple[set[str], str | None]]:
    """Return the names of the records that have one of these as id, key or act, and their cases."""
    rows = await conn.fetch(NEAR, list(set(names)))
    return [({row[name] for name in ("id", "key", "own_key", "act") if row[name]}, row["case_key"]) for row in rows]


async def keys_told(conn: Connection, names: Iterable[str | None]) -> list[str]:
    """Return the keys under which the decision with these keys or acts is told, the oldest first."""
    return [row["key"] for row in await conn.fetch(KEYS, [name for name in set(names) if name])]


async def acts_of(conn: Connection, keys: Collection[str]) -> set[str]:
    """Tell what other sources call the decisions of these keys."""
    rows = await conn.fetch(
        "select distinct act from decisions.record where key = any($1::text[]) and act is not null", list(keys)
    )
    return {row["act"] for row in rows}


async def key_told(conn: Connection, own_key: str) -> str | None:
    """Return the key under which a record is told that would have this one alone."""
    key: str | None = await conn.fetchval(
        "select key from decisions.record where own_key = $1 order by key = $1 desc, key limit 1", own_key
    )
    return key


async def of_keys(conn: Connection, keys: Collection[str]) -> list[Stored]:
    """Return the decisions and motions of these keys, in the order they came."""
    rows = await conn.fetch(
        "select * from decisions.record where kind in ('decision', 'motion') and key = any($1::text[])"
        " and content is not null order by received_at, id",
        list(keys),
    )
    return [_stored(row) for row in rows]


async def cases(conn: Connection, keys: Collection[str]) -> dict[str, Stored]:
    """Return the cases' own records, also what was taken back, by key."""
    rows = await conn.fetch("select * from decisions.record where kind = 'case' and id = any($1::text[])", list(keys))
    return {row["id"]: _stored(row) for row in rows}


async def answer_by(conn: Connection, cases: Collection[str]) -> dict[str, datetime]:
    """Return the answer dates that were set with these cases."""
    return {row["case_key"]: row["answer_by"] for row in await conn.fetch(ANSWER_BY, list(cases))}


async def keep(conn: Connection, sent: SentRecord, digest: str, answer_by: datetime | None, now: datetime) -> None:
    """Keep a record as it was sent, in place of what came before under its id."""
    content = CONTENT[sent.kind].dump_json(sent.content).decode()
    await conn.execute(
        KEEP,
        sent.kind,
        sent.id,
        sent.key,
        sent.case,
        digest,
        content,
        answer_by,
        now,
        sent.source,
        sent.own_key,
        sent.act,
        sent.mentions,
    )


async def meetings_on(conn: Connection, names: Iterable[str]) -> list[Meeting]:
    """Return the meetings whose agenda names one of these cases or decisions, the first to be held first."""
    rows = await conn.fetch(
        "select * from decisions.record where mentions && $1::text[] and mentions <> '{}' and kind = 'meeting'"
        " and content is not null",
        list(names),
    )
    found = (_stored(row).content for row in rows)
    return sorted((m for m in found if isinstance(m, Meeting)), key=lambda meeting: (meeting.starts, meeting.key))


async def rewrite_meeting(conn: Connection, meeting: Meeting) -> None:
    """Keep a meeting as it may be told now."""
    content = CONTENT["meeting"].dump_json(meeting).decode()
    await conn.execute(
        "update decisions.record set content = $2, digest = $3, mentions = $4 where kind = 'meeting' and id = $1",
        meeting.key,
        content,
        digest_of(meeting),
        meeting.mentions,
    )


async def initiatives(conn: Connection, documents: Collection[Document]) -> list[Initiative]:
    """Return the initiatives that are among these documents of a case, by their file or their title."""
    rows = await conn.fetch(
        "select * from decisions.record where kind = 'initiative' and content is not null"
        " and (substring(id from '%7B(.+)%7D') = any($1::text[]) or content ->> 'title' = any($2::text[])) order by id",
        [document.id.strip("{}") for document in documents if document.public],
        [document.title for document in documents if document.title],
    )
    return [one for row in rows if isinstance(one := _stored(row).content, Initiative)]


async def replace_former(conn: Connection, sent: SentRecord) -> None:
    """Forget what the same source said of this decision in the same language under another id: the city corrects a
    decision by a record with an id of its own."""
    if isinstance(sent.content, Decision | Motion):
        one = sent.content
        language = one.versions[0].language if isinstance(one, Decision) else one.language
        await conn.execute(REPLACE, sent.kind, sent.key, sent.source, sent.id, language)


async def move(conn: Connection, key: str, others: Collection[str]) -> None:
    """Bring all records of these other keys under one key."""
    rows = await conn.fetch(
        "select * from decisions.record where kind in ('decision', 'motion') and key = any($1::text[])", list(others)
    )
    for record in map(_stored, rows):
        content, case, said = None, record.case, record.digest
        if isinstance(record.content, Decision | Motion):
            moved = under(key, record.content)
            content, case, said = CONTENT[record.kind].dump_json(moved).decode(), moved.case, digest_of(moved)
        await conn.execute(MOVE, record.kind, record.id, key, case, said, content)


async def take_back(conn: Connection, records: Iterable[Stored], now: datetime) -> None:
    """Forget what records held."""
    for record in records:
        await conn.execute(TAKE_BACK, record.kind, [record.id], now)


async def take_back_case(conn: Connection, key: str, digest: str, now: datetime) -> None:
    """Remember that a case without a record of its own was taken back."""
    await conn.execute(TAKE_BACK_CASE, key, digest, now)


async def let_case_return(conn: Connection, key: str) -> None:
    """Let a case that was taken back be made anew from a decision."""
    await conn.execute("delete from decisions.record where kind = 'case' and id = $1 and content is null", key)


async def case_number_of(conn: Connection, keys: Collection[str]) -> str | None:
    """Return the case of these decisions, where one of their records has its number."""
    number: str | None = await conn.fetchval(
        "select case_key from decisions.record where key = any($1::text[]) and kind in ('decision', 'motion')"
        " and content is not null and case_key <> key limit 1",
        list(keys),
    )
    return number


async def forget(conn: Connection, kind: str, id_: str, keys: Collection[str]) -> None:
    """Leave nothing of a record, nor of other languages and sources of the same decision, nor of its motion."""
    kinds = ["decision", "motion"] if kind == "decision" else [kind]
    await conn.execute(
        "delete from decisions.record where kind = any($1::text[]) and (id = $2 or key = any($3::text[]))",
        kinds,
        id_,
        list(keys),
    )


def _stored(row: asyncpg.Record) -> Stored:
    content = CONTENT[row["kind"]].validate_json(row["content"]) if row["content"] else None
    return Stored(
        row["kind"],
        row["id"],
        row["key"],
        row["case_key"],
        row["digest"],
        content,
        row["answer_by"],
        row["source"],
        row["received_at"],
    )
