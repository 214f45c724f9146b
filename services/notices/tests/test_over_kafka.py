"""With the broker in between: what notices reads of others, and what others read of notices."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis import Settings
from chassis.clock import SettableClock
from notices.store import bookings
from omatoimi_contracts.codec import read, write
from omatoimi_contracts.decisions import DecisionChanged, DecisionPublished, DecisionRemoved
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.requests import NoticeRequested
from omatoimi_contracts.vocabulary import AskedOrganiser, Fact, Slot
from omatoimi_platform.topics import create
from pydantic import SecretStr

from tests.kits.chassis import proved
from tests.kits.notices import BEGAN, House, Neighbours, house
from tests.kits.platform import Servers

ROLES = ("api", "relay", "worker", "jobs")
DEADLINE = 300.0


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; fails after a minute."""
    async with asyncio.timeout(DEADLINE):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


async def read_until(settings: Settings, topic: str, enough: Callable[[Sequence[Any]], bool]) -> list[Any]:
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


async def send(settings: Settings, *events: FactEvent[Fact], forgotten: Sequence[str] = ()) -> None:
    """Send each event twice to its owner's topic, and tombstones after."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        for event in events:
            key = event.data.key(municipality="helsinki", unit=event.unit, topic=event.data.TOPIC).encode()
            for _ in range(2):
                await producer.send_and_wait(settings.topic(event.data.TOPIC), write(event), key=key)
        for document in forgotten:
            await producer.send_and_wait(settings.topic("decisions.documents.v1"), None, key=document.encode())
    finally:
        await producer.stop()


async def settings_for(platform: Servers, database: str, prefix: str) -> Settings:
    await create(platform.kafka, prefix=prefix)
    return Settings(kafka=platform.kafka, postgres=SecretStr(database), topic_prefix=prefix)


async def told_on_topic(settings: Settings, notice: str, last: str) -> list[Any]:
    """The events about a notice as any subscriber reads them, up to one of a type."""

    def about(records: Sequence[Any]) -> list[Any]:
        return [event for record in records if str((event := read(record.value)).subject) == notice]

    return about(
        await read_until(
            settings,
            "notices.events.v1",
            lambda records: any(event.type == f"omatoimi.notice.{last}.v1" for event in about(records)),
        )
    )


async def test_a_service_that_was_down_for_a_day_is_right_again_when_every_event_comes_twice(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    settings = await settings_for(platform, database, topic_prefix)
    neighbours = Neighbours(SettableClock(BEGAN))
    start = neighbours.clock.now + timedelta(days=2)
    first = Slot(start=start, end=start + timedelta(hours=2))
    second = Slot(start=start + timedelta(days=1), end=start + timedelta(days=1, hours=2))
    moving, going = uuid4(), uuid4()
    await send(
        settings,
        neighbours.confirmed(moving, first),
        neighbours.confirmed(going, first),
        neighbours.words_of("a", 1, "Pysyy"),
        neighbours.decided(DecisionPublished, "a", 1),
        neighbours.decided(DecisionPublished, "b", 1),
        neighbours.words_of("b", 1, "Poistuu"),
        neighbours.decided(DecisionPublished, "c", 1),
        neighbours.words_of("c", 1, "Muuttaa pois"),
    )
    async with house(settings, ROLES, neighbours) as opened:
        await until(lambda: shows(opened, "Muuttaa pois", "Poistuu", "Pysyy"))
        await until(lambda: knows(opened, moving, going))  # else the notices change once they are
        staff = opened.bench.staff
        until_then = first.end.isoformat()
        moved = await opened.posted(staff, titles={"fi": "Siirtyy"}, booking=str(moving), until=until_then)
        gone = await opened.posted(staff, titles={"fi": "Peruuntuu"}, booking=str(going), until=until_then)
        await read_until(settings, "notices.documents.v1", lambda records: len(records) >= 2)
    neighbours.clock.pass_(hours=1)
    await send(
        settings,
        neighbours.moved(moving, second, first),
        neighbours.cancelled(going, first),
        neighbours.decided(DecisionRemoved, "b", 2),
        neighbours.decided(DecisionChanged, "c", 1, primary=("10",)),
        forgotten=["b"],
    )
    neighbours.clock.pass_(days=1)
    async with house(settings, ROLES, neighbours) as opened:
        await until(lambda: shows(opened, "Pysyy", "Siirtyy"))
        withdrawn = (await told_on_topic(settings, gone, "withdrawn"))[-1]
        changed = (await told_on_topic(settings, moved, "changed"))[-1]
        documents = await read_until(
            settings, "notices.documents.v1", lambda records: any(record.value is None for record in records)
        )
        assert await opened.told_of(gone) == ["published", "withdrawn"]
        assert await opened.told_of(moved) == ["published", "changed"]
    assert (withdrawn.data.by, changed.data.by) == ("automatic", "automatic")
    assert (changed.data.slot, changed.data.until) == (second, second.end)
    last = {record.key.decode(): record.value for record in documents}
    assert last[gone] is None
    assert read(last[moved]).data.titles == {"fi": "Siirtyy"}  # type: ignore[union-attr]


async def shows(opened: House, *titles: str) -> bool:
    return await opened.titles() == sorted(titles)


async def knows(opened: House, *of: UUID) -> bool:
    async with opened.bench.service.pool.acquire() as conn:
        return len(await bookings.all_known(conn, of)) == len(of)


async def test_a_notice_asked_for_over_kafka_is_the_one_asked_for_over_http(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    settings = await settings_for(platform, database, topic_prefix)
    async with house(settings, ROLES) as opened:
        organisation = await opened.verified()
        asked = NoticeRequested(
            titles={"fi": "Talkoot"},
            until=opened.after(days=2),
            organiser=AskedOrganiser(organisation=organisation),
        )
        id = uuid4()
        event = RequestEvent[NoticeRequested](
            id=id,
            source=opened.bench.web.caller.channel.source,
            type=NoticeRequested.TYPE,
            time=opened.clock.now,
            data=asked,
        )
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        await producer.start()
        for _ in range(2):
            await producer.send_and_wait(
                settings.topic("notices.requests.v1"), write(event), headers=proved(write(event))
            )
        await producer.stop()
        await until(lambda: shows(opened, "Talkoot"))
        again = await opened.bench.web.post("/v1/notices", asked.model_dump(mode="json", by_alias=True), id=id)
        assert again.json()["repeated"]
        notice = again.json()["resource"]["id"]
        (published,) = await told_on_topic(settings, notice, "published")
        assert (published.causationid, published.outcome) == (id, True)
        assert (await opened.bench.web.get(f"/v1/requests/{id}")).json()["resource"]["id"] == notice
