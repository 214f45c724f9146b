"""Group commit: requests that come while a transaction runs wait for it and share the next one (docs/adr/0007).

A transaction of twenty requests costs hardly more than one of one, so the busier the endpoints are, the less each
costs. When nobody waits, a request is a group of one.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from chassis.registry import BUDGET

R = TypeVar("R")
T = TypeVar("T")
Decide = Callable[[Sequence[R], float | None], Awaitable[Sequence[T]]]
"""Decides requests in one transaction, all or none of them, and tells what was decided, in their order. Where seconds
are given it takes no longer, the commit apart."""

IN_LINE = 500
"""Requests that wait at most: who comes then is better told at once than late."""
AT_ONCE = 2
"""Groups at once in one process: while one waits for the database, another is made ready or answered."""


class Busy(Exception):
    """Too many wait, or have waited too long: nothing was done of this request, and it may be sent again later."""


class GroupCommit(Generic[R, T]):
    """Decides requests in groups, each in the order in which they came.

    A group that fails, or loses patience, is rolled back, and each of its requests is decided in a transaction of its
    own, beside the groups that follow: nobody is told a neighbour's fault, or waits for it any longer. `patience` is
    for how many seconds a group waits for the slowest of its members, or for whoever holds what one of them needs;
    `in_line` for how many a request stands in line at most.
    """

    def __init__(self, patience: float, in_line: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._in_line, self._clock = patience, in_line, clock
        self._waiting: deque[tuple[R, int, asyncio.Future[T], float]] = deque()
        self._groups: set[asyncio.Task[None]] = set()
        self._alone: set[asyncio.Task[None]] = set()

    async def ask(self, decide: Decide[R, T], request: R, weight: int = 1) -> T:
        """Tell what was decided of a request; whoever asks decides in the same way. Raises what its own transaction
        raised, and Busy when it came to none."""
        if len(self._waiting) + len(self._alone) >= IN_LINE:
            raise Busy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, weight, future, self._clock()))
        if len(self._groups) < AT_ONCE:
            _keep(self._groups, self._take_groups(decide))
        return await future

    async def _take_groups(self, decide: Decide[R, T]) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                decided = await decide([request for request, _ in group], self._patience)
            except Exception:
                for request, future in group:
                    _keep(self._alone, self._take_alone(decide, request, future))
            else:
                for (_, future), one in zip(group, decided, strict=True):
                    _tell(future, one)

    def _next_group(self) -> list[tuple[R, asyncio.Future[T]]]:
        """Return the first in line, as many as one transaction takes. Who has stood there too long is told so: whoever
        asked has perhaps gone, and whoever stands behind need not become late too."""
        group: list[tuple[R, asyncio.Future[T]]] = []
        left = BUDGET
        while self._waiting and (self._waiting[0][1] <= left or not group):
            request, weight, future, since = self._waiting.popleft()
            if self._clock() - since <= self._in_line:
                group.append((request, future))
                left -= weight
            elif not future.done():
                future.set_exception(Busy())
        return group

    async def _take_alone(self, decide: Decide[R, T], request: R, future: asyncio.Future[T]) -> None:
        try:
            (decided,) = await decide([request], None)
        except Exception as error:
            if not future.done():
                future.set_exception(error)
        else:
            _tell(future, decided)


def _tell(future: asyncio.Future[T], decided: T) -> None:
    # Whoever asked may have gone.
    if not future.done():
        future.set_result(decided)


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
