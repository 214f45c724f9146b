"""Tell searches as events, in batches, so that a read waits for no commit.

Only those count whose reader has a session or a key. What anybody may ask without either, as often as he likes, leaves
nothing that stands for ever.
"""

import asyncio
import logging
from collections import deque
from datetime import datetime
from itertools import islice
from typing import Protocol

from omatoimi_contracts.outcomes import SearchPerformed

from chassis.access import Caller
from chassis.clock import pause
from chassis.database import Connection, Pool
from chassis.outbox import Emitter, write_all
from chassis.pulse import Pulse
from chassis.transaction import Emission, Transaction

log = logging.getLogger("omatoimi")

WRITE_SECONDS = 1.0
AT_ONCE = 500
"""Searches in one transaction."""
MOST = 10_000
"""So many are kept while the database does not answer; of more the oldest are not counted. A process that is killed
loses those of its last second: they are figures of demand, and no answer hangs on them."""


class Searched(Emitter, Protocol):
    """The service that was searched, as far as it is needed here."""

    @property
    def name(self) -> str: ...

    @property
    def pool(self) -> Pool: ...

    def transaction(self, conn: Connection) -> Transaction: ...


class Searches:
    """Those that were performed and are not written yet."""

    def __init__(self) -> None:
        self._unwritten: deque[Emission] = deque(maxlen=MOST)

    def performed(
        self, fact: SearchPerformed, by: Caller | None, *, at: datetime, unit: str, language: str, assisted: bool
    ) -> None:
        """Count a search, also one that found nothing, since that is demand not met; `by` is the channel whose key
        came with it."""
        if fact.session is None and by is None:
            return
        channel = by.channel.name if by else "web"
        self._unwritten.append(Emission(fact, unit, channel, time=at, assisted=assisted, language=language))

    async def write(self, service: Searched) -> None:
        """Write what was performed."""
        while self._unwritten:
            some = list(islice(self._unwritten, AT_ONCE))
            async with service.pool.acquire() as conn, conn.transaction():
                tx = service.transaction(conn)
                for emission in some:
                    tx.emit(emission)
                await write_all(service, tx)
            for emission in some:
                if self._unwritten and self._unwritten[0] is emission:
                    self._unwritten.popleft()

    async def keep_writing(self, service: Searched, stop: asyncio.Event, pulse: Pulse) -> None:
        """Write them again and again until `stop` is set, and then once more."""
        while True:
            pulse.beat("searches")
            ending = stop.is_set()
            try:
                await self.write(service)
            except Exception as error:
                log.warning("the searches of %s are not written yet: %s", service.name, type(error).__name__)
            if ending:
                return
            await pause(WRITE_SECONDS, stop)
