"""Who comes says so at a kiosk by the code of their booking: known to whoever made it, told by no event, worth nothing
at another time or library, and the same answer for whatever is wrong."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from booking import scheduled
from booking.store import codes
from chassis.access import RESIDENTS, Role, RoleAt, by_channel
from omatoimi_contracts.booking import BookingAttended
from omatoimi_contracts.requests import CancellationRequested, CheckInRequested, MoveRequested
from omatoimi_contracts.vocabulary import AskedSlot

from tests.kits.booking import KIOSK, STAFF, WEB, City, at, verdict
from tests.kits.persons import issuer, trust
from tests.kits.told import asked_to_tell, may_ask

from .conftest import Endpoints

AINO = replace(WEB, roles=RESIDENTS, person=UUID("6f1f2c9e-8d0b-4b0a-9c55-0d6f3f1b7a11"))
ELSEWHERE = by_channel("/helsinki/channels/kiosk-kallio", "kiosk-kallio", "kallio", Role.DEVICE)


def check_in(code: str, unit: str = "vallila") -> CheckInRequested:
    return CheckInRequested(unit=unit, code=code)


async def code_of(city: City, booking: UUID) -> str:
    return (await codes.of(city.conn, [booking]))[booking]


async def test_the_code_of_a_booking_tells_that_they_came(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11), AINO)
    city.now = at(9.5)
    answer = await city.ask(check_in(await code_of(city, booking)), KIOSK)
    assert (verdict(answer), answer.outcome.data["booking"], answer.resource) == ("attended", str(booking), None)
    (told,) = await city.events(BookingAttended)
    assert (told.data.booking, told.time) == (booking, at(9.5))
    assert await city.conn.fetchval("select attended from booking.booking where booking = $1", booking)


async def test_what_is_wrong_is_answered_alike_whatever_it_is(city: City) -> None:
    """Case 16, at the kiosk: nothing tells a code of tomorrow, of another library or of nobody from each other."""
    today, tomorrow = [await city.booked("room-a", at(10, day), at(11, day), AINO) for day in (2, 3)]
    gone = await city.booked("room-b", at(10), at(11), AINO)
    await city.ask(CancellationRequested(booking=gone), AINO)
    known = {one: await code_of(city, one) for one in (today, tomorrow, gone)}
    nobodys = next(code for code in ("000000", "000001", "000002", "000003") if code not in known.values())
    tries = [
        (at(9.5) - timedelta(seconds=1), known[today], "vallila", KIOSK),
        (at(11), known[today], "vallila", KIOSK),
        (at(10), known[today], "kallio", ELSEWHERE),
        (at(10), known[tomorrow], "vallila", KIOSK),
        (at(10), known[gone], "vallila", KIOSK),
        (at(10), nobodys, "vallila", KIOSK),
    ]
    answers = []
    for city.now, code, unit, by in tries:
        answers.append(await city.ask(check_in(code, unit), by))
    assert [verdict(one) for one in answers] == ["unknown-code"] * len(tries)
    assert len({str((one.resource, sorted(one.outcome.data))) for one in answers}) == 1
    assert await city.events(BookingAttended) == []


@pytest.mark.parametrize("by", [WEB, STAFF, ELSEWHERE, AINO, replace(AINO, at=(RoleAt(Role.STAFF, unit="vallila"),))])
async def test_only_a_device_of_the_library_takes_codes(city: City, by: object) -> None:
    booking = await city.booked("room-a", at(10), at(11), AINO)
    city.now = at(10)
    answer = await city.ask(check_in(await code_of(city, booking)), by)  # type: ignore[arg-type]
    assert verdict(answer) == "not-allowed"


async def test_a_check_in_that_comes_late_counts_at_its_own_time_and_corrects_what_was_concluded(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11), AINO)
    code, city.now = await code_of(city, booking), at(10, 9)
    once = uuid4()
    for _ in range(2):
        answer = await city.ask(check_in(code), KIOSK, time=at(10.1), id=once)
        assert verdict(answer) == "attended"
    (told,) = await city.events(BookingAttended)
    assert told.time == at(10.1)
    assert verdict(await city.ask(check_in(code), KIOSK)) == "unknown-code"


async def test_whoever_made_a_booking_reads_its_code_and_nobody_else(city: City, endpoints: Endpoints) -> None:
    async with issuer() as people:
        trust(city.services[0], people)
        web, kiosk = await endpoints.client(WEB), await endpoints.client(KIOSK)
        now = city.now
        mine = people.signs_in(web, now=now)
        staff = people.signs_in(web, now=now, at=[RoleAt(Role.STAFF, unit="vallila")])
        body = {"space": "room-a", "slot": {"start": at(10).isoformat(), "end": at(11).isoformat()}}
        booked = await mine.post("/v1/bookings", body)
        id_ = booked.json()["resource"]["booking"]
        code = await code_of(city, UUID(id_))
        assert (await mine.get(f"/v1/bookings/{id_}")).json()["code"] == code
        assert [one["code"] for one in (await mine.get("/v1/bookings")).json()["bookings"]] == [code]
        told = await staff.get(f"/v1/bookings/{id_}")
        assert (told.status_code, "code" in told.json()) == (200, False)
        slots = await staff.get("/v1/schedule?from=2026-12-02T06:00:00Z&to=2026-12-02T18:00:00Z")
        assert id_ in slots.text
        assert f'"{code}"' not in slots.text + booked.text
        assert (await kiosk.get(f"/v1/bookings/{id_}")).status_code == 404


async def test_no_event_tells_a_code_and_only_the_message_to_its_maker_does(city: City) -> None:
    may_ask(city.services[0])
    booking = await city.booked("room-a", at(10), at(11), AINO)
    code = await code_of(city, booking)
    await city.ask(MoveRequested(booking=booking, slot=AskedSlot(start=at(10), end=at(12))), AINO)
    city.now = at(10)
    await city.ask(check_in(code), KIOSK)
    public = await city.conn.fetch("select value from chassis.outbox where topic = 'booking.events.v1'")
    assert public
    assert not [row for row in public if f'"{code}"'.encode() in row["value"]]
    told = await asked_to_tell(city.services[0])
    assert [(one.kind, one.booking and one.booking.code) for one in told] == [
        ("booking-confirmed", code),
        ("booking-moved", code),
    ]


async def test_no_two_bookings_of_a_library_have_one_code(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those who draw the same, one draws again; of codes that are all taken, none is given."""
    drawn = iter([7, 7, 7, 8, 9])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    first, second = [await city.booked("room-a", at(hour), at(hour + 1)) for hour in (10, 11)]
    assert (await code_of(city, first), await code_of(city, second)) == ("000007", "000008")
    monkeypatch.setattr("secrets.randbelow", lambda _: 7)
    third = await city.booked("room-a", at(12), at(13))
    assert await codes.of(city.conn, [third]) == {}


async def test_a_code_is_kept_while_something_may_come_late_and_then_forgotten(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    for city.now, left in ((at(11) + codes.KEPT - timedelta(seconds=1), 1), (at(11) + codes.KEPT, 0)):
        await scheduled.forget_codes.run(city.services[0])
        assert len(await codes.of(city.conn, [booking])) == left
