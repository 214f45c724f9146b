"""Serve HTTP on a socket, within bounds: so much of a head, so long for a request, so many connections an address.

uvicorn with httptools has no bound of its own on what comes before an application is asked: one connection could send
150 MB of headers, or a byte a minute. Both protocols below it accumulate a header until it is whole, so what counts is
what was received, and not what was told.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import orjson
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chassis.http import STOPPING
from chassis.kafka import Fatal
from chassis.problem import Problem
from chassis.settings import Settings

MAX_HEAD = 48_000
"""Bytes of a request line and its headers together."""
MAX_TARGET = 24_000
"""Bytes of a request's address; the longest that is asked for holds a position in every topic of the log."""
MAX_HEADERS = 100
LINGER_SECONDS = 2.0
"""So long what a refused client still sends is thrown away: hung up on at once, it would not get to read why."""


class _Refused(Exception):
    """Ends the parser: the refusal that is to be answered stands beside the connection."""


class Connections:
    """The open connections of one port."""

    def __init__(self, settings: Settings) -> None:
        self.at_most, self.of_an_address = settings.connections, settings.connections_per_address
        self.seconds = settings.request_seconds
        self.is_proxy = settings.is_proxy
        self.open: Counter[str] = Counter()

    def refusal(self, address: str) -> Problem | None:
        """Tell why one more connection of this address is too many. Who speaks for others, a proxy that we trust, may
        have as many as there are."""
        if self.open.total() > self.at_most:
            return Problem(503, "busy", f"{self.at_most} connections are open, which is all there are: try later.")
        if self.open[address] > self.of_an_address and not self.is_proxy(address):
            return Problem(429, "too-many", f"Your address has {self.of_an_address} connections open: use those again.")
        return None


class HttpConnection(HttpToolsProtocol):
    """A connection that refuses what is too large (414, 431), too slow (408) or one too many (429, 503)."""

    def __init__(self, of: Connections, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._of, self._refusal = of, Problem(400, "malformed", "This is no request of HTTP/1.1.")
        self._head = self._pending = 0
        self._whole, self._since, self._refused = False, self.loop.time(), False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._of.open[self._address] += 1
        self._timer = self.loop.call_later(self._of.seconds, self._look)
        if self._of.open[self._address] > 2 * self._of.at_most:
            transport.abort()
        elif (problem := self._of.refusal(self._address)) is not None:
            self.app = _refusing(problem)

    def connection_lost(self, exc: Exception | None) -> None:
        self._of.open[self._address] -= 1
        if not self._of.open[self._address]:
            del self._of.open[self._address]
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._whole:
            self._whole, self._since = False, self.loop.time()
        self._pending += len(data)
        super().data_received(data)
        # What the parser still holds back: the beginning of a header, of a trailer, or of a chunk.
        if self._pending > MAX_HEAD and not self._refused:
            self._refuse(Problem(431, "headers-too-large", f"Headers may have {MAX_HEAD} bytes together."))

    def on_message_begin(self) -> None:
        self._whole, self._head, self._since = False, 0, self.loop.time()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._head += len(url)
        if len(self.url) > MAX_TARGET:
            self._refusal = Problem(414, "address-too-long", f"An address may have {MAX_TARGET} bytes.")
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come by here too, after the headers.
        self._head += len(name) + len(value) + 4
        if self._head > MAX_HEAD or len(self.headers) >= MAX_HEADERS:
            detail = f"A request may have {MAX_HEADERS} headers, and {MAX_HEAD} bytes of them together."
            self._refusal = Problem(431, "headers-too-large", detail)
            raise _Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._pending = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending, self._whole = 0, True
        super().on_message_complete()

    def _look(self) -> None:
        """Refuse a request that is not whole in time. While we take nothing of it, its time stands still."""
        now = self.loop.time()
        if self._whole or self.flow.read_paused or self.pipeline:
            self._since = now
        left = self._since + self._of.seconds - now
        if left <= 0:
            self._refuse(Problem(408, "too-slow", f"A request is to be here whole within {self._of.seconds:g} s."))
        else:
            self._timer = self.loop.call_later(left, self._look)

    def on_response_complete(self) -> None:
        self._since = self.loop.time()  # of the request that stood in line behind this one
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says more
        self._refuse(self._refusal)

    def _refuse(self, problem: Problem) -> None:
        """Answer without asking the application, and hang up; what was asked before is answered first."""
        self._refused, cycle = True, self.cycle
        if self.pipeline:
            self.pipeline.clear()
            return
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_raw(problem))
            self.transport.write_eof()
        self._timer.cancel()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _raw(problem: Problem) -> bytes:
    body = orjson.dumps(problem.document())
    head = (
        b"content-type: application/problem+json\r\nx-content-type-options: nosniff\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    return STATUS_LINE[problem.status] + head + body


def _refusing(problem: Problem) -> ASGIApp:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        response = problem.response()
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    return refuse


class _Server(uvicorn.Server):
    """Leaves the process' signals alone: several servers may live in one process, and `run` owns the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, variable: str = "OMATOIMI_PORT") -> socket.socket:
    """Return a listening socket; a taken port is told in one sentence, with the variable that sets it."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Fatal(f"port {port} of {host} cannot be used ({error.strerror}): free it, or set {variable}") from None
    sock.listen(512)
    return sock


async def serve(asgi: ASGIApp, sock: socket.socket, stop: asyncio.Event, settings: Settings) -> None:
    """Serve HTTP on a listening socket until `stop` is set; requests in hand are finished, and streams are told to end
    (`chassis.http.stopping`)."""

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        scope[STOPPING] = stop
        await asgi(scope, receive, send)

    # What strangers send is answered, and is no line of the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = uvicorn.Config(
        telling,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
        http=cast(type[asyncio.Protocol], partial(HttpConnection, Connections(settings))),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    await stop.wait()
    server.should_exit = True
    await task
