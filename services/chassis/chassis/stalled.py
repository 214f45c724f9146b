"""Partitions of which the broker gives nothing out though there is more, as when its log is damaged on the disk.

The client library asks on and on then, and says nothing that anybody hears. Nothing is skipped: it is named, in the log
and in readiness, until the broker gives out what stands there.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import BrokerResponseError, KafkaError

log = logging.getLogger("omatoimi")

QUIET_SECONDS = 30.0
"""After so long without a record a partition is looked at, and looked at again: twice at the same place, it stands."""
ANSWER_SECONDS = 10.0
ASK_SECONDS = 1.0
"""What stands is asked for during so long, and twice as long after each time in vain: what the broker gives out after
the client has paused is dropped, so on a slow machine a short time would never do."""
LONGEST_ASK_SECONDS = 10.0


class Stalled:
    """What stands of the partitions of one topic; `sentences` says so of each."""

    def __init__(self, service: str, topic: str) -> None:
        self._of = f"{service} is given nothing more of {topic}"
        self._moved: dict[TopicPartition, float] = {}
        self._place: dict[TopicPartition, int] = {}
        self._looked_at = time.monotonic()
        self._ask_seconds = ASK_SECONDS
        self._asking: asyncio.TimerHandle | None = None
        self.sentences: dict[TopicPartition, str] = {}

    def moved(self, partitions: Iterable[TopicPartition]) -> None:
        """Note that records of these came, or that there are none to come."""
        for partition in partitions:
            self._moved[partition] = time.monotonic()
            self._place.pop(partition, None)
            if self.sentences.pop(partition, None):
                log.warning("%s: partition %s goes on", self._of, partition.partition)

    async def look(self, consumer: AIOKafkaConsumer, assigned: Iterable[TopicPartition]) -> None:
        """Ask how far quiet partitions go, at most as often as they are quiet. A broker that is away is told
        elsewhere."""
        now = time.monotonic()
        if now - self._looked_at < QUIET_SECONDS:
            return
        self._looked_at = now
        assigned = set(assigned)
        for gone in self.sentences.keys() - assigned:
            del self.sentences[gone]
        for partition in [p for p in assigned if now - self._moved.get(p, 0.0) >= QUIET_SECONDS]:
            try:
                place = await asyncio.wait_for(consumer.position(partition), ANSWER_SECONDS)
                ends = await asyncio.wait_for(consumer.end_offsets([partition]), ANSWER_SECONDS)
                why = f"though it goes to {ends[partition]}" if ends[partition] > place else ""
            except BrokerResponseError as error:
                why = f"which it answers with {type(error).__name__}"
            except (KafkaError, OSError, TimeoutError):
                return
            self._at(partition, place, why)
        self._ask_for_a_while(consumer)

    def _at(self, partition: TopicPartition, place: int, why: str) -> None:
        """Note that a quiet partition is at a place; `why` tells that there is more."""
        if not why:
            self.moved([partition])
            return
        if self._place.get(partition) == place and partition not in self.sentences:
            self.sentences[partition] = (
                f"{self._of}, partition {partition.partition}, from offset {place} on, {why}: see the broker's log and"
                " disk. It is asked again and again, and skips nothing."
            )
            log.error("%s", self.sentences[partition])
        self._place[partition] = place

    def _ask_for_a_while(self, consumer: AIOKafkaConsumer) -> None:
        """Have those that stand asked for during a while and no longer: the client asks without a pause."""
        standing = self.sentences.keys() & consumer.assignment()
        if not standing:
            self._ask_seconds = ASK_SECONDS
        if not standing or self._asking:
            return
        for partition in standing:
            consumer.resume(partition)

        def rest() -> None:
            self._asking = None
            for partition in standing & self.sentences.keys() & consumer.assignment():
                consumer.pause(partition)

        self._asking = asyncio.get_running_loop().call_later(self._ask_seconds, rest)
        self._ask_seconds = min(2 * self._ask_seconds, LONGEST_ASK_SECONDS)
