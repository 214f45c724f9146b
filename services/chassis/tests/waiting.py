"""Waiting for a condition, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 300.0
"""Seconds after which a test that waits is taken to hang: no machine that works is so slow."""


async def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask again and again until the answer is true, and return it. Fails with `what` was waited for at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        answer = await found if inspect.isawaitable(found) else found
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain until {what}; the last answer was {answer!r}")
        await asyncio.sleep(0.02)
