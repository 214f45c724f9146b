"""`omatoimi follow`"""

from collections.abc import AsyncIterator
from typing import Any

import click


@click.command("follow")
@click.argument("topic")
@click.option("--from-beginning", is_flag=True, help="First what is there already.")
@click.option("--last", type=click.IntRange(1, 1000), help="First the last so many that are there already.")
@click.option("--at", "place", help="Begin at this place of one partition: PARTITION:OFFSET.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@click.option("--json", "as_json", is_flag=True, help="The events as they stand on the topic, one a line.")
def command(
    topic: str, from_beginning: bool, last: int | None, place: str | None, count: int | None, as_json: bool
) -> None:
    """Print the events of TOPIC as they come: partition, offset, key, type, subject, id."""
    import asyncio
    import logging

    from omatoimi_platform.errors import PlatformError

    # What the client tells of each try is for developers; what a person can do is told in one sentence.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    if from_beginning + (last is not None) + (place is not None) > 1:
        raise PlatformError("Give one of --from-beginning, --last and --at.")
    try:
        asyncio.run(_follow(topic, from_beginning, last, _place(place), count, as_json))
    except KeyboardInterrupt:
        return


def _place(text: str | None) -> tuple[int, int] | None:
    from omatoimi_platform.errors import PlatformError

    if text is None:
        return None
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise PlatformError(f"{text} is no place: give PARTITION:OFFSET, such as 0:12.")
    return int(partition), int(offset)


async def _follow(
    topic: str,
    from_beginning: bool,
    last: int | None,
    place: tuple[int, int] | None,
    count: int | None,
    as_json: bool,
) -> None:
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient
    from omatoimi_platform import kafka
    from omatoimi_platform.errors import PlatformError

    bootstrap = _bootstrap()
    # The client itself would try for ever.
    if not await kafka.answers(bootstrap):
        raise PlatformError(f"No Apache Kafka answers at {bootstrap}: see that it runs, or correct OMATOIMI_KAFKA.")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        partitions = {each["topic"]: each["partitions"] for each in await admin.describe_topics()}
    finally:
        await admin.close()
    if topic not in partitions:
        names = ", ".join(sorted(name for name in partitions if not name.startswith("__")))
        raise PlatformError(f"There is no topic {topic}; there are: {names or 'none'}.")
    there = [TopicPartition(topic, each["partition"]) for each in partitions[topic]]
    if place and TopicPartition(topic, place[0]) not in there:
        raise PlatformError(f"There is no partition {place[0]} of {topic}: it has {len(there)}, from 0 on.")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest" if from_beginning else "latest",
    )
    await consumer.start()
    try:
        if place is None:
            consumer.assign(there)
        else:
            await _stand_at(consumer, TopicPartition(topic, place[0]), place[1])
        seen = 0
        async for record in _records(consumer, there, last):
            click.echo(_raw(record) if as_json else _readable(record))
            seen += 1
            if seen == count:
                return
    finally:
        await consumer.stop()


async def _records(consumer: Any, there: list[Any], last: int | None) -> AsyncIterator[Any]:
    """Yield the last records that are there already, in the order of their time; then all as they come."""
    if last is not None:
        for record in await _last(consumer, there, last):
            yield record
    async for record in consumer:
        yield record


async def _last(consumer: Any, there: list[Any], number: int) -> list[Any]:
    begins, ends = await consumer.beginning_offsets(there), await consumer.end_offsets(there)
    for partition in there:
        consumer.seek(partition, max(begins[partition], ends[partition] - number))
    found: list[Any] = []
    waits = [partition for partition in there if begins[partition] < ends[partition]]
    while waits:
        # Of these alone: what has come behind the end is still to be told when it is its turn.
        for records in (await consumer.getmany(*waits, timeout_ms=500)).values():
            found += records
        waits = [partition for partition in waits if await consumer.position(partition) < ends[partition]]
    found.sort(key=lambda record: record.timestamp)
    return found[-number:]


async def _stand_at(consumer: Any, partition: Any, offset: int) -> None:
    from omatoimi_platform.errors import PlatformError

    end = (await consumer.end_offsets([partition]))[partition]
    if offset >= end:
        named = f"{partition.topic}, partition {partition.partition}"
        raise PlatformError(f"There is nothing at offset {offset} of {named}: it ends before {end}.")
    consumer.assign([partition])
    consumer.seek(partition, offset)


def _bootstrap() -> str:
    from omatoimi_platform import home as homes
    from omatoimi_platform import platform
    from omatoimi_platform.errors import PlatformError

    home = homes.home()
    if given := platform.given_kafka():
        return given
    address = homes.load(home).addresses.get("kafka") if homes.is_held(home) else None
    if not address:
        raise PlatformError("Omatoimi does not run: start it with omatoimi up, or name a broker in OMATOIMI_KAFKA.")
    return str(address)


def _raw(record: Any) -> str:
    return "null" if record.value is None else record.value.decode(errors="replace")


def _readable(record: Any) -> str:
    key = "-" if record.key is None else record.key.decode(errors="replace")
    return f"{record.partition} {record.offset:>6}  {key}  {_event(record)}"


def _event(record: Any) -> str:
    """Type, subject and id of a CloudEvent in structured or binary mode, or what the record is instead."""
    import json

    from omatoimi_contracts.event import is_demo

    if record.value is None:
        return "(forgotten: a tombstone)"
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    event: Any = {name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")}
    if not event:
        try:
            event = json.loads(record.value)
        except ValueError:
            event = None
    if not isinstance(event, dict) or "type" not in event:
        return f"(no CloudEvent: {len(record.value)} bytes)"
    told = "  ".join(str(event.get(name, "-")) for name in ("type", "subject", "id"))
    return f"{told}  (example content)" if is_demo(str(event.get("source"))) else told
