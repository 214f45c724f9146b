"""Apply a batch of records in one transaction: offset, effects, events and dead letters, or none of them."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omatoimi_contracts.topics import TOPICS

from chassis import dead_letters
from chassis.act import Fence, apply
from chassis.outbox import write_all
from chassis.protocols import LogHandler, TombstoneHandler
from chassis.record import DeadLetter, DeadLetterState, Record, Why
from chassis.records import Parsed, parse
from chassis.registry import cut
from chassis.service import Service
from chassis.transaction import Result, Transaction

OTHER_CONTENT = "the same id came before with other content"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch: how many of its events were known already, and how many records went to the dead
    letters."""

    doubled: int = 0
    dead: int = 0


class TooHeavy(Exception):
    """A batch that weighs more than one transaction takes; `parts` are the transactions that it takes."""

    def __init__(self, parts: Sequence[Sequence[Record]]) -> None:
        super().__init__(f"{len(parts)} transactions")
        self.parts = parts


async def apply_batch(service: Service, records: Sequence[Record], fence: Fence, budget: int | None = None) -> Applied:
    """Apply records of one topic in order. They are tombstones all or none, where the service takes tombstones. Raises
    `TooHeavy`, with nothing done, when their events weigh more than the budget."""
    topic, handlers = records[0].topic, service.handlers
    if topic in handlers.log_topics:
        return await apply_log(service, [handlers.log_read(record) for record in records], fence)
    if topic in handlers.tombstones and records[0].value is None:
        return await _without_inbox(service, handlers.tombstones[topic], [_key(record) for record in records], fence)
    found = await parse(service, records)
    if not found.items and not found.dead_letters:
        return await _pass_over(service, fence)
    if budget is not None and len(parts := _parts(service, records, found, budget)) > 1:
        raise TooHeavy(parts)
    return await _apply(service, found, fence, once=not _compacted(topic))


def _parts(service: Service, records: Sequence[Record], found: Parsed, budget: int) -> list[Sequence[Record]]:
    if not any(handler.weight for handler in service.handlers.handlers.values()):
        return [records]
    weights = {
        record.position: service.handlers.weight(item) for record, item in zip(found.records, found.items, strict=True)
    }
    return [records[part] for part in cut((weights.get(record.position, 1) for record in records), budget)]


async def apply_log(service: Service, read: Sequence[Any], fence: Fence) -> Applied:
    """Apply records of a whole log, as they were read for their handler."""
    assert service.handlers.log_handler is not None
    return await _without_inbox(service, service.handlers.log_handler, [list(read)], fence)


async def _pass_over(service: Service, fence: Fence) -> Applied:
    """Pass over what is not for us: one statement moves the offset, and is a transaction by itself."""
    async with service.pool.acquire() as conn:
        await fence(conn)
    return Applied()


async def dead_letter(service: Service, letter: DeadLetter, fence: Fence) -> Applied:
    """Move past a record with nothing but a dead letter."""
    return await _apply(service, Parsed([], [], [letter]), fence)


async def apply_once(service: Service, record: Record) -> str | None:
    """Apply one record outside the log, for a retry; returns why it cannot be applied, or None."""
    handlers = service.handlers
    if record.topic in handlers.log_topics or (record.value is None and record.topic in handlers.tombstones):
        await apply_batch(service, [record], _no_fence)
        return None
    found = await parse(service, [record])
    if found.dead_letters:
        return found.dead_letters[0].reason
    results = await apply(service, found.items, once=not _compacted(record.topic))
    return OTHER_CONTENT if any(one.other_content for one in results) else None


async def _no_fence(_: object) -> None:
    return None


def _compacted(topic: str) -> bool:
    # The last copy is the present state, and an early one may come again after it: an inbox would take the last for
    # known and leave the early one standing.
    return topic in TOPICS and TOPICS[topic].compacted


def _key(record: Record) -> str:
    return (record.key or b"").decode(errors="replace")


async def _apply(service: Service, found: Parsed, fence: Fence, *, once: bool = True) -> Applied:
    async def finish(tx: Transaction, results: Sequence[Result]) -> None:
        doubles = [
            DeadLetter(record, Why.OTHER_CONTENT, OTHER_CONTENT, "/id")
            for record, one in zip(found.records, results, strict=True)
            if one.other_content
        ]
        await dead_letters.keep(tx.conn, service, [*found.dead_letters, *doubles], tx.now)

    results = await apply(service, found.items, fence, finish, once=once)
    others = sum(one.other_content for one in results)
    return Applied(doubled=sum(one.repeated for one in results) - others, dead=len(found.dead_letters) + others)


async def _without_inbox(
    service: Service, call: LogHandler | TombstoneHandler, arguments: Sequence[Any], fence: Fence
) -> Applied:
    async with service.pool.acquire() as conn, conn.transaction():
        tx = service.transaction(conn)
        await fence(conn)
        for argument in arguments:
            await call(argument, tx)
        await write_all(service, tx)
    return Applied()


async def retry(service: Service, number: int) -> str:
    """Apply a letter again, through the same way as the first time; returns what became of it."""
    from chassis.batch import apply_once
    from chassis.record import Record

    async with service.pool.acquire() as conn:
        letter = await dead_letters.find(conn, number)
    if letter is None or letter.state is not DeadLetterState.OPEN:
        return f"there is no open dead letter {number}"
    headers = tuple((name, None if text is None else text.encode()) for name, text in json.loads(letter.headers))
    record = Record(letter.topic, letter.partition, letter.offset, 0, letter.key, letter.value, headers)
    try:
        reason = await apply_once(service, record)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    if reason:
        return f"dead letter {number} is as dead as before: {reason}"
    async with service.pool.acquire() as conn:
        await dead_letters.set_state(conn, number, DeadLetterState.RETRIED)
    return f"dead letter {number} is applied"
