"""A room booked for a hearing shows on its case, in whatever order and however often booking tells of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from omatoimi_contracts.premises import PremisesRegistered, SpaceChanged, SpaceRegistered
from omatoimi_contracts.vocabulary import Slot

from tests.kits.decisions import Office, case, decision

CASE = "HEL-2026-000001"


def slot(office: Office, days: float, hours: float = 2) -> Slot:
    start = office.clock.now + timedelta(days=days)
    return Slot(start=start, end=start + timedelta(hours=hours))


async def heard(office: Office) -> list[dict[str, Any]]:
    hearings: list[dict[str, Any]] = (await office.seen("case", CASE))["hearings"]
    return hearings


async def test_the_case_shows_when_and_where_residents_are_heard(office: Office) -> None:
    await office.taken("case", case())
    booking, then = uuid4(), slot(office, 3)
    confirmed = office.booking.confirmed(booking, then, CASE)
    await office.apply(confirmed)
    event = await office.last()
    assert (event.type, event.data.hearing, event.data.version) == ("omatoimi.case.changed.v1", then, 2)
    assert (event.causationid, event.causationsource, event.channel) == (confirmed.id, "/helsinki/booking", "automatic")
    (shown,) = await heard(office)
    assert (shown["premises"], shown["spaces"], shown["booking"]) == ("vallila-kirjasto", ["sali"], str(booking))
    assert ": Vallila kirjasto, Sali</li>" in (await office.bench.http.get(f"/cases/{CASE}")).text


async def test_the_case_names_the_place_as_the_city_calls_it_in_each_language(office: Office) -> None:
    house, hall = {"fi": "Vallilan kirjasto", "sv": "Vallgårds bibliotek"}, {"fi": "Sali", "sv": "Salen", "en": "Hall"}
    told = office.booking.told
    earlier = told(SpaceRegistered(premises="vallila-kirjasto", space="sali", leaves=("sali",), capacity=9))
    changed = SpaceChanged(premises="vallila-kirjasto", space="sali", leaves=("sali",), capacity=9, names=hall)
    await office.apply(told(changed))
    await office.apply(earlier)
    await office.apply(told(PremisesRegistered(premises="vallila-kirjasto", owner="library", names=house)))
    await office.taken("case", case())
    await office.apply(office.booking.confirmed(uuid4(), slot(office, 3), CASE))
    (shown,) = await heard(office)
    assert (shown["premises_names"], shown["space_names"]) == (house, {"sali": hall})
    for language, words in {
        "fi": "Vallilan kirjasto, Sali",
        "sv": "Vallgårds bibliotek, Salen",
        "en": "Vallilan kirjasto, Hall",
    }.items():
        page = await office.bench.http.get(f"/cases/{CASE}", params={"lang": language})
        assert f": {words}</li>" in page.text


async def test_a_hearing_that_is_moved_moves_on_the_case_and_one_that_is_cancelled_leaves_it(office: Office) -> None:
    await office.taken("case", case())
    booking, first, second = uuid4(), slot(office, 3), slot(office, 5)
    await office.apply(office.booking.confirmed(booking, first, CASE))
    await office.apply(office.booking.moved(booking, second, first, CASE, space="verstas"))
    assert (await office.last()).data.hearing == second
    assert (await heard(office))[0]["spaces"] == ["verstas"]
    await office.apply(office.booking.cancelled(booking, second, CASE))
    assert (await office.last()).data.hearing is None
    assert await heard(office) == []
    assert await office.told() == ["case.published", "case.changed", "case.changed", "case.changed"]


async def test_a_hearing_waits_for_its_case(office: Office) -> None:
    then = slot(office, 3)
    await office.apply(office.booking.confirmed(uuid4(), then, CASE))
    assert await office.told() == []
    await office.taken("decision", decision())
    published = (await office.events())[1]
    assert (published.type, published.data.hearing) == ("omatoimi.case.published.v1", then)
    assert len(await heard(office)) == 1


async def test_a_hearing_cancelled_before_its_case_was_known_never_shows(office: Office) -> None:
    booking, then = uuid4(), slot(office, 3)
    await office.apply(office.booking.confirmed(booking, then, CASE))
    await office.apply(office.booking.cancelled(booking, then, CASE))
    await office.taken("case", case())
    assert (await office.last()).data.hearing is None


async def test_every_event_of_booking_told_twice_is_told_once(office: Office) -> None:
    await office.taken("case", case())
    booking, first, second = uuid4(), slot(office, 3), slot(office, 5)
    life = [
        office.booking.confirmed(booking, first, CASE),
        office.booking.moved(booking, second, first, CASE),
        office.booking.cancelled(booking, second, CASE),
    ]
    for event in life:
        await office.apply(event)
        await office.apply(event)
    await office.apply(*life, *life)
    assert await office.told() == ["case.published", "case.changed", "case.changed", "case.changed"]
    assert await heard(office) == []


async def test_a_late_copy_of_an_older_state_brings_nothing_back(office: Office) -> None:
    """A copy under another id, as after a restored inbox: what is not newer changes nothing."""
    await office.taken("case", case())
    booking, first, second = uuid4(), slot(office, 3), slot(office, 5)
    confirmed = office.booking.confirmed(booking, first, CASE)
    moved = office.booking.moved(booking, second, first, CASE)
    cancelled = office.booking.cancelled(booking, second, CASE)
    await office.apply(confirmed)
    await office.apply(cancelled)
    for late in (confirmed, moved):
        await office.apply(late.model_copy(update={"id": uuid4()}))
    assert await heard(office) == []
    assert (await office.told())[1:] == ["case.changed", "case.changed"]


async def test_a_move_that_leaves_time_and_place_as_they_are_changes_no_case(office: Office) -> None:
    await office.taken("case", case())
    booking, then = uuid4(), slot(office, 3)
    await office.apply(office.booking.confirmed(booking, then, CASE))
    await office.apply(office.booking.moved(booking, then, then, CASE))
    assert await office.told() == ["case.published", "case.changed"]


async def test_a_whole_day_missed_is_caught_up_in_one_batch(office: Office) -> None:
    await office.taken("case", case())
    booking, other, first, second = uuid4(), uuid4(), slot(office, 3), slot(office, 5)
    missed = [
        office.booking.confirmed(booking, first, CASE),
        office.booking.confirmed(other, first, CASE, purpose="meeting"),
        office.booking.moved(booking, second, first, CASE),
    ]
    office.clock.pass_(days=1)
    await office.apply(*missed)
    assert (await office.last()).data.hearing == second
    assert [shown["booking"] for shown in await heard(office)] == [str(booking)]


async def test_bookings_for_other_purposes_or_without_a_case_show_nowhere(office: Office) -> None:
    await office.taken("case", case())
    await office.apply(
        office.booking.confirmed(uuid4(), slot(office, 3), CASE, purpose="meeting"),
        office.booking.confirmed(uuid4(), slot(office, 3), None),
    )
    assert await office.told() == ["case.published"]
    assert await office.rows("select 1 from decisions.hearing") == []


async def test_the_next_of_several_hearings_is_told_and_all_to_come_are_shown(office: Office) -> None:
    await office.taken("case", case())
    later, sooner = slot(office, 9), slot(office, 2)
    await office.apply(office.booking.confirmed(uuid4(), later, CASE))
    await office.apply(office.booking.confirmed(uuid4(), sooner, CASE))
    assert (await office.last()).data.hearing == sooner
    assert len(await heard(office)) == 2
    office.clock.pass_(days=4)
    assert len(await heard(office)) == 1
    # That time has passed changes no case.
    assert await office.taken("case", case()) == "record.received"
    await office.taken("decision", decision())
    assert (await office.told())[-2:] == ["record.received", "decision.published"]
