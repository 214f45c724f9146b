"""Recognise what comes again: the same request by HTTP, as a CloudEvent and over Kafka is one request.

Kept 90 days: longer than request topics (7 days) and `republish` (30 days) reach.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from omatoimi_contracts.codec import Event

from chassis.database import Connection
from chassis.transaction import Outcome

KEPT_DAYS = 90

ENTER = """
insert into chassis.inbox (source, id, digest, received_at)
select source, id, digest, $4 from unnest($1::text[], $2::uuid[], $3::bytea[]) w(source, id, digest)
order by source, id
on conflict do nothing
returning source, id
"""
KNOWN = """
select i.source, i.id, i.digest, i.outcome from chassis.inbox i
join unnest($1::text[], $2::uuid[]) w(source, id) using (source, id)
"""
CLOSE = """
update chassis.inbox i set outcome = w.outcome::jsonb
from unnest($1::text[], $2::uuid[], $3::text[]) w(source, id, outcome)
where i.source = w.source and i.id = w.id
"""

RequestKey = tuple[str, UUID]


class OtherContent(Exception):
    """The same id came before with other content."""


def digest(event: Event, person: UUID | None = None) -> bytes:
    """Return the SHA-256 of the canonical JSON (RFC 8785) of type, subject and data after validation, and of the person
    who asks: what two persons ask is never the same request."""
    data = event.data
    subject = data.subject()
    content = {"type": event.type, "subject": subject, "data": data.model_dump(mode="json", by_alias=True)}
    if person is not None:
        content["person"] = str(person)
    # What orjson writes is canonical but for fractions, and nothing that passes an inbox has any (test_digest).
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


async def enter(
    conn: Connection, events: Sequence[Event], digests: Sequence[bytes], now: datetime
) -> tuple[list[bool], dict[RequestKey, tuple[bytes, Outcome | None]]]:
    """Enter events: which of them are new, by position, and what is known of the others (digest, outcome).

    Of two copies in one batch the first is new.
    """
    if not events:
        return [], {}
    keys = [(event.source, event.id) for event in events]
    first: dict[RequestKey, int] = {}
    for position, key in enumerate(keys):
        first.setdefault(key, position)
    unique = list(first)
    rows = await conn.fetch(
        ENTER, [k[0] for k in unique], [k[1] for k in unique], [digests[first[k]] for k in unique], now
    )
    entered = {(row["source"], row["id"]) for row in rows}
    fresh = [key in entered and first[key] == position for position, key in enumerate(keys)]
    known: dict[RequestKey, tuple[bytes, Outcome | None]] = {k: (digests[first[k]], None) for k in entered}
    missing = [k for k in unique if k not in entered]
    if missing:
        for row in await conn.fetch(KNOWN, [k[0] for k in missing], [k[1] for k in missing]):
            known[row["source"], row["id"]] = (row["digest"], _outcome(row["outcome"]))
    return fresh, known


async def keep_outcomes(conn: Connection, outcomes: dict[RequestKey, Outcome]) -> None:
    """Write down how requests ended."""
    if outcomes:
        await conn.execute(
            CLOSE,
            [source for source, _ in outcomes],
            [id_ for _, id_ in outcomes],
            [orjson.dumps(outcome).decode() for outcome in outcomes.values()],
        )


async def forget(conn: Connection, keys: Sequence[RequestKey]) -> None:
    """Forget that these were asked: what the clock asked for was due no more, and may fall due again."""
    if keys:
        await conn.execute(
            "delete from chassis.inbox i using unnest($1::text[], $2::uuid[]) w(source, id)"
            " where i.source = w.source and i.id = w.id",
            [source for source, _ in keys],
            [id_ for _, id_ in keys],
        )


async def look_up(conn: Connection, source: str, id_: UUID) -> Outcome | None:
    """Tell how a request of this source ended; None when it is not known here."""
    return _outcome(await conn.fetchval("select outcome from chassis.inbox where source = $1 and id = $2", source, id_))


def _outcome(text: str | None) -> Outcome | None:
    if text is None:
        return None
    fields = orjson.loads(text)
    id_, time = UUID(fields["id"]), datetime.fromisoformat(fields["time"])
    return Outcome(fields["type"], id_, fields["subject"], time, fields["data"], fields.get("etag"))
