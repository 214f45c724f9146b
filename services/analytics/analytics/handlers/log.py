"""Every record of the event topics, as it stands in the log, goes into the ledger."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat

from chassis import Transaction
from chassis.worker import Record
from omatoimi_contracts.topics import BOOKING_EVENTS, DECISIONS_EVENTS, NOTICES_EVENTS, USAGE_EVENTS

from analytics.domain.entries import Entry, entry
from analytics.registry import registry
from analytics.store import ledger

TOPICS = (BOOKING_EVENTS, NOTICES_EVENTS, DECISIONS_EVENTS, USAGE_EVENTS)

PIECES = (125, 250, 500)
"""Records that are written and folded together, the last number from there on. The next are read meanwhile, so that
both cores have work; the first are few, so that the database has not long to wait for them."""
_AT_A_TIME = 5
"""Records read before the loop turns: some tenth of a millisecond, so that the database is answered at once."""


@registry.on_log(*(topic.name for topic in TOPICS))
async def keep(records: list[Record], tx: Transaction) -> None:
    """Write records into the ledger, each in its class, and fold what is new."""
    pieces = _pieces(records)
    entries = await _read(next(pieces))
    for following in pieces:
        _, entries = await asyncio.gather(ledger.append(tx.conn, entries), _read(following))
    await ledger.append(tx.conn, entries)


def _pieces(records: list[Record]) -> Iterator[list[Record]]:
    sizes, first = chain(PIECES, repeat(PIECES[-1])), 0
    while first < max(1, len(records)):
        size = next(sizes)
        yield records[first : first + size]
        first += size


async def _read(records: list[Record]) -> list[Entry]:
    entries = []
    for position, r in enumerate(records, start=1):
        entries.append(entry(r.topic, r.partition, r.offset, r.timestamp, r.value, r.headers))
        if position % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return entries
