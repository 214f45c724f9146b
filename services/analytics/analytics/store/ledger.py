"""The ledger: every record of the event topics, once, with its place and its class, and the facts in step with it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict, cast

import asyncpg
from chassis import Connection
from omatoimi_contracts.event import is_demo

from analytics.domain.entries import DEMO, FOLDED, UNFIT, UNKNOWN, Entry, doubled, quarantined
from analytics.store import facts, queries

LOCK = 0x616E616C79746963
"""One writer at a time, so that the ledger's numbers stand in the order of commits."""

COLUMNS = (
    "log", "partition", "offset", "timestamp", "class", "source", "id", "type", "subject", "sequence", "time",
    "recordedtime", "unit", "channel", "reason", "detail", "raw",
)  # fmt: skip

KNOWN = """
select source, id from analytics.ledger where id = any($1::uuid[]) and class in ('folded', 'unknown', 'demo')
"""
# Not shown, because it was taken out or because it is another installation's, example content counts for nothing.
SHOWS_DEMO = "select exists (select from chassis.demo where state <> 'taken out')"
SET_DEMO_ASIDE = """
update analytics.ledger set class = 'demo' where class in ('folded', 'unknown') and source like '%/demo'
"""
LOGS = """
select topic, partition, coalesce(r.log, topic) as log,
    (select max(l."offset") from analytics.ledger l where l.log = coalesce(r.log, topic) and l.partition = w.partition)
        as last
from unnest($1::text[], $2::int[]) w(topic, partition) left join analytics.log r using (topic, partition)
"""
HELD = """
select "offset", timestamp from analytics.ledger where log = $1 and partition = $2 and "offset" = any($3::bigint[])
"""
BEGIN_LOG = """
insert into analytics.log (topic, partition, log) values ($1, $2, $3)
on conflict (topic, partition) do update set log = excluded.log
"""


# A plan that was made while the ledger was small must not read all of it when it is large.
BY_INDEX = "select set_config('search_path', $1, true), set_config('enable_seqscan', 'off', true)"


async def lock(conn: Connection) -> None:
    """Be the one writer until the transaction ends."""
    await conn.execute("select pg_advisory_xact_lock($1)", LOCK)


async def begin(conn: Connection) -> None:
    """Be the one writer, of the facts as they are, until the transaction ends."""
    await lock(conn)
    await conn.execute(BY_INDEX, queries.LIVE)


async def append(conn: Connection, entries: Sequence[Entry]) -> None:
    """Write entries that stand at places not yet read, and fold them into the facts; the transaction has begun with
    `begin`. An entry that the facts cannot hold goes to quarantine, and no other with it."""
    if not entries:
        return
    await _write_fit(conn, await _recognise(conn, entries))


async def _write_fit(conn: Connection, entries: Sequence[Entry]) -> None:
    try:
        await _write(conn, entries)
    except (asyncpg.DataError, asyncpg.ProgramLimitExceededError) as fault:
        if len(entries) == 1:
            await _write(conn, [quarantined(entries[0], UNFIT, str(fault))])
            return
        middle = len(entries) // 2
        await _write_fit(conn, entries[:middle])
        await _write_fit(conn, entries[middle:])


async def _write(conn: Connection, entries: Sequence[Entry]) -> None:
    async with conn.transaction():
        since = await conn.fetchval("select coalesce(max(number), 0) from analytics.ledger")
        await conn.copy_records_to_table("ledger", schema_name="analytics", columns=COLUMNS, records=entries)
        types = {one.type for one in entries if one.type and one.class_ == FOLDED}
        await facts.fold(conn, since, types)
        await facts.read_overtaken(conn, since, types)


async def set_demo_aside(conn: Connection) -> None:
    """Put all example content into its class; the caller holds the ledger and folds anew. A rebuild that is under way
    would count it still, and has to begin again."""
    await conn.execute(SET_DEMO_ASIDE, timeout=facts.PATIENCE)
    await conn.execute("delete from analytics.rebuild")


async def _recognise(conn: Connection, entries: Sequence[Entry]) -> list[Entry]:
    """Tell copies of what is known, here or earlier in the same batch, and example content that is not shown, from what
    is new and counts."""
    named = [one for one in entries if one.class_ in (FOLDED, UNKNOWN)]
    shows_demo = await conn.fetchval(SHOWS_DEMO) if any(is_demo(one.source or "") for one in named) else True
    rows = await conn.fetch(KNOWN, [one.id for one in named])
    known = {(row["source"], row["id"]) for row in rows}
    told = []
    for one in entries:
        if one.class_ in (FOLDED, UNKNOWN):
            if (one.source, one.id) in known:
                one = doubled(one)
            elif not shows_demo and is_demo(one.source or ""):
                one = one._replace(class_=DEMO)
            known.add((one.source, one.id))
        told.append(one)
    return told


async def not_yet_read(conn: Connection, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with the log in which they stand, without those that were read before from the same log.
    Another record at a place that is held means that the topic was made anew: its records stand in a log of their own
    from then on."""
    unread: list[Entry] = []
    groups: defaultdict[tuple[str, int], list[Entry]] = defaultdict(list)
    for one in entries:
        groups[one.log, one.partition].append(one)
    rows = await conn.fetch(LOGS, [topic for topic, _ in groups], [partition for _, partition in groups])
    for row in rows:
        group, log = groups[row["topic"], row["partition"]], row["log"]
        if row["last"] is not None and row["last"] >= min(one.offset for one in group):
            held = await _present(conn, log, group)
            if any(held.get(one.offset, one.timestamp) != one.timestamp for one in group):
                log = _next_log(row["topic"], log)
                await conn.execute(BEGIN_LOG, row["topic"], row["partition"], log)
            else:
                group = [one for one in group if one.offset not in held]
        unread += group if log == row["topic"] else [one._replace(log=log) for one in group]
    return unread


async def _present(conn: Connection, log: str, group: Sequence[Entry]) -> dict[int, int]:
    rows = await conn.fetch(HELD, log, group[0].partition, [one.offset for one in group])
    return {row["offset"]: row["timestamp"] for row in rows}


def _next_log(topic: str, log: str) -> str:
    number = int(log.removeprefix(topic).removeprefix(".log") or 1)
    return f"{topic}.log{number + 1}"


PAGE = """
select number, log, partition, "offset", class, source, id::text, type, subject, sequence,
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    to_char(recordedtime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recordedtime,
    unit, reason, detail, raw
from analytics.ledger
where number > $1 and ($2::text is null or class = $2) and ($3::text is null or subject = $3)
order by number limit 100
"""

ListedEntry = TypedDict(
    "ListedEntry",
    {
        "number": int,
        "log": str,
        "partition": int,
        "offset": int,
        "class": str,
        "source": str | None,
        "id": str | None,
        "type": str | None,
        "subject": str | None,
        "sequence": str | None,
        "time": str | None,
        "recordedtime": str | None,
        "unit": str | None,
        "reason": str | None,
        "detail": str | None,
        "raw": str | None,
    },
)
"""A row of the ledger as its list tells it, moments and bytes as text."""


async def page(conn: Connection, class_: str | None, subject: str | None, after: int) -> list[ListedEntry]:
    """Return at most 100 rows after a number; bytes that are no UTF-8 are escaped, so that nothing is lost to the
    eye."""
    rows = await conn.fetch(PAGE, after, class_, subject)
    return [cast(ListedEntry, {**row, "raw": _as_text(row["raw"])}) for row in rows]


def _as_text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "backslashreplace")
