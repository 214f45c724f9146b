"""Events without a Kafka client: what pages and server-sent events tell, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis import demo

from tests.kits.analytics import Log, Town, at, read

from .over_sockets import STREAM, Endpoint, a_town, first_copies, places, stream, take


async def test_a_stream_tells_first_copies_byte_for_byte_and_goes_on_with_what_comes(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records[:20])
    async with stream(endpoint, since=0) as answer:
        first = await take(answer, 9)
        late = [town.again(town.records[3]), town.show("d1", at("2026-10-06 12:00"))]
        await read(endpoint.service, [*town.records[20:-2], *late])
    async with stream(endpoint, since=first[-1]["id"]) as answer:
        rest = await take(answer, 11)
    told = [*first, *rest]
    assert places(told) == first_copies(town.records)
    assert [one["id"] for one in told] == [str(one["number"]) for one in told]
    values = {(r.topic, r.partition, r.offset): r.value for r in town.records}
    page = await endpoint.http.get("/v1/events")
    for one in told:
        value = values[one["topic"], one["partition"], one["offset"]]
        assert value is not None
        assert one["event"] == json.loads(value)
        assert value in page.content


async def test_without_since_a_stream_begins_now_and_a_page_at_the_beginning(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records[:-4])
    async with stream(endpoint) as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await read(endpoint.service, town.records[-4:])
        (told, _) = await take_lines(lines, 2)
    assert told["offset"] == town.records[-4].offset
    page = (await endpoint.http.get("/v1/events")).json()
    assert places(page["events"]) == first_copies(town.records)


async def take_lines(lines: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(300):
        while len(told) < count:
            line = await anext(lines)
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
    return told


@pytest.mark.parametrize("cut_after", [1, 7, 18])
async def test_a_reader_that_is_cut_off_anywhere_and_comes_back_loses_and_doubles_nothing(
    endpoint: Endpoint, cut_after: int
) -> None:
    town = a_town()
    half = len(town.records) // 2

    async def go_on_reading() -> None:
        for record in town.records[half:]:
            await read(endpoint.service, [record])

    await read(endpoint.service, town.records[:half])
    reading = asyncio.create_task(go_on_reading())
    async with stream(endpoint, since=0) as answer:
        told = await take(answer, cut_after)
    async with stream(endpoint, {"last-event-id": told[-1]["id"]}, since=0) as answer:
        told += await take(answer, 19 - cut_after)
    await reading
    assert places(told) == first_copies(town.records)


async def test_since_a_moment_tells_what_stood_on_its_topic_from_then_on(endpoint: Endpoint) -> None:
    """Also when another topic was read as a whole before: its earlier records have later numbers."""
    town = a_town()
    usage = Log()
    for number in range(10):
        usage.raw("usage.events.v1", town.show(f"d{number}", at("2026-10-06 12:00")).value, partition=number % 2)
    bookings = [record for record in town.records if record.topic == "booking.events.v1"]
    await read(endpoint.service, bookings)
    await read(endpoint.service, usage.records)
    for offset in (0, 4, 17, len(bookings) - 2):
        moment = datetime.fromtimestamp(bookings[offset].timestamp / 1000, UTC)
        expected = [
            place
            for place in [*first_copies(bookings), *first_copies(usage.records)]
            if next(r.timestamp for r in [*bookings, *usage.records] if (r.topic, r.partition, r.offset) == place)
            >= bookings[offset].timestamp
        ]
        page = (await endpoint.http.get("/v1/events", params={"since": moment.isoformat()})).json()
        assert sorted(places(page["events"])) == sorted(expected)
        async with stream(endpoint, since=moment.isoformat()) as answer:
            assert places(await take(answer, len(expected))) == places(page["events"])
    later = datetime.fromtimestamp(bookings[-1].timestamp / 1000, UTC) + timedelta(days=1)
    assert (await endpoint.http.get("/v1/events", params={"since": later.isoformat()})).json()["events"] == []
    early = (await endpoint.http.get("/v1/events?since=2014-05-14T12:00:00+03:00")).json()
    assert len(early["events"]) == len(first_copies(bookings)) + 10


async def test_pages_follow_one_another_without_a_loss_or_a_double(endpoint: Endpoint) -> None:
    town = a_town()
    await read(endpoint.service, town.records)
    told: list[dict[str, Any]] = []
    since = 0
    while page := (await endpoint.http.get("/v1/events", params={"since": since, "limit": 4})).json():
        told += page["events"]
        if not page["events"]:
            assert page["next"] == since
            break
        since = page["next"]
    assert places(told) == first_copies(town.records)


async def test_a_filter_tells_only_what_is_asked_for(endpoint: Endpoint) -> None:
    town = a_town()
    town.premises("elsewhere", "library", {"hall": ()}, unit="kallio")
    town.show("d1", at("2026-10-06 12:00"))
    await read(endpoint.service, town.records)

    async def types(**query: Any) -> set[str]:
        page = (await endpoint.http.get("/v1/events", params=query)).json()
        return {one["event"]["type"] for one in page["events"]}

    assert await types(topic="usage.events.v1") == {"omatoimi.item.shown.v1"}
    assert await types(topic=["usage.events.v1", "notices.events.v1"]) == {"omatoimi.item.shown.v1"}
    attended = "omatoimi.booking.attended.v1"
    assert await types(type=attended) == {attended}
    assert await types(type=[attended, "omatoimi.booking.blessed.v9"], unit="vallila") == {attended}
    assert len((await endpoint.http.get("/v1/events?unit=kallio")).json()["events"]) == 3
    subject = json.loads(town.records[3].value or b"")["subject"]
    assert await types(subject=subject) == {attended, "omatoimi.booking.confirmed.v1"}
    async with stream(endpoint, since=0, topic="usage.events.v1") as answer:
        (shown,) = await take(answer, 1)
    assert shown["event"]["data"]["item"] == "d1"


async def test_example_content_is_told_only_to_who_asks_for_it(endpoint: Endpoint) -> None:
    town = Town()
    town.show("real", at("2026-10-06 12:00"))
    town.demo = True
    town.show("example", at("2026-10-06 12:00"))
    async with endpoint.service.pool.acquire() as conn:
        await demo.begin(conn, seed=1, day=date(2026, 11, 24), total=1)
    await read(endpoint.service, town.records)

    async def items(**query: str) -> list[str]:
        page = (await endpoint.http.get("/v1/events", params=query)).json()
        return [one["event"]["data"]["item"] for one in page["events"]]

    assert await items() == ["real"]
    assert await items(demo="include") == ["real", "example"]
    async with endpoint.service.pool.acquire() as conn:
        await demo.end(endpoint.service.transaction(conn))
    await demo.take_out(endpoint.service)
    assert await items(demo="include") == ["real"]


async def test_an_event_in_binary_mode_of_a_type_not_known_yet_is_told_whole(endpoint: Endpoint) -> None:
    log = Log()
    told = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/helsinki/booking",
        "type": "omatoimi.booking.blessed.v1",
        "time": "2026-10-05T12:00:00Z",
    }
    headers = [(f"ce_{name}", text.encode()) for name, text in told.items()]
    await read(endpoint.service, [log.raw("booking.events.v1", b'{"by": "the mayor"}', headers)])
    (only,) = (await endpoint.http.get("/v1/events")).json()["events"]
    assert only["event"] == {**told, "data": {"by": "the mayor"}}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"since": "yesterday"}, "/since"),
        ({"since": "2026-12-01"}, "/since"),
        ({"since": "1" * 30}, "/since"),
        ({"topic": "booking.requests.v1"}, "/topic"),
        ({"unit": "Not a code"}, "/unit/0"),
        ({"demo": "yes"}, "/demo"),
        ({"limit": "0"}, "/limit"),
    ],
)
async def test_what_cannot_be_told_is_refused_before_a_stream_begins(
    endpoint: Endpoint, query: dict[str, str], pointer: str
) -> None:
    for accept in ("text/event-stream", "application/json"):
        answer = await endpoint.http.get("/v1/events", params=query, headers={"accept": accept})
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


async def test_a_number_beyond_the_end_is_of_another_ledger_and_told_so(endpoint: Endpoint) -> None:
    await read(endpoint.service, a_town().records)
    last = int(await endpoint.service.pool.fetchval("select max(number) from analytics.ledger"))
    for number in (last + 1, 10**17):
        asked = ({"params": {"since": number}}, {"params": {"since": number}, "headers": STREAM})
        for more in (*asked, {"headers": STREAM | {"Last-Event-ID": str(number)}}):
            answer = await endpoint.http.get("/v1/events", **more)
            assert (answer.status_code, answer.json()["last"]) == (404, last), more
            assert answer.json()["type"] == "urn:omatoimi:problem:beyond-the-end"
    page = await endpoint.http.get("/v1/events", params={"since": last})
    assert page.json() == {"events": [], "next": last}
    async with stream(endpoint, since=last):
        pass
