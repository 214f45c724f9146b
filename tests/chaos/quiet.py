"""Wait until all is quiet after the faults: everything is read, applied and sent."""

import analytics.main
import booking.main
import decisions.main
import notices.main
from aiokafka import AIOKafkaConsumer, TopicPartition
from chassis import Settings
from omatoimi_contracts.topics import TOPICS
from pydantic import SecretStr

from tests.alone.place import Surroundings
from tests.chaos.deployment import SERVICES
from tests.waiting import until

SETTLES = 120
"""Seconds within which all is quiet once the faults are over."""
MAIN = {"booking": booking.main, "notices": notices.main, "decisions": decisions.main, "analytics": analytics.main}


async def settle(place: Surroundings) -> None:
    """Wait until all is quiet: every reader is at the end of its topics, every outbox is sent, and what was applied
    meanwhile moved no end. Raises AssertionError with what still moves."""
    left: list[str] = []

    async def quiet() -> bool:
        left[:] = await moving(place)
        return not left

    try:
        await until(quiet, "everything is read, applied and sent", SETTLES)
    except AssertionError as error:
        raise AssertionError(f"{error}: {left}") from None


async def moving(place: Surroundings) -> list[str]:
    """What is still to be read or sent, in words."""
    before, found = await ends(place), []
    for service in SERVICES:
        read = await consumed(place, service)
        topics = MAIN[service].service(settings(place, service)).handlers.topics()
        found += [
            f"{service} has read {at[0]}/{at[1]} to {read.get(at, 0)} of {end}"
            for at, end in before.items()
            if at[0] in topics and read.get(at, 0) < end
        ]
    for service in SERVICES:
        (row,) = await place.fetch(service, "select count(*) as n from chassis.outbox where published_at is null")
        found += [f"{service} has {row['n']} to send"] if row["n"] else []
    return found or (["the topics grow"] if await ends(place) != before else [])


def settings(place: Surroundings, service: str) -> Settings:
    return Settings(
        kafka=place.platform.kafka, postgres=SecretStr(place.dsn(service)), topic_prefix=place.prefix, port=8014
    )


async def ends(place: Surroundings) -> dict[tuple[str, int], int]:
    """Where each partition ends, by the topic's name in the contract."""
    partitions = [TopicPartition(place.prefix + t.name, p) for t in TOPICS.values() for p in range(t.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=place.platform.kafka) as consumer:
        found = await consumer.end_offsets(partitions)
    return {(at.topic.removeprefix(place.prefix), at.partition): end for at, end in found.items()}


async def consumed(place: Surroundings, service: str) -> dict[tuple[str, int], int]:
    rows = await place.fetch(service, "select topic, partition, next_offset from chassis.consumed")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
