"""What a service answers, or fails to, costs a page its part and nothing more: told by real servers that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from chassis import Settings
from chassis.telemetry import Telemetry
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from web import pages, services
from web.cookies import Cookies
from web.example import Example, of_all
from web.exchange import Exchange
from web.main import Web, app
from web.services import MAX_ANSWER, Services, asked_in, client
from web.sessions import Sessions

Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@asynccontextmanager
async def a_service(serve: Serve, heads: list[bytes] | None = None) -> AsyncIterator[Services]:
    """Services of which booking does so with every request."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if heads is not None:
            heads.append(head.lower())
        try:
            await serve(writer)
        except ConnectionError:
            pass  # it was hung up on, which is what is wanted
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    registry = CollectorRegistry()
    clients = {"booking": client(f"http://127.0.0.1:{port}/booking")}
    made = Services(clients, lambda: "", ZoneInfo("Europe/Helsinki"), asked_in(registry))
    try:
        yield made
    finally:
        await made.close()
        server.close()


def told(body: bytes) -> Serve:
    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    return serve


def outcomes(of: Services) -> dict[str, float]:
    (metric,) = of.asked.collect()
    return {one.labels["outcome"]: one.value for one in metric.samples if one.name.endswith("_total")}


async def test_what_a_service_tells_is_read_below_its_address() -> None:
    heads: list[bytes] = []
    async with a_service(told(b'{"spaces": []}'), heads) as asked:
        assert await asked.read("booking", "/v1/today", unit="vallila") == {"spaces": []}
        assert outcomes(asked) == {"answered": 1}
    assert heads[0].startswith(b"get /booking/v1/today?unit=vallila http/1.1")


async def test_an_answer_without_end_is_left_after_its_bound() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"[" * 0x10000 + b"\r\n")
            await writer.drain()
            sent += 0x10000

    async with a_service(endless) as asked:
        assert await asked.read("booking", "/v1/today") is None
        assert outcomes(asked) == {"unusable": 1}
    # What is under way on loopback comes on top.
    assert sent < MAX_ANSWER + 20_000_000


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "SECONDS", 0.2)


@pytest.mark.usefixtures("hurried")
async def test_a_service_that_says_nothing_or_a_byte_now_and_then_is_not_waited_for() -> None:
    async def drops(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"content-length: 42\r\n\r\n{")
        for byte in b" " * 40 + b"}":
            await asyncio.sleep(0.05)
            writer.write(bytes([byte]))
            await writer.drain()

    never = asyncio.Event()
    async with a_service(drops) as asked:
        assert await asked.read("booking", "/v1/today") is None
        assert outcomes(asked) == {"late": 1}

    async def silent(_: asyncio.StreamWriter) -> None:
        await never.wait()

    async with a_service(silent) as asked:
        assert await asked.read("booking", "/v1/today") is None
        assert outcomes(asked) == {"late": 1}
        never.set()


@pytest.mark.parametrize(
    "body", [b"<html>gateway</html>", b"", b"[]", b"null", b"[" * 100_000, b'{"spaces": ', b"\xff\xfe{}"]
)
async def test_what_is_no_json_object_counts_as_no_answer(body: bytes) -> None:
    async with a_service(told(body)) as asked:
        assert await asked.read("booking", "/v1/today") is None
        assert outcomes(asked) == {"unusable": 1}


async def test_a_service_that_hangs_up_counts_as_no_answer() -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with a_service(hang_up) as asked:
        assert await asked.read("booking", "/v1/today") is None
        assert outcomes(asked) == {"failed": 1}


async def test_who_looks_at_the_page_is_told_to_the_services_and_the_key_to_nobody_who_only_reads() -> None:
    heads: list[bytes] = []
    async with a_service(told(b"{}"), heads) as asked:
        scope = {"type": "http", "client": ("203.0.113.7", 4711), "headers": []}
        seen = asked.on_behalf_of(Request(scope))
        await seen.read("booking", "/v1/today")
        await asked.read("booking", "/v1/demo")
    assert b"x-forwarded-for: 203.0.113.7\r\n" in heads[0]
    assert b"x-forwarded-for" not in heads[1]
    assert not any(b"authorization" in head for head in heads)


async def test_who_loads_a_page_anew_is_told_what_is_new_by_the_services_too() -> None:
    """A service may show what is some seconds old to who does not ask otherwise."""
    heads: list[bytes] = []
    async with a_service(told(b"{}"), heads) as asked:
        for headers in ([(b"cache-control", b"no-cache")], []):
            await asked.on_behalf_of(Request({"type": "http", "headers": headers})).read("booking", "/v1/today")
    assert [b"cache-control: no-cache\r\n" in head for head in heads] == [True, False]


@pytest.mark.parametrize("told", [{}, {"figures": 5, "position": ""}, {"figures": [{"metric": "M01"}], "position": ""}])
def test_a_part_that_is_not_as_its_contract_says_is_left_out(told: dict[str, object]) -> None:
    assert services.part(told, pages._figure) is None
    good = {"metric": "M01", "name": "n", "value": "1", "unit": "", "finding": "f"}
    assert services.part(json.loads(json.dumps({"figures": [good], "position": "p"})), pages._figure) is not None


@pytest.mark.parametrize(
    "body", [b"{}", b"no JSON", b'{"spaces": 1, "items": 2, "figures": 3, "outcome": 4, "events": 5}']
)
async def test_whatever_the_services_answer_the_pages_are_there(body: bytes) -> None:
    async with a_service(told(body)) as of_one:
        everywhere = {name: of_one.clients["booking"] for name in ("booking", "notices", "decisions", "analytics")}
        sessions = Sessions(Cookies("http://127.0.0.1"), Exchange(None, lambda: ""))
        channel = Web(Settings(), replace(of_one, clients=everywhere), sessions, Telemetry())
        await channel.example.keep(channel.services, stopped(), channel.pulse)
        transport = httpx.ASGITransport(app=app(channel))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers={"Accept": "text/html"}
        ) as http:
            start, trial = await http.get("/?lang=en"), await http.get("/try?lang=en")
            screen = await http.get("/screen?lang=en")
            unknown = await http.get(f"/try?lang=en&booked={uuid4()}")
    # What is no JSON says nothing, not even that there is no such trial.
    there = 503 if body == b"no JSON" else 404
    assert (start.status_code, trial.status_code, screen.status_code, unknown.status_code) == (200, 200, 200, there)
    assert start.text.count("This part does not answer just now.") == 2
    assert "The figures do not answer just now" in start.text
    assert ("Booking does not answer" if there == 503 else "This trial is not known") in unknown.text


def stopped() -> asyncio.Event:
    """Told to stop already: what would go on does its work once."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0, stop.set)
    return stop


def test_example_content_fills_in_as_long_as_it_does_somewhere() -> None:
    none, shown = {"state": "none", "done": 0, "total": 0}, {"state": "shown", "done": 100, "total": 100}
    filling = {"state": "filling", "done": 41, "total": 100}
    assert of_all([shown, None, filling]) == Example("filling", 41, 100)
    assert of_all([none, shown, None]) == Example("shown", 100, 100)
    assert of_all([none, None]) is None
