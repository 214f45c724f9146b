"""Write every record of the event topics into the ledger, as it stands in the log."""

from chassis import Registry, Transaction
from chassis.worker import Record
from omatoimi_contracts.topics import BOOKING_EVENTS, DECISIONS_EVENTS, NOTICES_EVENTS, USAGE_EVENTS

from analytics.domain.entries import Entry, entry, unreadable
from analytics.store import ledger

TOPICS = (BOOKING_EVENTS, NOTICES_EVENTS, DECISIONS_EVENTS, USAGE_EVENTS)


def register(registry: Registry) -> None:
    """Take every record of the event topics."""
    registry.on_log(*(topic.name for topic in TOPICS), read=read)(keep)


def read(record: Record) -> Entry:
    """Tell what the record is to the ledger."""
    place = record.topic, record.partition, record.offset, record.timestamp
    if record.fault:
        return unreadable(*place, record.value, record.fault)
    return entry(*place, record.value, record.headers)


async def keep(entries: list[Entry], tx: Transaction) -> None:
    """Write records into the ledger, each in its class, and fold what is new."""
    await ledger.begin(tx.conn)
    await ledger.append(tx.conn, await ledger.not_yet_read(tx.conn, entries))
