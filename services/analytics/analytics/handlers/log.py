"""Every record of the event topics, as it stands in the log, goes into the ledger."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat

from chassis import Registry, Transaction
from chassis.worker import Record
from omatoimi_contracts.topics import BOOKING_EVENTS, DECISIONS_EVENTS, NOTICES_EVENTS, USAGE_EVENTS

from analytics.domain.entries import Entry, entry
from analytics.store import ledger
from analytics.store.ledger import Placed

TOPICS = (BOOKING_EVENTS, NOTICES_EVENTS, DECISIONS_EVENTS, USAGE_EVENTS)

PIECES = (125, 250, 500)
"""Records that are written and folded together, the last number from there on. The next are read meanwhile, so that
both cores have work; the first are few, so that the database has not long to wait for them."""
_AT_A_TIME = 2
"""Records read before the loop turns: some 50 microseconds, so that the database is answered at once."""


def register(registry: Registry) -> None:
    """Take every record of the event topics."""
    registry.on_log(*(topic.name for topic in TOPICS))(keep)


async def keep(records: list[Record], tx: Transaction) -> None:
    """Write records into the ledger, each in its class, and fold what is new."""
    await ledger.begin(tx.conn)
    pieces = _pieces(await ledger.not_yet_read(tx.conn, records))
    entries = await _read(next(pieces))
    for following in pieces:
        _, entries = await asyncio.gather(ledger.append(tx.conn, entries), _read(following))
    await ledger.append(tx.conn, entries)


def _pieces(unread: list[Placed]) -> Iterator[list[Placed]]:
    sizes, first = chain(PIECES, repeat(PIECES[-1])), 0
    while first < max(1, len(unread)):
        size = next(sizes)
        yield unread[first : first + size]
        first += size


async def _read(piece: list[Placed]) -> list[Entry]:
    entries = []
    for position, (log, r) in enumerate(piece, start=1):
        one = entry(r.topic, r.partition, r.offset, r.timestamp, r.value, r.headers)
        entries.append(one if log == r.topic else one._replace(log=log))
        if position % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return entries
