"""The service behind a real socket, and how its events are read there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from analytics.stream import Streams
from chassis import Service
from chassis.http import app
from chassis.public import PublicPort
from chassis.server import listen, serve
from chassis.worker import Record

from tests.kits.analytics import Town, slot

STREAM = {"accept": "text/event-stream"}


@dataclass
class Endpoint:
    """The service behind a real socket."""

    service: Service
    http: httpx.AsyncClient
    streams: Streams
    stop: asyncio.Event
    server: asyncio.Task[None]
    port: int


@asynccontextmanager
async def opened(service: Service, streams: Streams) -> AsyncIterator[Endpoint]:
    asgi, sock, stop = app(service), listen("127.0.0.1", 0), asyncio.Event()
    asgi.state.streams = streams
    server = asyncio.create_task(serve(PublicPort(asgi, service.settings), sock, stop, service.settings))
    port = sock.getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as http:
            yield Endpoint(service, http, streams, stop, server, port)
    finally:
        stop.set()
        await server


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not true():  # noqa: ASYNC110 - the server tells it by its count alone
            await asyncio.sleep(0.01)


async def frames(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Events as an EventSource would hear them: id and data."""
    id_, data = "", []
    async for line in answer.aiter_lines():
        name, _, told = line.partition(": ")
        if name == "id":
            id_ = told
        elif name == "data":
            data.append(told)
        elif not line and data:
            yield {"id": id_, **json.loads("\n".join(data))}
            data = []


@asynccontextmanager
async def stream(
    endpoint: Endpoint, headers: dict[str, str] | None = None, **query: Any
) -> AsyncIterator[httpx.Response]:
    async with endpoint.http.stream("GET", "/v1/events", params=query, headers=STREAM | (headers or {})) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer


async def take(answer: httpx.Response, count: int) -> list[dict[str, Any]]:
    told = []
    async with asyncio.timeout(300):
        async for one in frames(answer):
            told.append(one)
            if len(told) == count:
                return told
    raise AssertionError(f"the stream ended after {len(told)}")


def places(told: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(one["topic"], one["partition"], one["offset"]) for one in told]


def a_town() -> Town:
    """19 events that count, among copies and nonsense."""
    town = Town()
    town.premises("library", "library", {"room": ()})
    for day in range(1, 9):
        town.book(f"b{day}", slot(f"2026-10-{day:02}", "12:00", "14:00"))
        town.again(town.records[-1])
        town.attend(f"b{day}")
        town.raw("booking.events.v1", b"nonsense")
    return town


def first_copies(records: list[Record]) -> list[tuple[str, int, int]]:
    known: set[bytes] = set()
    told = []
    for record in records:
        if record.value and record.value != b"nonsense" and record.value not in known:
            known.add(record.value)
            told.append((record.topic, record.partition, record.offset))
    return told
