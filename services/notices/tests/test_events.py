"""What is on, day by day: where it is, what of it one wants to see, and how it comes into a calendar."""

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar
from omatoimi_contracts.premises import PremisesChanged, PremisesRegistered, SpaceRegistered
from omatoimi_contracts.vocabulary import Slot

from tests.kits.notices import House

HOUSE = {"fi": "Vallilan kirjasto", "sv": "Vallgårds bibliotek"}
HALL = {"fi": "Sali", "sv": "Salen"}


async def hall(house: House) -> None:
    """A house and its hall, as booking tells of them."""
    told = house.neighbours.told
    await house.apply(
        told(PremisesRegistered(premises="vallila-kirjasto", owner="library", names=HOUSE)),
        told(SpaceRegistered(premises="vallila-kirjasto", space="sali", leaves=("sali",), capacity=9, names=HALL)),
    )


async def booked(house: House, hours: float = 24) -> UUID:
    booking, asked = uuid4(), house.slot(hours)
    slot = Slot(**{edge: datetime.fromisoformat(at) for edge, at in asked.items()})
    await house.apply(house.neighbours.confirmed(booking, slot))
    return booking


@pytest.mark.parametrize(("lang", "place"), [("fi", "Vallilan kirjasto, Sali"), ("sv", "Vallgårds bibliotek, Salen")])
async def test_an_event_says_where_it_is(house: House, lang: str, place: str) -> None:
    await hall(house)
    notice = await house.posted(house.bench.staff, booking=str(await booked(house)), kind="event")
    for path in ("/", f"/notice/{notice}", "/v1/feed.atom", "/v1/feed.ics"):
        text = (await house.bench.http.get(path, params={"lang": lang})).text
        assert place in text.replace("\\,", ","), path
    (item,) = await house.items(lang=lang)
    assert (item["place"], item["premises"], item["space"]) == (place, "vallila-kirjasto", "sali")


async def test_a_place_that_is_called_otherwise_is_told_so(house: House) -> None:
    await hall(house)
    await house.posted(house.bench.staff, booking=str(await booked(house)))
    renamed = PremisesChanged(premises="vallila-kirjasto", owner="library", names={"fi": "Vallilan uusi kirjasto"})
    await house.apply(house.neighbours.told(renamed))
    assert (await house.items())[0]["place"] == "Vallilan uusi kirjasto, Sali"


async def test_events_stand_under_their_days_and_what_goes_on_under_today(house: House) -> None:
    for title, hours in (("Pian", 2), ("Huomenna", 24), ("Samana", 26)):
        await house.posted(house.bench.staff, titles={"fi": title}, slot=house.slot(hours), kind="event")
    days = {"start": house.after(hours=1).isoformat(), "end": house.after(days=4).isoformat()}
    await house.posted(house.bench.staff, titles={"fi": "Jatkuu"}, slot=days, until=house.after(days=4).isoformat())
    house.clock.pass_(hours=20)
    page = (await house.bench.http.get("/", params={"lang": "fi"})).text
    parts = re.split(r'<h3 id="day-[^"]*">', page)[1:]
    assert [part.partition("<")[0] for part in parts] == ["Keskiviikko 2. joulukuuta"]
    assert all(title in parts[0] for title in ("Jatkuu", "Huomenna", "Samana"))


async def test_one_sees_what_one_chose_by_kind_place_and_language(house: House) -> None:
    await hall(house)
    staff = house.bench.staff
    await house.posted(staff, titles={"fi": "Kuoro", "sv": "Kör"}, kind="hobby", slot=house.slot(5))
    await house.posted(staff, titles={"fi": "Talkoot"}, kind="event", booking=str(await booked(house)))
    for query, titles in (
        ({"kind": "hobby"}, {"Kuoro"}),
        ({"premises": "vallila-kirjasto"}, {"Talkoot"}),
        ({"words": "sv"}, {"Kuoro"}),
        ({"words": "", "kind": "", "premises": ""}, {"Kuoro", "Talkoot"}),
    ):
        page = (await house.bench.http.get("/", params={"lang": "fi", **query})).text
        assert {title for title in ("Kuoro", "Talkoot") if f">{title}</a>" in page} == titles
        if all(query.values()):
            assert set(await house.titles(**query)) == titles


async def test_a_calendar_takes_events_and_follows_them(house: House) -> None:
    await hall(house)
    notice = await house.posted(
        house.bench.staff, titles={"fi": "Talkoot; tule, auta"}, booking=str(await booked(house)), kind="event"
    )
    await house.posted(house.bench.staff, titles={"fi": "Ilman aikaa"})
    for path in ("/v1/feed.ics", f"/v1/notices/{notice}.ics"):
        answer = await house.bench.http.get(path)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        calendar = Calendar.from_ical(answer.text)
        assert calendar["method"] == "PUBLISH"
        (event,) = calendar.walk("VEVENT")
        assert (event["summary"], event["location"]) == ("Talkoot; tule, auta", "Vallilan kirjasto, Sali")
        assert (event["uid"], event["sequence"]) == (f"urn:uuid:{notice}", 0)
        assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=2)
        assert "attendee" not in event
    await house.change(notice, house.bench.staff, titles={"fi": "Talkoot siirtyvät"})
    (event,) = Calendar.from_ical((await house.bench.http.get("/v1/feed.ics")).text).walk("VEVENT")
    assert (event["uid"], event["sequence"]) == (f"urn:uuid:{notice}", 1)
    await house.change(notice, house.bench.staff, withdraw=True)
    assert (await house.bench.http.get(f"/v1/notices/{notice}.ics")).status_code == 404
