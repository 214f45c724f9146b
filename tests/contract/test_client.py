"""A third party proves the contract: somebody who has the folder `contracts/` and nothing else."""

import asyncio
import json
import signal
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from omatoimi_contracts.booking import BookingFact
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import write
from omatoimi_contracts.topics import BOOKING_EVENTS, DECISIONS_DOCUMENTS

from tests.kits.platform import Servers
from tests.subscriber import CLIENTS, CONTRACTS, Subscriber, alone, environment

BOOKING = "/helsinki/booking"
HEADERS = [("content-type", b"application/cloudevents+json")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return alone(tmp_path_factory.mktemp("elsewhere") / "contracts").folder


@pytest.fixture(params=CLIENTS)
def subscriber(folder: Path, request: pytest.FixtureRequest) -> Subscriber:
    """Each of the stand-alone clients: they tell the same."""
    return Subscriber(folder, request.param)


def example(name: str) -> dict[str, object]:
    data: dict[str, object] = json.loads((CONTRACTS / "examples" / name).read_text("utf-8"))
    return data


def told(
    number: int,
    sequence: int,
    what: str,
    organiser: dict[str, str],
    start: str,
    *,
    source: str = BOOKING,
    **other: object,
) -> bytes:
    """An event of booking `number`, from its example, as the codec writes it."""
    type_ = f"omatoimi.booking.{what}.v1"
    event = example(f"{type_}/minimal.json")
    booking, data = str(UUID(int=number)), event["data"]
    assert isinstance(data, dict)
    slot = {"start": start, "end": start.replace(":00Z", ":30Z")}
    model = next(kind for kind in BookingFact.__subclasses__() if type_ == kind.TYPE)
    return write(
        event_model(model).model_validate(
            {
                **event,
                "source": source,
                "id": str(UUID(int=number * 1000 + sequence)),
                "subject": booking,
                "sequence": f"{sequence:010d}",
                "data": {**data, "booking": booking, "organiser": organiser, "slot": slot, **other},
            }
        )
    )


async def send(bootstrap: str, topic: str, records: Iterable[tuple[str, bytes | None]], *, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for key, value in records:
            await producer.send_and_wait(topic, value, key=key.encode(), headers=HEADERS)


LIBRARY, SCHOOL = "helsinki/kirjasto", "helsinki/koulu"
CLUB = {"class": "association", "organisation": str(UUID(int=7))}
EVENTS = [
    (LIBRARY, told(1, 1, "confirmed", CLUB, "2026-12-10T16:00:00Z")),
    (SCHOOL, told(2, 1, "confirmed", {"class": "private"}, "2026-12-31T21:30:00Z")),
    (LIBRARY, told(3, 1, "confirmed", {"class": "library"}, "2026-12-11T16:00:00Z")),
    (LIBRARY, told(4, 1, "confirmed", {"class": "department", "department": "library"}, "2026-12-12T16:00:00Z")),
    (SCHOOL, told(5, 1, "confirmed", {"class": "department", "department": "youth"}, "2026-12-31T22:30:00Z")),
    (SCHOOL, told(6, 1, "refused", CLUB, "2026-12-10T16:00:00Z")),
    (LIBRARY, told(1, 2, "cancelled", CLUB, "2026-12-10T16:00:00Z")),
    (SCHOOL, told(2, 2, "moved", {"class": "private"}, "2027-01-02T10:00:00Z")),
]


async def test_one_who_has_only_the_folder_follows_a_topic_from_its_first_record(
    platform: Servers, topic_prefix: str, subscriber: Subscriber
) -> None:
    topic = topic_prefix + BOOKING_EVENTS.name
    copies = [EVENTS[0], EVENTS[1], EVENTS[0]]
    await send(platform.kafka, topic, [*EVENTS, *copies], partitions=BOOKING_EVENTS.partitions)
    assert subscriber.follow(platform.kafka, topic).splitlines() == [
        f"{topic}: 8 events",
        "       1 omatoimi.booking.cancelled.v1",
        "       5 omatoimi.booking.confirmed.v1",
        "       1 omatoimi.booking.moved.v1",
        "       1 omatoimi.booking.refused.v1",
        "sequences of 6 subjects: from 1 without gaps",
        "M01: 3",
    ]
    for days, m01 in (
        (("--from", "2026-12-01", "--to", "2026-12-31"), 1),
        (("--from", "2027-01-01", "--to", "2027-01-01"), 1),
        (("--from", "2027-01-02"), 1),
        (("--to", "2026-12-09"), 0),
    ):
        assert subscriber.follow(platform.kafka, topic, *days).splitlines()[-1] == f"M01: {m01}"


async def test_example_content_is_part_of_the_sequences_and_counted_when_asked_for_alone(
    platform: Servers, topic_prefix: str, subscriber: Subscriber
) -> None:
    topic = topic_prefix + BOOKING_EVENTS.name
    made = BOOKING + "/demo"
    example = [
        (LIBRARY, told(7, 1, "confirmed", CLUB, "2026-12-10T16:00:00Z", source=made)),
        (LIBRARY, told(7, 2, "cancelled", CLUB, "2026-12-10T16:00:00Z")),
        (LIBRARY, told(8, 1, "confirmed", CLUB, "2026-12-10T16:00:00Z", source=made)),
    ]
    await send(platform.kafka, topic, [*EVENTS[:3], *example], partitions=BOOKING_EVENTS.partitions)
    assert subscriber.follow(platform.kafka, topic).splitlines() == [
        f"{topic}: 4 events",
        "       1 omatoimi.booking.cancelled.v1",
        "       3 omatoimi.booking.confirmed.v1",
        "sequences of 5 subjects: from 1 without gaps",
        "M01: 2",
    ]
    with_it = subscriber.follow(platform.kafka, topic, "--demo").splitlines()
    assert (with_it[0], with_it[-1]) == (f"{topic}: 6 events", "M01: 4")


async def test_a_subscriber_sees_when_an_event_is_missing(
    platform: Servers, topic_prefix: str, subscriber: Subscriber
) -> None:
    topic = topic_prefix + BOOKING_EVENTS.name
    missing = [EVENTS[1], EVENTS[6], (SCHOOL, told(2, 3, "attended", {"class": "private"}, "2027-01-02T10:00:00Z"))]
    await send(platform.kafka, topic, missing, partitions=BOOKING_EVENTS.partitions)
    told_ = subscriber.follow(platform.kafka, topic)
    assert f"{UUID(int=1)} has 2 after 0" in told_
    assert f"{UUID(int=2)} has 3 after 1" in told_


async def test_a_subscriber_passes_over_what_must_be_forgotten(
    platform: Servers, topic_prefix: str, subscriber: Subscriber
) -> None:
    topic = topic_prefix + DECISIONS_DOCUMENTS.name
    text = (CONTRACTS / "examples" / "omatoimi.case-text.recorded.v1" / "minimal.json").read_bytes()
    await send(platform.kafka, topic, [("HEL-1", None), ("HEL-2", text), ("HEL-2", None)], partitions=3)
    assert subscriber.follow(platform.kafka, topic).splitlines() == [
        f"{topic}: 1 events",
        "       1 omatoimi.case-text.recorded.v1",
    ]


async def test_a_topic_that_is_not_there_is_named(platform: Servers, subscriber: Subscriber) -> None:
    with pytest.raises(AssertionError, match=r"^there is no topic nothing"):
        subscriber.follow(platform.kafka, "nothing.events.v1")


async def test_a_broker_that_does_not_answer_is_named(subscriber: Subscriber) -> None:
    with pytest.raises(AssertionError, match=r"(?m)^no broker answers at 127\.0\.0\.1:1$"):
        await asyncio.to_thread(subscriber.follow, "127.0.0.1:1", "booking.events.v1")


async def test_a_subscriber_who_stays_is_told_what_comes(
    platform: Servers, topic_prefix: str, subscriber: Subscriber
) -> None:
    topic = topic_prefix + BOOKING_EVENTS.name
    await send(platform.kafka, topic, EVENTS[:1], partitions=BOOKING_EVENTS.partitions)
    client = await asyncio.create_subprocess_exec(
        *subscriber.command(platform.kafka, topic, "--follow"),
        cwd=subscriber.folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdout is not None
    try:
        first = await asyncio.wait_for(client.stdout.readline(), 300)
        async with AIOKafkaProducer(bootstrap_servers=platform.kafka) as producer:
            await producer.send_and_wait(topic, EVENTS[6][1], key=LIBRARY.encode())
        second = await asyncio.wait_for(client.stdout.readline(), 300)
        client.send_signal(signal.SIGINT)
        rest = (await asyncio.wait_for(client.communicate(), 300))[0].decode().splitlines()
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
    assert first.split()[1:] == [b"omatoimi.booking.confirmed.v1", str(UUID(int=1)).encode(), b"0000000001"]
    assert second.split()[1:] == [b"omatoimi.booking.cancelled.v1", str(UUID(int=1)).encode(), b"0000000002"]
    assert rest[-1] == "M01: 1"
    assert client.returncode == 0
