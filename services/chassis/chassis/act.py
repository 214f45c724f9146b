"""Decide requests and apply facts in one transaction, whatever way they came in. Its order is the same for all: locks,
fence, inbox, look, decide, write, outcomes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast
from uuid import UUID

import asyncpg
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.vocabulary import Fact

from chassis import authorization, inbox, last_acts, locks
from chassis.database import Connection
from chassis.outbox import write_all
from chassis.protocols import BatchHandler, EventHandler, LockKey
from chassis.registry import BUDGET, Handler
from chassis.service import Service
from chassis.transaction import Answer, DueRequest, Emission, Outcome, Reject, Request, Result, Transaction

Item = Request[Any] | FactEvent[Fact]
Fence = Callable[[Connection], Awaitable[None]]
"""Moves the offset, or raises that the batch is stale."""
Finish = Callable[[Transaction, "Sequence[Result]"], Awaitable[None]]
"""What the endpoint does last in the same transaction: write dead letters, look at what it shows."""

LIMITS = """
select set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)
"""
TRIES = 8
ROLLED_BACK = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    locks.StartOver,
)
"""Errors after which the same transaction may well succeed when begun again."""


class _TakenBack(Exception):
    """Ends a transaction in which requests were only validated."""


async def ask(service: Service, request: Request[Any], *, validate_only: bool = False) -> Answer:
    """Decide one request: where its handler takes lists, together with others that ask at the same time; where it is
    heavy, beside them and one after another, so that the others keep their connections. With
    `validate_only` it is decided alone and all of it is taken back: the answer is what it would be now, and nothing
    has come of it. Raises `inbox.OtherContent` when its id came before with other content."""
    weight = service.handlers.weight(request)
    if weight > BUDGET:
        async with service.turn_of_the_heavy():
            (result,) = await decide(service, [request], None, validate_only=validate_only)
    elif validate_only or not service.handlers.handlers[request.type].batch:
        (result,) = await decide(service, [request], None, validate_only=validate_only)
    else:
        result = await service.group_commit.ask(partial(decide, service), request, weight)
    if result.other_content:
        raise inbox.OtherContent
    assert result.answer is not None
    return result.answer


async def decide(
    service: Service, requests: Sequence[Request[Any]], patience: float | None, *, validate_only: bool = False
) -> list[Result]:
    """Decide requests in one transaction, and look in it at what their answers are about. Raises TimeoutError when it
    is not ready to commit within `patience` seconds."""
    resources: dict[int, Mapping[str, object] | None] = {}
    first: dict[int, last_acts.LastAct] = {}

    async def look(tx: Transaction, results: Sequence[Result]) -> None:
        answered = {at: one.answer.outcome for at, one in enumerate(results) if one.answer}
        found = await service.resources(tx.conn, list(answered.values()))
        for at, resource in zip(answered, found, strict=True):
            resources[at] = resource.for_(requests[at].by) if resource else None
        for at, outcome in answered.items():
            if outcome.data.get("reason") == last_acts.FAILED:
                subject = last_acts.state_of(service.handlers.handlers[requests[at].type], requests[at])
                first[at] = await last_acts.last_act(service, tx.conn, subject)

    results = await apply(service, requests, finish=look, patience=patience, validate_only=validate_only)
    return [
        replace(one, answer=replace(one.answer, resource=resources[at], first=first.get(at))) if one.answer else one
        for at, one in enumerate(results)
    ]


async def apply(
    service: Service,
    items: Sequence[Item],
    fence: Fence | None = None,
    finish: Finish | None = None,
    *,
    once: bool = True,
    patience: float | None = None,
    validate_only: bool = False,
) -> list[Result]:
    """Apply events in one transaction, in order; all of it or nothing, and with `validate_only` nothing. With `once`
    what came before is recognised by its id and not applied again. Raises TimeoutError when it is not ready to commit
    within `patience` seconds."""
    items = [await _prepared(service, item) for item in items]
    heaviest = max(map(service.handlers.weight, items), default=1)
    pool = service.pool if heaviest <= BUDGET else service.heavy_pool
    for attempt in range(TRIES):
        try:
            async with pool.acquire() as conn, conn.transaction(), asyncio.timeout(patience):
                if heaviest > BUDGET:
                    await conn.execute(LIMITS, f"{int(service.seconds(heaviest) * 1000)}ms")
                results = await _apply(service, service.transaction(conn), items, fence, finish, once)
                if validate_only:
                    raise _TakenBack
            return results
        except _TakenBack:
            return results
        except ROLLED_BACK:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.005 * 2**attempt)
    raise AssertionError("unreachable")


async def _prepared(service: Service, item: Item) -> Item:
    handler = service.handlers.handlers[item.type]
    if handler.prepare is None or not isinstance(item, Request) or not authorization.may_at_all(handler, item):
        return item
    return replace(item, prepared=await handler.prepare(item))


async def _apply(
    service: Service,
    tx: Transaction,
    items: Sequence[Item],
    fence: Fence | None,
    finish: Finish | None,
    once: bool,
) -> list[Result]:
    events = [item.event if isinstance(item, Request) else item for item in items]
    runs = list(service.handlers.runs(events))
    locking = any(handler.locks for handler, _ in runs)
    keys = await _keys(tx, runs, items)
    await locks.acquire(tx.conn, service.locks, keys)
    if fence is not None:
        await fence(tx.conn)
    digests = [_digest(item) for item in items] if once else []
    fresh, known = await inbox.enter(tx.conn, events, digests, tx.now) if once else ([True] * len(items), {})
    # Asked again also when there was nothing to lock: what was not there yet may have come while we waited.
    if locking and await _keys(tx, runs, items) != keys:
        raise locks.StartOver
    held = await last_acts.hold(service, tx.conn, runs, items)
    answered = await _handle(runs, items, fresh, held, tx)
    outcomes = await write_all(service, tx)
    ended = {(events[at].source, events[at].id): outcomes[index] for at, index in answered.items()}
    await inbox.keep_outcomes(tx.conn, ended)
    overtaken = [at for at, item in enumerate(items) if fresh[at] and at not in answered and _of_clock(item)]
    await inbox.forget(tx.conn, [(events[at].source, events[at].id) for at in overtaken])
    results = [Result()] * len(items)
    if once:
        results = [
            _result((event.source, event.id), digest, new, known, ended)
            for event, digest, new in zip(events, digests, fresh, strict=True)
        ]
    if finish is not None:
        await finish(tx, results)
    return results


def _digest(item: Item) -> bytes:
    return inbox.digest(item.event, item.by.person) if isinstance(item, Request) else inbox.digest(item)


async def _keys(tx: Transaction, runs: Sequence[tuple[Handler, list[int]]], items: Sequence[Item]) -> set[LockKey]:
    keys: set[LockKey] = set()
    for handler, positions in runs:
        run = [items[at] for at in positions if authorization.may_at_all(handler, items[at])]
        if handler.locks is not None and run:
            keys |= await handler.locks(tx, run)
    return keys


async def _handle(
    runs: Sequence[tuple[Handler, list[int]]],
    items: Sequence[Item],
    fresh: Sequence[bool],
    held: Mapping[str, int],
    tx: Transaction,
) -> dict[int, int]:
    """Call the handlers, unless somebody was first; returns for each request's position where its outcome stands among
    the emissions."""
    answered: dict[int, int] = {}
    for handler, run in runs:
        positions = [position for position in run if fresh[position]]
        if handler.may is not None:
            reasons = await authorization.refusals(handler, [items[position] for position in positions], tx)
            refused = {at: Reject(reason) for at, reason in zip(positions, reasons, strict=True) if reason}
            answered |= _insert_outcomes(
                tx, len(tx.emissions), [(at, items[at], answer) for at, answer in refused.items()]
            )
            positions = [position for position in positions if position not in refused]
        for part in last_acts.parts(handler, items, positions):
            before, first = len(tx.emissions), items[part[0]]
            if last_acts.overtaken(handler, first, held, tx):
                answers: Sequence[Emission | Reject | None] = [Reject(last_acts.FAILED)]
            elif handler.batch:
                told = await cast(BatchHandler, handler.call)([items[position] for position in part], tx)
                answers = _named(handler, told or [None] * len(part))
            else:
                answers = _named(handler, [await cast(EventHandler, handler.call)(first, tx)])
            results = zip(part, answers, strict=True)
            answered |= _insert_outcomes(
                tx, before, [(at, items[at], answer) for at, answer in results if answer is not None]
            )
    for position, item in enumerate(items):
        if fresh[position] and isinstance(item, Request) and position not in answered and not _of_clock(item):
            raise TypeError(f"the handler of {item.type} gave no outcome")
    return answered


def _named(handler: Handler, answers: Sequence[Emission | Reject | None]) -> Sequence[Emission | Reject | None]:
    """Return what a handler answered; a code that stands beside it in no `reasons` would have neither status nor
    words."""
    for answer in answers:
        if isinstance(answer, Reject) and not handler.gives(answer.reason):
            raise TypeError(f"the handler of {handler.kind.TYPE} gave '{answer.reason}', which is none of its reasons")
    return answers


def _of_clock(item: Item) -> bool:
    return isinstance(item, Request) and isinstance(item.data, DueRequest)


def _insert_outcomes(
    tx: Transaction, before: int, results: Sequence[tuple[int, Item, Emission | Reject]]
) -> dict[int, int]:
    """Put outcomes among what was emitted since `before`: each ahead of what stands beside it (a task after the booking
    that asked for it), and after what had another cause (a notice that fell due was published before it was changed).
    Returns where each position's outcome stands."""
    beside = tx.emissions[before:]
    del tx.emissions[before:]
    answered: dict[int, int] = {}
    outcomes = [(at, _emission(item, answer)) for at, item, answer in results]
    causes = {_cause(outcome) for _, outcome in outcomes}
    tx.emissions += [one for one in beside if _cause(one) not in causes]
    for at, outcome in outcomes:
        answered[at] = len(tx.emissions)
        tx.emissions += [outcome, *(one for one in beside if _cause(one) == _cause(outcome))]
    return answered


def _cause(one: Emission) -> tuple[str | None, UUID | None]:
    return one.causationsource, one.causationid


def _emission(item: Item, answer: Emission | Reject) -> Emission:
    if not isinstance(item, Request):
        raise TypeError(f"{item.type} is a fact: its handler has nothing to answer")
    if isinstance(answer, Emission):
        if not answer.outcome or (answer.causationsource, answer.causationid) != (item.event.source, item.id):
            raise TypeError(f"the handler of {item.type} returned what is not the outcome of this request")
        return answer
    fact = RequestRejected(request=item.id, requesttype=item.type, reason=answer.reason)
    return item.outcome(fact, unit=item.by.channel.unit)


def _result(
    key: inbox.RequestKey,
    digest: bytes,
    new: bool,
    known: dict[inbox.RequestKey, tuple[bytes, Outcome | None]],
    ended: dict[inbox.RequestKey, Outcome],
) -> Result:
    before_digest, before = known[key]
    if digest != before_digest:
        return Result(other_content=True, repeated=True)
    outcome = ended.get(key, before)
    return Result(Answer(outcome, repeated=not new) if outcome else None, repeated=not new)
