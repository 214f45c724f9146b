"""The ledger: every record of the log, once, in exactly one class."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from analytics.domain.position import Position
from chassis import Service
from chassis.worker import Record
from omatoimi_contracts.premises import PremisesRegistered
from omatoimi_contracts.usage import VisitCounted

from tests.kits.analytics import OCTOBER, Log, Town, all_figures, at, position_of, read, slot

LEDGER = 'select log, "offset", class, reason, id, raw from analytics.ledger order by log, partition, "offset"'


async def rows(service: Service) -> list[dict[str, Any]]:
    async with service.pool.acquire() as conn:
        return [dict(row) for row in await conn.fetch(LEDGER)]


async def classes(service: Service) -> list[str]:
    return [row["class"] for row in await rows(service)]


def a_booking(log: Town | None = None) -> tuple[Town, Record]:
    town = log or Town()
    town.premises("library", "library", {"room": ()})
    return town, town.book("b", slot("2026-10-05", "12:00", "14:00"))


def changed(record: Record, **attributes: Any) -> bytes:
    """The record's event with other attributes."""
    assert record.value is not None
    return json.dumps({**json.loads(record.value), **attributes}).encode()


async def test_every_record_ends_in_exactly_one_class(service: Service) -> None:
    town, booking = a_booking()
    topic = booking.topic
    town.again(booking)
    town.raw(topic, changed(booking, type="omatoimi.booking.blessed.v1", id=str(uuid4())))
    town.raw(topic, b"no JSON")
    town.raw(topic, b"\xff\xfe")
    town.raw(topic, None)
    town.raw(topic, b"[]")
    asked = {"space": "room", "slot": {"start": "2026-10-05T12:00:00Z", "end": "2026-10-05T14:00:00Z"}}
    town.raw(topic, changed(booking, type="omatoimi.booking.requested.v1", id=str(uuid4()), data=asked))
    town.raw(topic, changed(booking, type="omatoimi.booking.blessed.v1", id="no-uuid"))
    town.raw(topic, changed(booking, subject="another", id=str(uuid4())))
    town.raw("usage.events.v1", changed(booking, id=str(uuid4())))
    await read(service, town.records)
    assert await classes(service) == [*["folded"] * 4, "doubled", "unknown", *["quarantined"] * 8]
    identity = (await all_figures(service))["M52"]
    assert identity.whole.numerator == identity.whole.denominator == 14
    by_topic = {row.key: row for row in identity.rows if row.dimension == "topic"}
    assert by_topic["booking.events.v1"].parts == {"folded": 4, "doubled": 1, "unknown": 1, "quarantined": 7, "demo": 0}
    assert by_topic["usage.events.v1"].parts == {"folded": 0, "doubled": 0, "unknown": 0, "quarantined": 1, "demo": 0}
    assert {row.key: row.numerator for row in identity.rows if row.dimension == "reason"} == {
        "malformed": 6,
        "misplaced": 2,
    }


async def test_the_bytes_of_a_record_are_kept_as_they_came(service: Service) -> None:
    town, booking = a_booking()
    odd = town.raw(booking.topic, b"\x00\xff no event")
    copy = town.again(booking)
    await read(service, town.records)
    kept = {row["offset"]: row["raw"] for row in await rows(service)}
    assert kept[booking.offset] == booking.value
    assert kept[odd.offset] == odd.value
    assert kept[copy.offset] is None


async def test_a_copy_counts_once_wherever_and_whenever_it_comes(service: Service) -> None:
    town, booking = a_booking()
    await read(service, town.records)
    once = await all_figures(service)
    await read(service, [town.again(booking), town.again(booking, partition=3)])
    twice = await all_figures(service)
    assert (await classes(service)).count("doubled") == 2
    assert {id_: one for id_, one in twice.items() if id_ != "M52"} == {
        id_: one for id_, one in once.items() if id_ != "M52"
    }


async def test_the_same_id_from_another_source_is_another_event(service: Service) -> None:
    town, booking = a_booking()
    town.raw(booking.topic, changed(booking, source="/espoo/booking"))
    await read(service, town.records)
    assert (await classes(service)).count("doubled") == 0


async def test_a_fact_dated_ahead_of_its_record_time_moves_no_clock(service: Service) -> None:
    town, _ = a_booking()
    await read(service, town.records)
    before = await all_figures(service)
    recorded = at("2026-10-05 15:00")
    town.add(PremisesRegistered(premises="typo", owner="library"), at("2027-08-05 15:00"), recorded=recorded)
    visit = VisitCounted(counter="gate", slot=slot("2027-06-05", "12:00", "13:00"), persons=9, method="reported")
    town.add(visit, at("2026-10-05 13:00"), recorded=recorded)
    town.add(
        PremisesRegistered(premises="fast-clock", owner="library"), recorded + timedelta(hours=23), recorded=recorded
    )
    await read(service, town.records[-3:])
    ahead = [row for row in await rows(service) if row["reason"] == "ahead-of-time"]
    assert [row["log"] for row in ahead] == ["booking.events.v1", "usage.events.v1"]
    after = await all_figures(service)
    assert after["M02"].last_heard == before["M02"].last_heard
    async with service.pool.acquire() as conn:
        assert await conn.fetchval("select max(last_recorded) from facts.tally") == recorded


