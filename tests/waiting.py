"""Waiting for a condition, never for a time: a test says what it waits for, and fails with that when it never comes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_AGAIN = 0.02
"""Seconds between two looks."""


PATIENCE = 300.0
"""Seconds after which a test that waits is taken to hang: no machine that works is so slow."""


async def until(condition: Callable[[], Awaitable[T | None]], what: str, within: float = PATIENCE) -> T:
    """What the condition gives, once that is true. Raises AssertionError, with what it gave last, when it is not
    within so many seconds."""
    deadline = time.monotonic() + within
    while not (found := await condition()):
        assert time.monotonic() < deadline, f"{what}: not within {within:.0f} s; the last look gave {found!r}"
        await asyncio.sleep(LOOK_AGAIN)
    return found
