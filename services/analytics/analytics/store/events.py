"""Events as the ledger took them down: first copies only, in the order of its numbers, in pieces of bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis import Connection

WINDOW = 5_000
"""Rows looked at by one statement, however few of them are wanted."""

LAST = "select coalesce(max(number), 0) from analytics.ledger"
WINDOW_ENDS = """
select max(number) from (select number from analytics.ledger where number > $1 order by number limit $2) looked_at
"""
READ = """
select number, log, partition, "offset", raw from analytics.ledger
where number > $1 and number <= $2 and class in ('folded', 'unknown') and ($8 or source not like '%/demo')
    and ($3::text[] is null or split_part(log, '.log', 1) = any($3))
    and ($4::text[] is null or type = any($4))
    and ($5::text[] is null or unit = any($5))
    and ($6::text is null or subject = $6)
    and ($7::bigint is null or timestamp >= $7)
order by number limit $9
"""
# Said so that the index on subjects serves: the window is then the whole ledger.
READ_OF_SUBJECT = READ.replace("($6::text is null or subject = $6)", "subject = $6 and class = 'folded'")

# In each partition the records stand by their timestamps, so the first one at or after a moment is found by halving.
SINCE = """
with recursive search as (
    select log, partition, 0::bigint as low, max(next_offset) as high from facts.tally group by log, partition
    union all
    select log, partition, case when early then middle + 1 else low end, case when early then high else middle end
    from search, lateral (select (low + high) / 2 as middle) half, lateral (
        select l.timestamp < $1 as early from analytics.ledger l
        where l.log = search.log and l.partition = search.partition and l."offset" >= middle
        order by l."offset" limit 1
    ) there
    where low < high
)
select min(number) from (
    select log, partition, low from search where low = high
) found, lateral (
    select number from analytics.ledger l
    where l.log = found.log and l.partition = found.partition and l."offset" >= low
    order by l."offset" limit 1
) first
"""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: None is all of them. `since` leaves out what stood on its topic before that moment; `demo` takes
    example content in."""

    topics: Sequence[str] | None = None
    types: Sequence[str] | None = None
    units: Sequence[str] | None = None
    subject: str | None = None
    since: datetime | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its number in the ledger and its place in the log; `raw` is the CloudEvent as it came."""

    number: int
    topic: str
    partition: int
    offset: int
    raw: bytes

    @property
    def json(self) -> bytes:
        """Number, topic, partition, offset and event as one JSON object; the event's bytes stand in it as they came."""
        head = f'{{"number":{self.number},"topic":"{self.topic}","partition":{self.partition},"offset":{self.offset}'
        return b'%b,"event":%b}' % (head.encode(), self.raw)


ONE = 'select number, log, partition, "offset", class, raw from analytics.ledger where number = $1'


async def one(conn: Connection, number: int) -> tuple[StoredEvent, str] | None:
    """Return the record of a number and its class; its bytes are empty where the record is a copy."""
    row = await conn.fetchrow(ONE, number)
    if row is None:
        return None
    kept = StoredEvent(row["number"], _topic(row["log"]), row["partition"], row["offset"], row["raw"] or b"")
    return kept, row["class"]


async def last(conn: Connection) -> int:
    """Return the number of the ledger's last row, 0 when it is empty."""
    number: int = await conn.fetchval(LAST)
    return number


async def before(conn: Connection, moment: datetime) -> int:
    """Return the number after which everything follows that stood on its topic at or after a moment."""
    first: int | None = await conn.fetchval(SINCE, _milliseconds(moment))
    return await last(conn) if first is None else first - 1


async def after(conn: Connection, number: int, wanted: EventFilter, at_most: int) -> tuple[list[StoredEvent], int]:
    """Return the wanted events after a number, and the number up to which all was looked at: the one given when there
    is nothing further."""
    while True:
        if wanted.subject is None:
            end = await conn.fetchval(WINDOW_ENDS, number, WINDOW)
        else:
            end = await last(conn)
        if end is None or end <= number:
            return [], number
        rows = await conn.fetch(
            READ if wanted.subject is None else READ_OF_SUBJECT,
            number,
            end,
            wanted.topics,
            wanted.types,
            wanted.units,
            wanted.subject,
            None if wanted.since is None else _milliseconds(wanted.since),
            wanted.demo,
            at_most,
        )
        found = [StoredEvent(r["number"], _topic(r["log"]), r["partition"], r["offset"], r["raw"]) for r in rows]
        if len(found) == at_most:
            return found, found[-1].number
        if found:
            return found, end
        number = end


def _topic(log: str) -> str:
    # Records of a topic that was made anew stand in a log of their own.
    return log.partition(".log")[0]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
