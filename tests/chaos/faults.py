"""What goes wrong: processes, the database server and the broker are ended by force or frozen, and come back."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from tests.chaos.deployment import Deployment, Part
from tests.kits.platform import Servers

PAUSE = (0.5, 4)
"""Seconds between two faults, from and to."""


@dataclass(frozen=True)
class Fault:
    """A trouble of one victim: how it begins, for how many seconds (from and to), and how it ends. `troubled` is held
    meanwhile: a victim has one trouble at a time, others may have theirs."""

    kind: str
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]
    seconds: tuple[float, float]
    troubled: asyncio.Lock


class Faults:
    """A deck of faults, shuffled by the seed and dealt until the time is over."""

    def __init__(self, deployment: Deployment, platform: Servers, chance: random.Random) -> None:
        self._chance = chance
        self._deck = [fault for part in deployment.parts.values() for fault in _of_part(part)]
        self._deck += [*_of_platform(platform, deployment)] * 3
        self._dealt: list[Fault] = []
        self.delivered: Counter[str] = Counter()

    @property
    def kinds(self) -> set[str]:
        return {fault.kind for fault in self._deck}

    async def strike(self, seconds: float) -> None:
        """Deal faults for so long. Returns when every victim is back."""
        loop = asyncio.get_running_loop()
        over = loop.time() + seconds
        async with asyncio.TaskGroup() as troubles:
            while loop.time() < over:
                fault = self._deal()
                troubles.create_task(self._befall(fault, self._chance.uniform(*fault.seconds)))
                await asyncio.sleep(self._chance.uniform(*PAUSE))

    async def _befall(self, fault: Fault, seconds: float) -> None:
        async with fault.troubled:
            await fault.begin()
            self.delivered[fault.kind] += 1
            await asyncio.sleep(seconds)
            await fault.end()

    def _deal(self) -> Fault:
        if not self._dealt:
            self._dealt = self._deck.copy()
            self._chance.shuffle(self._dealt)
            if not self.delivered:
                # One of each kind first, so that also a short run has met them all.
                firsts = {fault.kind: fault for fault in self._dealt}
                self._dealt += firsts.values()
        return self._dealt.pop()


def _of_part(part: Part) -> Iterator[Fault]:
    yield Fault(f"{part.role} killed", part.kill, part.start, (0, 3), part.troubled)
    yield Fault(f"{part.role} frozen", part.freeze, part.resume, (1, 12), part.troubled)


def _of_platform(platform: Servers, deployment: Deployment) -> Iterator[Fault]:
    node, server = platform.node, platform.database_server
    of_kafka, of_postgres = asyncio.Lock(), asyncio.Lock()
    relays = [part for part in deployment.parts.values() if part.role == "relay"]

    async def freeze() -> None:
        node.pause()

    async def resume() -> None:
        node.resume()

    async def kill_relays_and_start() -> None:
        for relay in relays:
            async with relay.troubled:
                await relay.kill()
                await relay.start()
        await node.start()

    yield Fault("PostgreSQL stopped immediately", server.stop_immediately, server.start, (0, 3), of_postgres)
    yield Fault("Kafka killed", node.kill9, node.start, (0, 3), of_kafka)
    yield Fault("Kafka frozen", freeze, resume, (1, 8), of_kafka)
    # In the middle of their sends: people are served meanwhile, so there is something to send, and it went nowhere.
    yield Fault("Kafka killed, and every relay", node.kill9, kill_relays_and_start, (3, 6), of_kafka)
