"""Server-sent events: a stream of what the ledger takes down, for as long as its reader takes it.

Streams are bounded: in number, in what is held for a reader (one page), and in how long a reader may take nothing.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from chassis import Problem
from chassis.database import Pool, is_own
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from analytics.store import events
from analytics.store.events import EventFilter, StoredEvent

log = logging.getLogger("omatoimi")

MEDIA = "text/event-stream"
AT_A_TIME = 100
"""Events that are held for one reader."""

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """The open streams of one process: at most `at_most`, and `of_one` of one reader. They look for news once in `pace`
    seconds, all together; a stream tells after `heartbeat` seconds of silence that it is alive; a reader that takes
    nothing for `patience` seconds is let go."""

    def __init__(
        self,
        at_most: int = 100,
        of_one: int = 20,
        *,
        pace: float = 0.2,
        heartbeat: float = 15.0,
        patience: float = 30.0,
    ) -> None:
        self.at_most, self.pace, self.heartbeat, self.patience = at_most, pace, heartbeat, patience
        self.of_one, self.readers = of_one, Counter[str]()
        self._looking = asyncio.Lock()
        self._looked_at, self._last = 0.0, 0

    @property
    def open(self) -> int:
        return self.readers.total()

    async def last(self, pool: Pool) -> int:
        """Return the number of the ledger's last row, as it was at most `pace` seconds ago."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= self.pace:
                self._last = int(await pool.fetchval(events.LAST))
                self._looked_at = time.monotonic()
            return self._last


class EventStream(Response):
    """The events after a number, and then those that come. It ends when its reader goes or takes nothing, when the
    database is away, or when the server stops (`stop`); a reader comes back with the last id it has."""

    media_type = MEDIA

    def __init__(
        self, streams: Streams, reader: str, pool: Pool, number: int, wanted: EventFilter, stop: asyncio.Event
    ) -> None:
        if streams.readers[reader] >= streams.of_one:
            detail = f"You have {streams.of_one} streams open: read several topics by one, or end one of them."
            raise Problem(429, "too-many", detail)
        if streams.open >= streams.at_most:
            raise Problem(503, "too-many", f"{streams.at_most} streams are open, which is all there are: try later.")
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self.reader = reader
        self.streams, self.pool, self.number, self.wanted, self.stop = streams, pool, number, wanted, stop

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        self.streams.readers[self.reader] += 1
        parts = [asyncio.create_task(part) for part in (self._tell(send), _gone(receive), self.stop.wait())]
        try:
            done = (await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED))[0]
        finally:
            self.streams.readers[self.reader] -= 1
            if not self.streams.readers[self.reader]:
                del self.streams.readers[self.reader]
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        if parts[2] in done:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif parts[0] in done:
            parts[0].result()

    async def _tell(self, send: Send) -> None:
        """Send the events; raises `TimeoutError` when the reader takes nothing."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async for frames in self._frames():
                async with asyncio.timeout(self.streams.patience):
                    await send({"type": "http.response.body", "body": frames, "more_body": True})
        except Exception as error:
            if not is_own(error):
                raise
            log.info("a stream of events ends: %s", type(error).__name__)

    async def _frames(self) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        told_at = time.monotonic()
        while True:
            if await self.streams.last(self.pool) > self.number:
                async with self.pool.acquire() as conn:
                    found, self.number = await events.after(conn, self.number, self.wanted, AT_A_TIME)
                if found:
                    yield b"".join(map(frame, found))
                    told_at = time.monotonic()
                    continue
            if time.monotonic() - told_at >= self.streams.heartbeat:
                yield b": heartbeat\n\n"
                told_at = time.monotonic()
            await asyncio.sleep(self.streams.pace)


def frame(kept: StoredEvent) -> bytes:
    """Return an event as a frame. It has no name (`event:`): a plain EventSource hears named ones only by a listener
    for each name, and would never hear of a type that is made later."""
    lines = b"".join(b"data: %b\n" % line for line in kept.json.splitlines())
    return b"id: %d\n%b\n" % (kept.number, lines)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def streams_of(state: Any) -> Streams:
    """Return the streams of an application, by its state."""
    if not hasattr(state, "streams"):
        settings = state.service.settings
        state.streams = Streams(settings.event_streams, settings.event_streams_of_one)
    streams: Streams = state.streams
    return streams
