"""What the clock causes: the next key is published and an outlived one dropped, and what was kept long enough is
forgotten; messages are counted, and what is left of them is put in order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from chassis import ScheduledJob, Service, Settings, Transaction, by_clock, scheduled
from omatoimi_contracts.messages import MessagesCounted
from omatoimi_contracts.vocabulary import Slot

from people.keys import rotate
from people.mail.folder import Folder
from people.store import access_log, contacts, counts, exports, memberships, messages, persons

AT_ONCE = 200


@scheduled(every=timedelta(minutes=1))
async def rotate_keys(tx: Transaction) -> int:
    """Publish the next key ten minutes before it signs; drop a key when the last token that it signed is over."""
    await rotate(tx.conn, tx.now)
    return 0


@scheduled(every=timedelta(hours=1))
async def forget(tx: Transaction) -> int:
    """Forget what the rules of retention (`domain/retention.py`) say is over."""
    kept = tx.installation.retention
    unused = await persons.unused_since(tx.conn, tx.now - timedelta(days=kept.contact_details), AT_ONCE)
    await contacts.forget(tx.conn, unused)
    over = await memberships.forget(tx.conn, tx.now - timedelta(days=kept.memberships), AT_ONCE)
    seen = await access_log.forget(tx.conn, tx.now - timedelta(days=kept.access_log), AT_ONCE)
    told = await messages.forget(tx.conn, tx.now - timedelta(days=kept.messages), AT_ONCE)
    return len(unused) + over + seen + told + await exports.forget(tx.conn, tx.now, AT_ONCE)


@scheduled(every=timedelta(minutes=1))
async def settle(tx: Transaction) -> int:
    """Say of messages whose jobs were given up that something here is wrong."""
    await messages.settle(tx.conn, tx.now)
    return 0


@scheduled(every=timedelta(minutes=5))
async def count(tx: Transaction) -> int:
    """Tell everybody how many messages of each kind came into each state, for each hour that is over."""
    for hour, unit, kind, state, number in await counts.take(tx.conn, tx.now):
        slot = Slot(start=hour, end=hour + timedelta(hours=1))
        fact = MessagesCounted(slot=slot, kind=kind, state=state, messages=number)
        tx.emit(by_clock(fact, unit=unit, time=slot.end))
    return 0


def _clear(folder: Folder) -> ScheduledJob:
    async def clear(service: Service) -> int:
        """Remove the mails of persons who were erased, and those that are kept no longer, from the folder."""
        kept = await asyncio.to_thread(folder.kept)
        async with service.pool.acquire() as conn:
            there = await messages.there(conn, kept)
        await asyncio.to_thread(folder.forget, set(kept) - there)
        return 0

    return ScheduledJob("clear", timedelta(seconds=20), clear)


def jobs(settings: Settings) -> Sequence[ScheduledJob]:
    """Return what people does by the clock."""
    folder = settings.mail_folder
    return [rotate_keys, forget, settle, count, *([_clear(Folder(folder))] if folder is not None else [])]
