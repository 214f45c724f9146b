"""Tell who was first, and refuse whoever has not seen it (docs/adr/0030): the state of a thing is the `sequence` of the
last event about it, a request may name the one that it is based on (`ifmatch`, over HTTP `If-Match`), and is decided
where nothing was done since.

All of it stands beside the subject's counter, with the events themselves, for whatever a service takes: what was done
last, when, and in which role; no person.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import Any, NotRequired, TypedDict, TypeVar

from fastapi import Response
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from chassis.database import Connection
from chassis.problem import Problem
from chassis.registry import Handler
from chassis.service import Service
from chassis.transaction import Request, Transaction

FAILED = "precondition-failed"
TAG = re.compile(r'(?:W/)?"([0-9]{10})(?:\.[0-9a-f]+)?"')
"""The entity tag of a state, and perhaps of the words in which it was read, which do not matter here."""
LAST = """
select last, last_by, last_at, last_type, last_typed from chassis.subject
where topic = any($1::text[]) and subject = $2 and last_at is not null
order by last_at desc limit 1
"""
STATES = "select subject, last from chassis.subject where topic = $1 and subject = any($2::text[])"
HOLD = """
insert into chassis.subject as s (topic, subject, last)
select $1, subject, 0 from unnest($2::text[]) subject order by subject
on conflict (topic, subject) do update set last = s.last
returning subject, last
"""
"""Like the counting of events, it waits for whoever writes about a subject, be it the first event of it."""
Item = Request[Any] | FactEvent[Fact]


class Tagged(TypedDict):
    """A thing as it is read, with the entity tag of its state."""

    etag: NotRequired[str]


Thing = TypeVar("Thing", bound=Tagged | dict[str, Any])


class LastAct(Tagged, total=False):
    """What was done last to a thing: by which role, when (with an offset) and with which type of event; `sequence`
    counts the events of it."""

    sequence: int
    at: str
    by: str
    type: str


async def last_act(service: Service, conn: Connection, subject: str) -> LastAct:
    """Return who last did what to it and when, and how many events there are of it; nothing where nobody has since
    that is written down."""
    row = await conn.fetchrow(LAST, [service.writes, *service.also_writes], subject)
    if row is None:
        return {}
    told: LastAct = {"sequence": row["last"], "etag": tag(row["last"]), "at": row["last_at"].isoformat()}
    if row["last_by"]:
        told["by"] = row["last_by"]
    if row["last_typed"] == row["last"]:
        told["type"] = row["last_type"]
    return told


@asynccontextmanager
async def reading(service: Service, *, readonly: bool = True) -> AsyncIterator[Connection]:
    """Give a connection on which all reads see one moment, so that a thing and its state belong together."""
    async with service.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=readonly):
        yield conn


async def tell_states(service: Service, conn: Connection, name: str, things: list[Thing]) -> list[Thing]:
    """Put the `etag` of its state into each of these things, which have their subject under that name."""
    subjects = [str(subject) for subject in map(itemgetter(name), things)]
    found = await _states(service, conn, STATES, set(subjects)) if things else {}
    for thing, subject in zip(things, subjects, strict=True):
        thing["etag"] = tag(found.get(subject, 0))
    return things


async def tell_state(service: Service, conn: Connection, subject: object, thing: Thing, answer: Response) -> Thing:
    """Put the `etag` of its state into the one thing that is read, and into the answer's header too."""
    found = await _states(service, conn, STATES, {str(subject)})
    state = tag(found.get(str(subject), 0))
    answer.headers["ETag"] = f'"{state}"'
    thing["etag"] = state
    return thing


def tag(sequence: int) -> str:
    """Return the `etag` of a state."""
    return f"{sequence:010d}"


def state_in(if_match: str | None) -> int | None:
    """Return the state that the header If-Match names. Raises Problem where it holds something else, as a list."""
    if if_match is None:
        return None
    if (found := TAG.fullmatch(if_match)) is None:
        raise Problem(400, "malformed", 'The header If-Match holds one entity tag: "0000000007".', header="If-Match")
    return int(found[1])


def state_of(handler: Handler, request: Request[Any]) -> str:
    """Return the subject of the thing whose state a request names."""
    return handler.state_of(request) if handler.state_of else str(request.data.subject())


async def hold(
    service: Service, conn: Connection, runs: Sequence[tuple[Handler, list[int]]], items: Sequence[Item]
) -> Mapping[str, int]:
    """Return the states of the things that requests are based on, which nobody changes until the transaction ends."""
    named = {
        state_of(handler, item)
        for handler, run in runs
        for item in (items[at] for at in run)
        if isinstance(item, Request) and _named(item)
    }
    return await _states(service, conn, HOLD, named) if named else {}


def overtaken(handler: Handler, item: Item, held: Mapping[str, int], tx: Transaction) -> bool:
    """Tell whether something was done to a thing since the state that a request is based on, be it before in the same
    transaction."""
    if not isinstance(item, Request) or (named := _named(item)) is None:
        return False
    subject = state_of(handler, item)
    return int(named) != held[subject] + sum(one.fact.subject() == subject for one in tx.emissions)


def parts(handler: Handler, items: Sequence[Item], positions: Sequence[int]) -> Iterator[list[int]]:
    """Cut a run into what is decided at once: what is based on a state stands alone, and sees what came before it."""
    together: list[int] = []
    for at in positions:
        if together and (not handler.batch or _named(items[at]) or _named(items[together[-1]])):
            yield together
            together = []
        together.append(at)
    if together:
        yield together


def _named(item: Item) -> str | None:
    return item.event.ifmatch if isinstance(item, Request) else None


async def _states(service: Service, conn: Connection, query: str, subjects: Collection[str]) -> Mapping[str, int]:
    return {row["subject"]: row["last"] for row in await conn.fetch(query, service.writes, list(subjects))}
