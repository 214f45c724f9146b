"""Events without a Kafka client: pages and server-sent events over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from analytics.stream import Streams
from chassis import Service, channels, demo
from chassis.access import by_channel
from chassis.http import app
from chassis.public import PublicPort
from chassis.server import listen, serve
from chassis.worker import Record

from tests.kits.analytics import Log, Town, at, read, slot

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


@pytest_asyncio.fixture
async def endpoint(service: Service) -> AsyncIterator[Endpoint]:
    async with opened(service, Streams(3, pace=0.01, heartbeat=0.05, patience=0.5)) as made:
        yield made


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


async def test_a_stream_tells_first_copies_byte_for_byte_and_goes_on_with_what_comes(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records[:20])
    async with stream(endpoint, since=0) as answer:
        first = await take(answer, 9)
        late = [town.again(town.records[3]), town.show("d1", at("2026-10-06 12:00"))]
        await read(endpoint.service, [*town.records[20:-2], *late])
    async with stream(endpoint, since=first[-1]["id"]) as answer:
        rest = await take(answer, 11)
    told = [*first, *rest]
    assert places(told) == first_copies(town.records)
    assert [one["id"] for one in told] == [str(one["number"]) for one in told]
    values = {(r.topic, r.partition, r.offset): r.value for r in town.records}
    page = await endpoint.http.get("/v1/events")
    for one in told:
        value = values[one["topic"], one["partition"], one["offset"]]
        assert value is not None
        assert one["event"] == json.loads(value)
        assert value in page.content


async def test_without_since_a_stream_begins_now_and_a_page_at_the_beginning(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records[:-4])
    async with stream(endpoint) as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await read(endpoint.service, town.records[-4:])
        (told, _) = await take_lines(lines, 2)
    assert told["offset"] == town.records[-4].offset
    page = (await endpoint.http.get("/v1/events")).json()
    assert places(page["events"]) == first_copies(town.records)


async def take_lines(lines: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(300):
        while len(told) < count:
            line = await anext(lines)
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
    return told


@pytest.mark.parametrize("cut_after", [1, 7, 18])
async def test_a_reader_that_is_cut_off_anywhere_and_comes_back_loses_and_doubles_nothing(
    endpoint: Endpoint, cut_after: int
) -> None:
    town = a_town()
    half = len(town.records) // 2

    async def go_on_reading() -> None:
        for record in town.records[half:]:
            await read(endpoint.service, [record])

    await read(endpoint.service, town.records[:half])
    reading = asyncio.create_task(go_on_reading())
    async with stream(endpoint, since=0) as answer:
        told = await take(answer, cut_after)
    async with stream(endpoint, {"last-event-id": told[-1]["id"]}, since=0) as answer:
        told += await take(answer, 19 - cut_after)
    await reading
    assert places(told) == first_copies(town.records)


async def test_since_a_moment_tells_what_stood_on_its_topic_from_then_on(endpoint: Endpoint) -> None:
    """Also when another topic was read as a whole before: its earlier records have later numbers."""
    town = a_town()
    usage = Log()
    for number in range(10):
        usage.raw("usage.events.v1", town.show(f"d{number}", at("2026-10-06 12:00")).value, partition=number % 2)
    bookings = [record for record in town.records if record.topic == "booking.events.v1"]
    await read(endpoint.service, bookings)
    await read(endpoint.service, usage.records)
    for offset in (0, 4, 17, len(bookings) - 2):
        moment = datetime.fromtimestamp(bookings[offset].timestamp / 1000, UTC)
        expected = [
            place
            for place in [*first_copies(bookings), *first_copies(usage.records)]
            if next(r.timestamp for r in [*bookings, *usage.records] if (r.topic, r.partition, r.offset) == place)
            >= bookings[offset].timestamp
        ]
        page = (await endpoint.http.get("/v1/events", params={"since": moment.isoformat()})).json()
        assert sorted(places(page["events"])) == sorted(expected)
        async with stream(endpoint, since=moment.isoformat()) as answer:
            assert places(await take(answer, len(expected))) == places(page["events"])
    later = datetime.fromtimestamp(bookings[-1].timestamp / 1000, UTC) + timedelta(days=1)
    assert (await endpoint.http.get("/v1/events", params={"since": later.isoformat()})).json()["events"] == []
    early = (await endpoint.http.get("/v1/events?since=2014-05-14T12:00:00+03:00")).json()
    assert len(early["events"]) == len(first_copies(bookings)) + 10


async def test_pages_follow_one_another_without_a_loss_or_a_double(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records)
    told: list[dict[str, Any]] = []
    since = 0
    while page := (await endpoint.http.get("/v1/events", params={"since": since, "limit": 4})).json():
        told += page["events"]
        if not page["events"]:
            assert page["next"] == since
            break
        since = page["next"]
    assert places(told) == first_copies(town.records)


async def test_a_filter_tells_only_what_is_asked_for(endpoint: Endpoint) -> None:
    town = a_town()
    town.premises("elsewhere", "library", {"hall": ()}, unit="kallio")
    town.show("d1", at("2026-10-06 12:00"))
    await read(endpoint.service, town.records)

    async def types(**query: Any) -> set[str]:
        page = (await endpoint.http.get("/v1/events", params=query)).json()
        return {one["event"]["type"] for one in page["events"]}

    assert await types(topic="usage.events.v1") == {"omatoimi.item.shown.v1"}
    assert await types(topic=["usage.events.v1", "notices.events.v1"]) == {"omatoimi.item.shown.v1"}
    attended = "omatoimi.booking.attended.v1"
    assert await types(type=attended) == {attended}
    assert await types(type=[attended, "omatoimi.booking.blessed.v9"], unit="vallila") == {attended}
    assert len((await endpoint.http.get("/v1/events?unit=kallio")).json()["events"]) == 3
    subject = json.loads(town.records[3].value or b"")["subject"]
    assert await types(subject=subject) == {attended, "omatoimi.booking.confirmed.v1"}
    async with stream(endpoint, since=0, topic="usage.events.v1") as answer:
        (shown,) = await take(answer, 1)
    assert shown["event"]["data"]["item"] == "d1"


async def test_example_content_is_told_only_to_who_asks_for_it(endpoint: Endpoint) -> None:
    town = Town()
    town.show("real", at("2026-10-06 12:00"))
    town.demo = True
    town.show("example", at("2026-10-06 12:00"))
    async with endpoint.service.pool.acquire() as conn:
        await demo.begin(conn, seed=1, day=date(2026, 11, 24), total=1)
    await read(endpoint.service, town.records)

    async def items(**query: str) -> list[str]:
        page = (await endpoint.http.get("/v1/events", params=query)).json()
        return [one["event"]["data"]["item"] for one in page["events"]]

    assert await items() == ["real"]
    assert await items(demo="include") == ["real", "example"]
    async with endpoint.service.pool.acquire() as conn:
        await demo.end(endpoint.service.transaction(conn))
    await demo.take_out(endpoint.service)
    assert await items(demo="include") == ["real"]


async def test_an_event_in_binary_mode_of_a_type_not_known_yet_is_told_whole(endpoint: Endpoint) -> None:
    log = Log()
    told = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/helsinki/booking",
        "type": "omatoimi.booking.blessed.v1",
        "time": "2026-10-05T12:00:00Z",
    }
    headers = [(f"ce_{name}", text.encode()) for name, text in told.items()]
    await read(endpoint.service, [log.raw("booking.events.v1", b'{"by": "the mayor"}', headers)])
    (only,) = (await endpoint.http.get("/v1/events")).json()["events"]
    assert only["event"] == {**told, "data": {"by": "the mayor"}}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"since": "yesterday"}, "/since"),
        ({"since": "2026-12-01"}, "/since"),
        ({"since": "1" * 30}, "/since"),
        ({"topic": "booking.requests.v1"}, "/topic"),
        ({"unit": "Not a code"}, "/unit/0"),
        ({"demo": "yes"}, "/demo"),
        ({"limit": "0"}, "/limit"),
    ],
)
async def test_what_cannot_be_told_is_refused_before_a_stream_begins(
    endpoint: Endpoint, query: dict[str, str], pointer: str
) -> None:
    for accept in ("text/event-stream", "application/json"):
        answer = await endpoint.http.get("/v1/events", params=query, headers={"accept": accept})
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


async def test_a_silent_stream_tells_that_it_is_alive(endpoint: Endpoint) -> None:
    async with stream(endpoint) as answer:
        async for line in answer.aiter_lines():
            if line == ": heartbeat":
                break


async def test_streams_are_bounded_in_number_and_a_place_is_free_when_a_reader_goes(endpoint: Endpoint) -> None:
    async with stream(endpoint), stream(endpoint), stream(endpoint):
        refused = await endpoint.http.get("/v1/events", headers=STREAM)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    await until(lambda: endpoint.streams.open == 0)
    async with stream(endpoint):
        pass


async def test_each_reader_has_a_share_of_the_streams(service: Service) -> None:
    key = channels.new_key()
    channel = by_channel("/helsinki/channels/screen", "screen", "vallila")
    async with service.pool.acquire() as conn:
        await channels.register(conn, channel, key, service.clock())
    as_channel = {"Authorization": f"Bearer {key}"}
    async with opened(service, Streams(10, 2, pace=0.01)) as endpoint, asyncio.timeout(60):
        async with stream(endpoint), stream(endpoint), stream(endpoint, as_channel), stream(endpoint, as_channel):
            for headers in ({}, as_channel):
                refused = await endpoint.http.get("/v1/events", headers=STREAM | headers)
                assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
                assert refused.json()["type"] == "urn:omatoimi:problem:too-many"
            wrong = await endpoint.http.get("/v1/events", headers=STREAM | {"Authorization": "Bearer wrong"})
            assert wrong.status_code == 401
        await until(lambda: endpoint.streams.open == 0)
        async with stream(endpoint), stream(endpoint, as_channel):
            pass


async def test_a_number_beyond_the_end_is_of_another_ledger_and_told_so(endpoint: Endpoint) -> None:
    await read(endpoint.service, a_town().records)
    last = int(await endpoint.service.pool.fetchval("select max(number) from analytics.ledger"))
    for number in (last + 1, 10**17):
        asked = ({"params": {"since": number}}, {"params": {"since": number}, "headers": STREAM})
        for more in (*asked, {"headers": STREAM | {"Last-Event-ID": str(number)}}):
            answer = await endpoint.http.get("/v1/events", **more)
            assert (answer.status_code, answer.json()["last"]) == (404, last), more
            assert answer.json()["type"] == "urn:omatoimi:problem:beyond-the-end"
    page = await endpoint.http.get("/v1/events", params={"since": last})
    assert page.json() == {"events": [], "next": last}
    async with stream(endpoint, since=last):
        pass


async def test_the_head_of_a_stream_is_told_and_opens_none(endpoint: Endpoint) -> None:
    answer = await endpoint.http.head("/v1/events", headers=STREAM)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    await until(lambda: endpoint.streams.open == 0)


async def test_a_reader_that_takes_nothing_is_let_go(endpoint: Endpoint) -> None:
    town = a_town()
    town.raw("booking.events.v1", changed_size(town.records[0]))
    await read(endpoint.service, town.records)
    lazy = socket.create_connection(("127.0.0.1", endpoint.port))
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.sendall(b"GET /v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
    await until(lambda: endpoint.streams.open == 1)
    await until(lambda: endpoint.streams.open == 0)
    lazy.close()


def changed_size(record: Record) -> bytes:
    """The record's event under another id, with a field of ten megabytes that nobody knows."""
    return json.dumps({**json.loads(record.value or b""), "id": str(uuid4()), "later": "x" * 10_000_000}).encode()


async def test_all_streams_end_when_the_server_stops(service: Service) -> None:
    async with opened(service, Streams(3, pace=0.01)) as endpoint, stream(endpoint) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        endpoint.stop.set()
        async with asyncio.timeout(9):
            assert [line async for line in lines if line] == []
            await endpoint.server
    assert endpoint.streams.open == 0
