"""Every record of the event topics, as it stands in the log, goes into the ledger."""

import asyncio

from chassis import Transaction
from chassis.worker import Record
from omatoimi_contracts.topics import BOOKING_EVENTS, DECISIONS_EVENTS, NOTICES_EVENTS, USAGE_EVENTS

from analytics.domain.entries import entry
from analytics.registry import registry
from analytics.store import ledger

TOPICS = (BOOKING_EVENTS, NOTICES_EVENTS, DECISIONS_EVENTS, USAGE_EVENTS)

_AT_A_TIME = 100
"""Records read before the loop turns: some five milliseconds."""


@registry.on_log(*(topic.name for topic in TOPICS))
async def keep(records: list[Record], tx: Transaction) -> None:
    """Write records into the ledger, each in its class, and fold what is new."""
    entries = []
    for position, r in enumerate(records, start=1):
        entries.append(entry(r.topic, r.partition, r.offset, r.timestamp, r.value, r.headers))
        if position % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    await ledger.append(tx.conn, entries)
