"""What comes before an application is asked is bounded: a request's head, its time, and the connections of an address;
whoever is refused is told so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from chassis import Settings
from chassis.server import MAX_HEAD, MAX_HEADERS, MAX_TARGET, listen, serve
from starlette.types import Receive, Scope, Send

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class Application:
    """Counts who comes by, reads their bodies, and answers 204; to /held only once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun, self.may = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        self.begun.set()
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        if scope["path"] == "/held":
            await self.may.wait()
        if message["type"] != "http.disconnect":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def served(application: Application, **given: Any) -> AsyncIterator[int]:
    sock, stop = listen("127.0.0.1", 0), asyncio.Event()
    server = asyncio.create_task(serve(application, sock, stop, Settings(**given)))
    try:
        yield sock.getsockname()[1]
    finally:
        application.may.set()
        stop.set()
        await server


async def ask(port: int, *pieces: bytes) -> tuple[int, dict[str, Any]]:
    """Send pieces as long as they are taken; the status and body that come back before the connection ends or rests."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass  # it hung up while we were still sending
    try:
        async with asyncio.timeout(60):
            return await answer(reader)
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    status = int(head[9:12])
    if status == 204:
        return status, {}
    assert b"application/problem+json" in head
    assert b"connection: close" in head
    return status, json.loads(await reader.readexactly(length))


TOO_LARGE = [
    pytest.param([GET, *[b"a: " + b"x" * 1_000_000 + b"\r\n"] * 150, b"\r\n"], 431, id="150 headers of 1 MB"),
    pytest.param([GET, b"a: ", *[b"x" * 60_000] * 50], 431, id="a header without end"),
    pytest.param([GET, *[b"a: b\r\n"] * (MAX_HEADERS + 1), b"\r\n"], 431, id="many headers"),
    pytest.param([GET, *[b"a: " + b"x" * 1000 + b"\r\n"] * (MAX_HEAD // 1000), b"\r\n"], 431, id="much together"),
    pytest.param([b"GET /" + b"x" * MAX_TARGET + b" HTTP/1.1\r\n\r\n"], 414, id="a long address"),
    pytest.param([b"GET /", *[b"x" * 60_000] * 50], 414, id="an address without end"),
    pytest.param([b"\x00\x01\r\n\r\n"], 400, id="no HTTP"),
    pytest.param(
        [GET, b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *[b"a: b\r\n"] * (MAX_HEADERS + 1), b"\r\n"],
        431,
        id="many trailers",
    ),
    pytest.param(
        [GET, b"Transfer-Encoding: chunked\r\n\r\n0\r\na: ", *[b"x" * 60_000] * 50], 431, id="a trailer without end"
    ),
    pytest.param(
        [GET, b"Transfer-Encoding: chunked\r\n\r\n1;a=", *[b"x" * 60_000] * 50], 431, id="a chunk's name without end"
    ),
]


@pytest.mark.parametrize(("pieces", "status"), TOO_LARGE)
async def test_what_is_too_large_is_refused_before_it_is_kept(
    pieces: list[bytes], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine the sender may need longer for what it still sends than the answer would be kept for it.
    monkeypatch.setattr("chassis.server.LINGER_SECONDS", 60.0)
    application = Application()
    async with served(application, request_seconds=300) as port:
        told, problem = await ask(port, *pieces)
        assert (told, problem["status"]) == (status, status)
        assert problem["detail"]
        assert (await ask(port, GET + b"\r\n"))[0] == 204


async def test_what_is_not_whole_in_time_is_refused_and_what_we_do_not_take_has_time() -> None:
    application = Application()
    async with served(application, request_seconds=1) as port:
        begun = (GET, GET + b"Content-Length: 5\r\n\r\nab", b"\r\n", b"")
        assert [told[0] for told in await asyncio.gather(*(ask(port, each) for each in begun))] == [408] * 4
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # Whole at once, it may be answered late; and so may what came behind it, which is not read meanwhile.
        writer.write(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET + b"Content-Length: 2\r\n\r\n")
        assert (await ask(port, GET))[0] == 408
        application.may.set()
        assert (await answer(reader))[0] == 204
        writer.write(b"ab")
        assert (await answer(reader))[0] == 204
        writer.close()


async def test_a_refusal_takes_no_answer_from_the_request_before_it() -> None:
    application = Application()
    async with served(application) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        writer.write(GET + b"a: " + b"x" * (MAX_HEAD + 1) + b"\r\n\r\n")
        await application.begun.wait()
        application.may.set()
        head = await reader.read()
        assert head.startswith(b"HTTP/1.1 204")
        assert application.asked == ["/held"]
        writer.close()


async def connections(port: int, number: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]


async def test_an_address_has_its_share_of_connections_and_a_trusted_proxy_all_there_are() -> None:
    for proxy, allowed, status in (("", 2, 429), ("127.0.0.0/8", 4, 503)):
        application = Application()
        async with served(application, connections=4, connections_per_address=2, trusted_proxies=proxy) as port:
            held = await connections(port, allowed)
            told, problem = await ask(port, GET + b"\r\n")
            assert (told, problem["status"]) == (status, status)
            for reader, writer in held:
                writer.write(GET + b"\r\n")
                assert (await answer(reader))[0] == 204
                writer.close()
                await writer.wait_closed()
            async with asyncio.timeout(60):
                while (await ask(port, GET + b"\r\n"))[0] != 204:  # noqa: ASYNC110 - it is told by nothing else
                    await asyncio.sleep(0.01)


async def test_only_a_trusted_proxy_speaks_for_others() -> None:
    seen: list[Any] = []

    class Seeing(Application):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append((scope["client"][0], scope["scheme"]))
            await super().__call__(scope, receive, send)

    forwarded = GET + b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n"
    for proxies in ("", "127.0.0.1"):
        async with served(Seeing(), trusted_proxies=proxies) as port:
            assert (await ask(port, forwarded))[0] == 204
    assert seen == [("127.0.0.1", "http"), ("192.0.2.7", "https")]
