"""With the broker in between: what decisions reads of booking, what it is asked, and what others read of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis import Settings
from chassis.clock import SettableClock
from omatoimi_contracts.codec import read, write
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import RecordRequested
from omatoimi_contracts.vocabulary import Slot
from omatoimi_platform.topics import create
from pydantic import SecretStr

from tests.kits.chassis import proved
from tests.kits.decisions import A_HEARING, BEGAN, Office, case, decision, office, page, secret
from tests.kits.facts import Facts
from tests.kits.platform import Servers

ROLES = ("api", "relay", "worker", "jobs")
DEADLINE = 300.0
CASE = "HEL-2026-000001"
KEY = "U540/2026-11-24/12"
STAFF = "/helsinki/channels/staff"


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; fails after a minute."""
    async with asyncio.timeout(DEADLINE):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


async def records_of(settings: Settings, topic: str, enough: Callable[[Sequence[Any]], bool]) -> list[Any]:
    """The records of a topic from its beginning, until there are enough."""
    consumer = AIOKafkaConsumer(
        settings.topic(topic), bootstrap_servers=settings.kafka, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    records: list[Any] = []
    try:
        async with asyncio.timeout(DEADLINE):
            while not enough(records):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    records += batch
    finally:
        await consumer.stop()
    return records


def holds(words: bytes) -> Callable[[Sequence[Any]], bool]:
    """Whether one of the records holds these words."""
    return lambda records: any(words in (record.value or b"") for record in records)


async def send(settings: Settings, topic: str, *events: Any, key: str = "any") -> None:
    """Send each event twice."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        for event in events:
            for _ in range(2):
                value = write(event)
                await producer.send_and_wait(settings.topic(topic), value, key=key.encode(), headers=proved(value))
    finally:
        await producer.stop()


def asked(clock: SettableClock, **fields: Any) -> RequestEvent[RecordRequested]:
    """A record as staff's channel puts it on the request topic."""
    return RequestEvent[RecordRequested](
        id=uuid4(), source=STAFF, type=RecordRequested.TYPE, time=clock.now, data=RecordRequested(**fields)
    )


async def settings_for(platform: Servers, database: str, prefix: str) -> Settings:
    await create(platform.kafka, prefix=prefix)
    return Settings(kafka=platform.kafka, postgres=SecretStr(database), topic_prefix=prefix)


async def answered(opened: Office, count: int) -> bool:
    told = await opened.rows("select count(*) as n from chassis.inbox where outcome is not null")
    return bool(told[0]["n"] >= count)


async def test_hearings_booked_while_decisions_was_down_show_on_the_case_when_every_event_comes_twice(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    settings = await settings_for(platform, database, topic_prefix)
    clock = SettableClock(BEGAN)
    booking = Facts(clock, A_HEARING)
    start = clock.now + timedelta(days=2)
    first = Slot(start=start, end=start + timedelta(hours=2))
    second = Slot(start=start + timedelta(days=1), end=start + timedelta(days=1, hours=2))
    moving, going, staying = uuid4(), uuid4(), uuid4()
    await send(
        settings,
        "booking.events.v1",
        booking.confirmed(moving, first, CASE),
        booking.confirmed(going, first, CASE),
        booking.confirmed(staying, second, CASE, space="verstas"),
        booking.moved(moving, second, first, CASE),
        booking.cancelled(going, first, CASE),
        key="helsinki/vallila-kirjasto",
    )

    async def heard(opened: Office) -> set[str]:
        return {hearing["booking"] for hearing in (await opened.seen("case", CASE))["hearings"]}

    async with office(settings, ROLES) as opened:
        await opened.taken("case", case())
        await until(lambda: _holds(heard(opened), {str(moving), str(staying)}))
        assert all(
            hearing["start"] == "2026-12-04T10:00:00Z" for hearing in (await opened.seen("case", CASE))["hearings"]
        )
    await send(settings, "booking.events.v1", booking.cancelled(moving, second, CASE), key="helsinki/vallila-kirjasto")
    async with office(settings, ROLES) as opened:
        await until(lambda: _holds(heard(opened), {str(staying)}))
        events = await opened.events()
        assert [event.data.version for event in events] == list(range(1, len(events) + 1))


async def _holds(found: Awaitable[set[str]], wanted: set[str]) -> bool:
    return await found == wanted


async def test_records_over_kafka_are_told_once_and_their_words_are_forgotten_with_them(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    settings = await settings_for(platform, database, topic_prefix)
    async with office(settings, ROLES) as opened:
        clock = opened.clock
        proposed = page("Vallilan puisto", "Ehdotetaan.", part="Päätösehdotus")
        await send(
            settings,
            "decisions.requests.v1",
            asked(clock, kind="case", content=case()),
            asked(clock, kind="decision", content=decision(motion=proposed)),
            asked(clock, kind="decision", record="{DECISION-1}", remove=True),
        )
        await until(lambda: answered(opened, 3))
        read_back = await records_of(
            settings,
            "decisions.events.v1",
            holds(b"motion.removed"),
        )
        told: list[Any] = [read(record.value) for record in read_back]
        assert [event.type.split(".")[1] + " " + event.type.split(".")[2] for event in told] == [
            "case published",
            "decision published",
            "motion published",
            "decision removed",
            "motion removed",
        ]
        assert {record.key for record in read_back} == {CASE.encode()}
        of_decision = [int(event.sequence) for event in told if event.subject == KEY]
        assert of_decision == [1, 2, 3, 4]
        texts = await records_of(
            settings,
            "decisions.documents.v1",
            lambda records: (
                any(record.key == KEY.encode() and record.value is None for record in records)
                and any(record.key == CASE.encode() for record in records)
            ),
        )
        last = {record.key.decode(): record.value for record in texts}
        assert last[KEY] is None
        text: Any = read(last[CASE]).data
        assert text.title == "Vallilan puiston suunnitelma"


async def test_a_secret_record_over_kafka_stands_on_no_topic_of_decisions(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    settings = await settings_for(platform, database, topic_prefix)
    async with office(settings, ROLES) as opened:
        hidden = decision("{SECRET}", "Kohtauspaikka", "Kohtauspaikka suljetaan.")
        await send(
            settings,
            "decisions.requests.v1",
            asked(opened.clock, kind="decision", content=secret(hidden)),
            asked(opened.clock, kind="case", content=case("HEL-2026-000002")),
        )
        await until(lambda: answered(opened, 2))
        written = b""
        for topic, last in (("decisions.events.v1", b"case.published"), ("decisions.documents.v1", b"HEL-2026-000002")):
            written += b"".join(record.value for record in await records_of(settings, topic, holds(last)))
        for told in (b"Kohtauspaikka", b"{SECRET}", b"HEL-2026-000001", b"U540"):
            assert told not in written
        assert await opened.rows("select 1 from chassis.dead_letter") == []
