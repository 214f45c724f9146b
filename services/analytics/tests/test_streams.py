"""Streams of events are bounded: how many, whose, how long, and until when."""

import asyncio
import json
import socket
from uuid import uuid4

from analytics.stream import Streams
from chassis import Service, channels
from chassis.access import by_channel
from chassis.worker import Record

from tests.kits.analytics import read

from .over_sockets import STREAM, Endpoint, a_town, opened, stream, until


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
