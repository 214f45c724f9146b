"""A client as lean as it gets, so that what is measured is the server: one keep-alive connection, a request at a
time."""

import asyncio
import json
from typing import Any, cast


class Connection(asyncio.Protocol):
    """One connection to a server that tells the length of its answers."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._received = b""
        self.asked_again = 0

    @classmethod
    async def to(cls, host: str, port: int) -> "Connection":
        return (await asyncio.get_running_loop().create_connection(cls, host, port))[1]

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request until it is decided: asked to come again (503), it does so at once and counts that."""
        while (answer := await self.exchange(request))[0] == 503:
            self.asked_again += 1
        return answer

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the status and body of its answer. Raises ConnectionError when the server hangs up."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._waiting is None or self._waiting.done():
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._received = b""
            self._waiting.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionError("the server hung up"))


def request(method: str, path: str, key: str, body: Any = None, **headers: str) -> bytes:
    """The bytes of a request by a channel."""
    content = b"" if body is None else json.dumps(body).encode()
    given = {"Host": "127.0.0.1", "Authorization": f"Bearer {key}", "Content-Length": str(len(content))} | headers
    if body is not None:
        given["Content-Type"] = "application/json"
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content
