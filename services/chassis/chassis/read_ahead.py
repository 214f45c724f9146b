"""Records of whole logs are read ahead of their transaction: while the database works on some, those that come after
are read, so that both cores have work."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from chassis.record import Record
from chassis.registry import Read

AT_A_TIME = 2
"""Records read before the loop turns: some 50 microseconds, so that an answer of the database is not left lying."""


class ReadAhead:
    """What was read of the records that were fetched, and not taken yet."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._unread: deque[Record] = deque()
        self._found: dict[tuple[str, int, int], Any] = {}
        self._reading: asyncio.Task[None] | None = None

    def add(self, records: Iterable[Record]) -> None:
        """Begin to read these, after those that were added before."""
        self._unread.extend(records)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all())

    async def take(self, records: Sequence[Record]) -> list[Any]:
        """Take what these records were read as. What was not read ahead, because it is taken again or could not be
        read, is read now, and a fault of the reading is raised."""
        last = records[-1].position
        while self._unread and last not in self._found:
            self._read_some()
            await asyncio.sleep(0)
        return [self._found.pop(r.position) if r.position in self._found else self._read(r) for r in records]

    def forget(self) -> None:
        """Forget what was read ahead: it will be fetched anew, or is no longer ours."""
        self._unread.clear()
        self._found.clear()

    async def _read_all(self) -> None:
        while self._unread:
            self._read_some()
            await asyncio.sleep(0)

    def _read_some(self) -> None:
        for _ in range(min(AT_A_TIME, len(self._unread))):
            record = self._unread.popleft()
            with suppress(Exception):  # raised where the record is taken
                self._found[record.position] = self._read(record)
