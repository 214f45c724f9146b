"""Write events with the transaction that made them true: final bytes, in the order they were emitted.

They are written last, after the subject's own counter was raised: whoever writes about one subject next waits there, so
the order of the outbox is the order of commits for each subject.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import write
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.vocabulary import Fact, RequestData
from uuid_utils.compat import uuid7

from chassis.database import Connection
from chassis.installation import Installation
from chassis.transaction import Asking, Emission, Outcome, Transaction

KEPT_DAYS = 30
MAX_BYTES = 256_000

COUNT = """
insert into chassis.subject as s (topic, subject, last, demo, last_by, last_at, last_type, last_typed)
select topic, subject, n, demo, by, $7, type, n
from unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::text[], $6::text[])
    w(topic, subject, n, demo, by, type)
order by topic, subject
on conflict (topic, subject)
    do update set last = s.last + excluded.last, last_by = excluded.last_by, last_at = excluded.last_at,
        last_type = excluded.last_type, last_typed = s.last + excluded.last
returning topic, subject, last, demo
"""
WRITE = """
insert into chassis.outbox (topic, key, value, event_id, created_at)
select topic, key, value, event_id, $5
from unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[]) with ordinality w(topic, key, value, event_id, position)
order by position
"""


START = """
insert into chassis.job (job, kind, data, claimable_at, created_at) values ($1, $2, $3, $4, $5)
on conflict (job) do nothing
"""


class Emitter(Protocol):
    """What writes events: a service, as far as its outbox needs to know it."""

    @property
    def installation(self) -> Installation: ...

    @property
    def source(self) -> str: ...

    @property
    def asks_as(self) -> str | None: ...

    def topic_of(self, fact: Fact) -> str: ...


class TooLarge(Exception):
    """An event over 256 kB is refused when it is emitted, so that it can never block the relay."""


async def write_all(service: Emitter, tx: Transaction) -> list[Outcome]:
    """Write what the transaction emitted; returns the outcome of each emission, in order."""
    if tx.starts:
        await tx.conn.executemany(
            START, [(one.job, one.kind, json.dumps(one.data), one.not_before or tx.now, tx.now) for one in tx.starts]
        )
    asked = [_request(service.asks_as, asking, tx.now) for asking in tx.askings] if service.asks_as else []
    if not tx.emissions and not tx.documents and not asked:
        return []
    placed = [(service.topic_of(emission.fact), emission) for emission in tx.emissions]
    last, demos = await _count(tx.conn, placed, tx.now)
    rows: list[tuple[str, str, bytes | None, UUID | None]] = []
    outcomes, after = [], {}
    for topic, emission in placed:
        fact = emission.fact
        subject = fact.subject()
        last[topic, subject] += 1
        demo = emission.demo or (topic, subject) in demos
        event = _event(service, emission, last[topic, subject], tx.now, demo=demo)
        value = write(event)
        if len(value) > MAX_BYTES:
            raise TooLarge(f"{event.type} has {len(value)} bytes, {MAX_BYTES} are allowed")
        key = fact.key(municipality=service.installation.municipality, unit=emission.unit, topic=topic)
        rows.append((topic, key, value, event.id))
        told = fact.model_dump(mode="json", by_alias=True, exclude_none=True)
        outcomes.append(Outcome(event.type, event.id, subject, event.time, told))
        after[topic, subject, emission.causationsource, emission.causationid] = event.sequence
    rows += [(topic, key, None, None) for topic, key in dict.fromkeys(tx.documents)]
    rows += [(request.data.TOPIC, request.subject or str(request.id), write(request), request.id) for request in asked]
    await tx.conn.execute(WRITE, *map(list, zip(*rows, strict=True)), tx.now)
    states = (after[topic, one.fact.subject(), one.causationsource, one.causationid] for topic, one in placed)
    return [replace(outcome, etag=state) for outcome, state in zip(outcomes, states, strict=True)]


def _request(source: str, asking: Asking, now: datetime) -> RequestEvent[RequestData]:
    """Return a request to another service as it will stand on its topic; one that its contract refuses is refused
    here."""
    attributes = {
        "id": uuid7(),
        "source": source,
        "type": asking.data.TYPE,
        "time": now,
        "subject": asking.data.subject(),
        "correlationid": asking.correlationid,
        "traceparent": asking.traceparent,
        "data": asking.data,
    }
    event = event_model(type(asking.data)).model_validate(attributes)
    assert isinstance(event, RequestEvent)
    return event


async def _count(
    conn: Connection, placed: Sequence[tuple[str, Emission]], now: datetime
) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """Raise the counters of all subjects, and write down who did that; returns where each stood before, and which
    began as example content."""
    wanted: Counter[tuple[str, str]] = Counter()
    demo: dict[tuple[str, str], bool] = {}
    by: dict[tuple[str, str], str | None] = {}
    type_: dict[tuple[str, str], str] = {}
    for topic, emission in placed:
        key = (topic, emission.fact.subject())
        wanted[key] += 1
        demo.setdefault(key, emission.demo)
        by[key], type_[key] = emission.by, emission.fact.TYPE
    if not wanted:
        return {}, set()
    columns = [k[0] for k in wanted], [k[1] for k in wanted], list(wanted.values()), list(demo.values())
    rows = await conn.fetch(COUNT, *columns, list(by.values()), list(type_.values()), now)
    last = {(r["topic"], r["subject"]): r["last"] - wanted[r["topic"], r["subject"]] for r in rows}
    return last, {(r["topic"], r["subject"]) for r in rows if r["demo"]}


def _event(service: Emitter, emission: Emission, sequence: int, now: datetime, *, demo: bool) -> FactEvent[Fact]:
    """Return the event as it will stand on the topic for ever; one that its own contract refuses is refused here."""
    fact = emission.fact
    attributes = {
        "id": uuid7(),
        "source": f"{service.source}/demo" if demo else service.source,
        "type": fact.TYPE,
        "subject": fact.subject(),
        "time": emission.time or now,
        "sequence": f"{sequence:010d}",
        "recordedtime": emission.recordedtime or now,
        "requestedtime": emission.requestedtime,
        "causationid": emission.causationid,
        "causationsource": emission.causationsource,
        "correlationid": emission.correlationid,
        "outcome": emission.outcome,
        "unit": emission.unit,
        "channel": emission.channel,
        "assisted": emission.assisted,
        "language": emission.language,
        "traceparent": emission.traceparent,
        "data": fact,
    }
    event = event_model(type(fact)).model_validate(attributes)
    assert isinstance(event, FactEvent)
    return event


def headers_json(headers: Sequence[tuple[str, bytes | None]]) -> str:
    """Return headers as JSON; what is no UTF-8, and what PostgreSQL cannot store as text, is escaped."""
    return json.dumps([[printable(name), None if value is None else printable(value)] for name, value in headers])


def printable(text: str | bytes) -> str:
    """Return text that PostgreSQL can store, nothing lost to the eye: it takes no NUL and no half of a surrogate
    pair."""
    raw = text if isinstance(text, bytes) else text.encode(errors="backslashreplace")
    return raw.decode(errors="backslashreplace").replace("\0", "\\x00")
