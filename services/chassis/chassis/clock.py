"""The clock of a service: it is passed in, and never read in a handler."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Tells the present moment, in UTC."""


def system_clock() -> datetime:
    """Tell the present moment."""
    return datetime.now(UTC)


@dataclass
class SettableClock:
    """A clock that tells what it was set to: of example content, and of tests."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **by: float) -> None:
        """Let time pass: `hours=3`."""
        self.now += timedelta(**by)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until `stop` is set."""
    # Not `wait_for`: Python 3.11's forgets that it was cancelled when what it waits for is there at the same moment.
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


class Backoff:
    """Pauses between tries, each twice as long as the one before and 5 s at most; none outlasts `stop`."""

    def __init__(self, stop: asyncio.Event, first: float = 0.1) -> None:
        self._stop, self._first, self._next = stop, first, first

    async def wait(self) -> None:
        """Wait before the next try."""
        await pause(self._next, self._stop)
        self._next = min(self._next * 2, 5.0)

    def begin_again(self) -> None:
        """Begin anew, because a try went well."""
        self._next = self._first
