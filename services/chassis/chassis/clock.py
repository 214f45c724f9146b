"""Time is passed in, never read in a handler."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present moment, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
