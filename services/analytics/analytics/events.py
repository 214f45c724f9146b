"""Events for those who have no Kafka client: `GET /v1/events`, a stream or a page of what stands on their topics."""

import re
from datetime import datetime
from typing import Annotated, Literal

from chassis import PUBLIC, Caller, Problem, endpoint, service_of
from chassis.endpoints import optional_caller
from chassis.http import stopping
from chassis.limits import address_of
from chassis.negotiation import media_type_of
from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.primitives import CODE, Instant
from pydantic import StringConstraints, TypeAdapter, ValidationError

from analytics.domain.entries import DOUBLED, QUARANTINED
from analytics.handlers.log import TOPICS
from analytics.queries import check_units
from analytics.store import events
from analytics.store.events import EventFilter, StoredEvent
from analytics.store.figures import snapshot_at
from analytics.stream import MEDIA, EventStream, streams_of

router = APIRouter()

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NAMES = tuple(topic.name for topic in TOPICS)

Topics = Annotated[list[str] | None, Query(alias="topic", max_length=20, description="Only of these topics.")]
Types = Annotated[
    list[Annotated[str, StringConstraints(max_length=100)]] | None,
    Query(alias="type", max_length=100, description="Only of these CloudEvents types."),
]
Units = Annotated[
    list[Annotated[str, StringConstraints(pattern=CODE)]] | None,
    Query(alias="unit", max_length=100, description="Only of these libraries; `none` are those of no library."),
]


async def event_filter(
    topics: Topics = None,
    types: Types = None,
    units: Units = None,
    subject: Annotated[str | None, Query(max_length=255, description="Only what is about this.")] = None,
    demo: Annotated[Literal["include"] | None, Query(description="Example content too.")] = None,
) -> EventFilter:
    """Tell which events are asked for. A type that is not known yet is no fault: it may come."""
    if unknown := sorted(set(topics or ()) - set(_NAMES)):
        detail = f"There is no topic {unknown[0][:100]} here; there are {', '.join(_NAMES)}."
        raise Problem(422, "no-topic", detail, pointer="/topic")
    return EventFilter(topics, types, units, subject, demo=demo == "include")


@endpoint(
    router,
    "/v1/events",
    may=PUBLIC,
    tags=["events"],
    summary="Events as they stand on their topics: a stream (server-sent events) or a page",
    response_class=Response,
    responses={200: {"content": {MEDIA: {}, "application/json": {}}, "description": "Events, in the ledger's order."}},
)
async def get_events(
    http: HttpRequest,
    by: Annotated[Caller | None, Depends(optional_caller)],
    which: Annotated[EventFilter, Depends(event_filter)],
    since: Annotated[
        str | None, Query(max_length=40, description="After this number, or since this moment (RFC 3339).")
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=40, description="What EventSource sends; it wins.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Events of a page at most.")] = 100,
) -> Response:
    """List events, each as `{"number", "topic", "partition", "offset", "event"}`: `event` is the CloudEvent byte for
    byte as it stands on its topic, `number` its place in the ledger. First copies only, for each topic and partition in
    the log's order; what is no event is left out, and example content too unless `demo=include`.

    With `Accept: text/event-stream` that is the `data:` of a frame whose `id:` is the number, and the stream goes on
    with what comes: from the number or moment in `since`, else from now. An EventSource that was cut off comes back
    with `Last-Event-ID` and misses nothing; others send the last id as `since`. Frames have no name, so that
    `onmessage` hears every type. Comments tell that the stream is alive. A channel that sends its key, and an address
    without one, has a share of all streams (429).

    Else it is one page from the number or moment in `since`, else from the beginning: `{"events": […], "next": …}`;
    `next` is the `since` of the page after it, and stays what it is when there is nothing more.

    A number beyond the end of the ledger is refused (404, `beyond-the-end`): it comes from another one.
    """
    pool, reader = service_of(http).pool, by.channel.source if by else address_of(http.scope)
    accept = http.headers.get("accept", "")
    streams = MEDIA in accept and media_type_of(accept, (MEDIA, "application/json")) == MEDIA
    number, moment = _place(last_event_id if streams and last_event_id else since)
    if moment is not None:
        which = EventFilter(which.topics, which.types, which.units, which.subject, moment, which.demo)
    if which.units:
        async with snapshot_at(pool) as known:
            await check_units(known, service_of(http), set(which.units) - {"none"})
    async with pool.acquire() as conn:
        if moment is not None:
            number = await events.before(conn, moment)
        elif number is None:
            number = await events.last(conn) if streams else 0
        elif number > (last := await events.last(conn)):
            # Nothing would ever come of it: whoever asks so followed a ledger that is there no more.
            detail = f"This ledger ends at {last}: your number is of another one. Begin anew with since=0."
            raise Problem(404, "beyond-the-end", detail, pointer="/since", last=last)
        if not streams:
            found, end = await events.after(conn, number, which, limit)
            page = b'{"events":[%b],"next":%d}' % (b",".join(kept.json for kept in found), end)
            return Response(page, media_type="application/json", headers=_OPEN)
    stream = EventStream(streams_of(http.app.state), reader, pool, number, which, stopping(http))
    stream.headers.update(_OPEN)
    return stream


@endpoint(router, "/v1/events/{number}", may=PUBLIC, tags=["events"], summary="One event by its number in the ledger")
async def get_event(
    number: Annotated[int, Path(ge=1, lt=2**63, description="As `/v1/events` and `/v1/explain` tell it.")],
    http: HttpRequest,
) -> Response:
    """Show the event as `/v1/events` tells it, byte for byte as it stands on its topic."""
    kept = await event_of(http, number)
    return Response(kept.json, media_type="application/json", headers=_OPEN)


async def event_of(http: HttpRequest, number: int) -> StoredEvent:
    """Return the event of a number; a problem where there is none that everybody may see."""
    async with service_of(http).pool.acquire() as conn:
        found = await events.one(conn, number)
    if found is None:
        raise Problem(404, "unknown", f"The ledger has no row {number}.")
    kept, class_ = found
    if class_ == DOUBLED:
        raise Problem(404, "a-copy", "This record is a copy of an event that the ledger has already.")
    if class_ == QUARANTINED:
        raise Problem(404, "no-event", "This record is no event; a staff channel may read it at /v1/ledger.")
    return kept


_OPEN = {"Access-Control-Allow-Origin": "*"}
"""The topics are public: pages of others may read them too."""


def _place(since: str | None) -> tuple[int | None, datetime | None]:
    if since is None:
        return None, None
    if _NUMBER.fullmatch(since):
        return int(since), None
    try:
        # A plus that was not written as %2B arrives as a space, and no moment has one.
        return None, _INSTANT.validate_python(since.replace(" ", "+"))
    except ValidationError:
        detail = "Give a number (the id of the last event you have) or a moment such as 2026-12-01T08:00:00Z."
        raise Problem(422, "no-place", detail, pointer="/since") from None