async def test_an_event_that_the_facts_cannot_hold_takes_no_neighbour_with_it(service: Service) -> None:
    town, booking = a_booking()
    # Valid by the contract, and more than PostgreSQL reads: an offset of 18 hours, a character 0 in a field we ignore.
    far = town.raw(
        booking.topic, (booking.value or b"").replace(b"2026-10-05T09:00:00Z", b"2026-10-06T03:00:00+18:00", 1)
    )
    zero = changed(booking, id=str(uuid4()), later="\0")
    town.raw(booking.topic, zero)
    far_value = changed(far, id=str(uuid4()))
    town.records[far.offset] = far._replace(value=far_value)
    town.book("c", slot("2026-10-06", "12:00", "14:00"))
    await read(service, town.records)
    assert await classes(service) == [*["folded"] * 4, "quarantined", "quarantined", "folded"]
    assert {row["reason"] for row in await rows(service)} == {None, "unfit"}
    assert (await all_figures(service))["M01"].whole.value == 2


async def test_what_the_facts_cannot_hold_is_never_called_folded_though_it_is_overtaken_at_once(
    service: Service,
) -> None:
    """Of a booking only the latest event is read into its facts: one that another of the same batch overtakes would
    first be read, and fail, when somebody asks for the figures as they were known in between."""
    town, booking = a_booking()
    far = changed(booking, id=str(UUID(int=0, version=4)))
    town.raw(booking.topic, far.replace(b"2026-10-05T09:00:00Z", b"2026-10-06T03:00:00+18:00", 1))
    town.raw(booking.topic, changed(booking, id=str(UUID(int=1, version=4)), later="\0"))
    town.move("b", slot("2026-10-07", "12:00", "14:00"), at("2026-10-02 12:00"))
    await read(service, town.records)
    assert await classes(service) == [*["folded"] * 4, "quarantined", "quarantined", "folded"]
    for known in range(booking.offset, len(town.records)):
        figures = await all_figures(service, position=Position({(booking.topic, 0): known + 1}))
        assert figures["M01"].whole.value == 1


async def test_an_event_in_binary_mode_counts_like_any_other(service: Service) -> None:
    town, booking = a_booking()
    assert booking.value is not None
    event = json.loads(booking.value)
    data = json.dumps(event.pop("data")).encode()
    headers = [
        (f"ce_{name}", (str(told).lower() if isinstance(told, bool) else str(told)).encode())
        for name, told in event.items()
    ]
    town.records.pop()
    town.ends[booking.topic, 0] -= 1
    town.raw(booking.topic, data, headers)
    await read(service, town.records)
    assert set(await classes(service)) == {"folded"}
    assert (await all_figures(service))["M01"].whole.value == 1


async def test_a_newer_writers_event_in_binary_mode_is_kept_as_unknown(service: Service) -> None:
    log = Log()
    told = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/helsinki/booking",
        "type": "omatoimi.booking.blessed.v1",
        "time": "2026-10-05T12:00:00Z",
    }
    record = log.raw("booking.events.v1", b"{}", [(f"ce_{name}", text.encode()) for name, text in told.items()])
    await read(service, [record, log.again(record)])
    assert await classes(service) == ["unknown", "doubled"]
    assert str((await rows(service))[0]["id"]) == told["id"]


async def test_a_log_that_is_read_again_changes_nothing(service: Service) -> None:
    town, booking = a_booking()
    town.again(booking)
    town.raw(booking.topic, b"nonsense")
    await read(service, town.records)
    before, position = await rows(service), await position_of(service)
    await read(service, town.records[2:])
    await read(service, town.records)
    assert await rows(service) == before
    assert await position_of(service) == position


async def test_a_topic_made_anew_is_a_log_of_its_own(service: Service) -> None:
    town, booking = a_booking()
    await read(service, town.records)
    before = (await all_figures(service))["M01"]
    anew = Town()
    again = [anew.raw(booking.topic, record.value) for record in (booking, town.records[0])]
    later = [record._replace(timestamp=record.timestamp + 60_000) for record in again]
    await read(service, later)
    await read(service, [anew.raw(booking.topic, b"nonsense")._replace(timestamp=1)])
    assert str(await position_of(service)) == "booking.events.v1:4,booking.events.v1.log2:3"
    figures = await all_figures(service)
    assert figures["M01"].whole == before.whole
    assert figures["M52"].whole.numerator == figures["M52"].whole.denominator == 7


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_the_size_of_the_batches_decides_nothing(service: Service, size: int) -> None:
    town, booking = a_booking()
    town.again(booking)
    town.cancel("b", at("2026-10-05 09:00"))
    town.raw(booking.topic, b"nonsense")
    for first in range(0, len(town.records), size):
        await read(service, town.records[first : first + size])
    assert await classes(service) == ["folded"] * 4 + ["doubled", "folded", "quarantined"]
    figures = await all_figures(service, OCTOBER)
    assert figures["M06"].whole.parts["late"] == 1
    assert figures["M52"].whole.numerator == 7
