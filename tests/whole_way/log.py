"""The topics of an installation as any client of Kafka sees them."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

EVENT_TOPICS = ("booking.events.v1", "decisions.events.v1", "notices.events.v1", "usage.events.v1")


async def any_record(kafka: str) -> ConsumerRecord[bytes, bytes]:
    """The first record of a booking topic."""
    consumer = AIOKafkaConsumer("booking.events.v1", bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return await consumer.getone()
    finally:
        await consumer.stop()


async def ends(kafka: str) -> dict[str, list[int]]:
    """Where the event topics end, as the broker says; written as a position is."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        found: dict[str, list[int]] = {}
        for topic in EVENT_TOPICS:
            partitions = [TopicPartition(topic, number) for number in range(6)]
            offsets = await consumer.end_offsets(partitions)
            told = [offsets[partition] for partition in partitions]
            while told and not told[-1]:
                told.pop()
            if told:
                found[topic] = told
        return found
    finally:
        await consumer.stop()
