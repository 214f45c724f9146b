"""The city's records as they were last sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from chassis import Connection

from decisions.reading import CONTENT, Kept, Sent

KEEP = """
insert into decisions.record as r (kind, id, key, case_key, digest, content, answer_by, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (kind, id) do update set key = excluded.key, case_key = excluded.case_key, digest = excluded.digest,
    content = excluded.content, answer_by = excluded.answer_by, received_at = excluded.received_at
"""
NEAR = "select distinct id, key, case_key from decisions.record where id = any($1::text[]) or key = any($1::text[])"
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
    """A record that came before; `content` is None once it was taken back."""

    kind: str
    id: str
    key: str
    case: str | None
    digest: str
    content: Kept | None
    answer_by: datetime | None


async def find(conn: Connection, kind: str, id_: str) -> Stored | None:
    """A record by its own id."""
    row = await conn.fetchrow("select * from decisions.record where kind = $1 and id = $2", kind, id_)
    return _stored(row) if row else None


async def named(conn: Connection, kinds: Sequence[str], name: str) -> list[Stored]:
    """The record with this id; where there is none, those with this key: all languages of a decision."""
    for column in ("id", "key"):
        rows = await conn.fetch(
            f"select * from decisions.record where kind = any($1::text[]) and {column} = $2 order by id",  # noqa: S608
            list(kinds),
            name,
        )
        if rows:
            return [_stored(row) for row in rows]
    return []


async def near(conn: Connection, names: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """Id, key and case of the records that have one of these names as id or key."""
    rows = await conn.fetch(NEAR, list(set(names)))
    return [(row["id"], row["key"], row["case_key"]) for row in rows]


async def of_keys(conn: Connection, keys: Collection[str]) -> list[Stored]:
    """The decisions and motions of these keys, in the order they came."""
    rows = await conn.fetch(
        "select * from decisions.record where kind in ('decision', 'motion') and key = any($1::text[])"
        " and content is not null order by received_at, id",
        list(keys),
    )
    return [_stored(row) for row in rows]


async def cases(conn: Connection, keys: Collection[str]) -> dict[str, Stored]:
    """The cases' own records, also what was taken back, by key."""
    rows = await conn.fetch("select * from decisions.record where kind = 'case' and id = any($1::text[])", list(keys))
    return {row["id"]: _stored(row) for row in rows}


async def answer_by(conn: Connection, cases: Collection[str]) -> dict[str, datetime]:
    """The answer dates that were set with these cases."""
    return {row["case_key"]: row["answer_by"] for row in await conn.fetch(ANSWER_BY, list(cases))}


async def keep(conn: Connection, sent: Sent, digest: str, answer_by: datetime | None, now: datetime) -> None:
    """Keep a record as it was sent, in place of what came before under its id."""
    content = CONTENT[sent.kind].dump_json(sent.content).decode()
    await conn.execute(KEEP, sent.kind, sent.id, sent.key, sent.case, digest, content, answer_by, now)


async def take_back(conn: Connection, records: Iterable[Stored], now: datetime) -> None:
    """Forget what records held."""
    for record in records:
        await conn.execute(TAKE_BACK, record.kind, [record.id], now)


async def take_back_case(conn: Connection, key: str, digest: str, now: datetime) -> None:
    """Remember that a case without a record of its own was taken back."""
    await conn.execute(TAKE_BACK_CASE, key, digest, now)


async def let_case_return(conn: Connection, key: str) -> None:
    """A case that was taken back may be made anew from a decision."""
    await conn.execute("delete from decisions.record where kind = 'case' and id = $1 and content is null", key)


async def forget(conn: Connection, kind: str, id_: str, key: str) -> None:
    """Leave nothing of a record, nor of other languages of the same decision, nor of its motion."""
    kinds = ["decision", "motion"] if kind == "decision" else [kind]
    await conn.execute(
        "delete from decisions.record where kind = any($1::text[]) and (id = $2 or key = $3)", kinds, id_, key
    )


def _stored(row: asyncpg.Record) -> Stored:
    content = CONTENT[row["kind"]].validate_json(row["content"]) if row["content"] else None
    return Stored(row["kind"], row["id"], row["key"], row["case_key"], row["digest"], content, row["answer_by"])
