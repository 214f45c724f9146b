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
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
