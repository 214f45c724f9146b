"""The screen on the wall: what it says of rooms and events, and until when each part of that holds."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from web.screen.page import CachedPage
from web.screen.rooms import HeldByAssociation, Use, houses, uses
from web.screen.slides import Slides, events

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = datetime(2026, 12, 1, tzinfo=HELSINKI)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def span(start: float, end: float) -> dict[str, str]:
    return {"start": at(start).isoformat(), "end": at(end).isoformat()}


def room(space: str = "sali", premises: str = "kirjasto", **more: Any) -> dict[str, Any]:
    names = {"names": {"fi": space.title()}, "premises_names": {"fi": premises.title()}}
    return {"space": space, "premises": premises, "open": [], "taken": [], "free": [], **names, **more}


def event(id: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": id, "language": "fi", "slot": span(start, end), **more}


def test_a_room_stands_somehow_at_every_moment_until_the_day_ends() -> None:
    """Whatever its services tell: free, taken by somebody or by an association, to be cleaned, or closed."""
    told = room(open=[span(8, 20)], taken=[span(13, 16)], free=[span(12, 13), span(16.5, 20)])
    held = {"sali": [HeldByAssociation(at(14), at(15), "Vallila-seura ry"), HeldByAssociation(at(15), at(16), "")]}
    assert uses(told, held, at(12)) == [
        Use("free", at(12), at(13)),
        Use("taken", at(13), at(14)),
        Use("taken", at(14), at(15), "Vallila-seura ry"),
        Use("taken", at(15), at(16)),
        Use("between", at(16), at(16.5)),
        Use("free", at(16.5), at(20)),
        Use("closed", at(20), at(24)),
    ]
    assert uses(told, held, at(14.5))[0] == Use("taken", at(14.5), at(15), "Vallila-seura ry")
    moment_later = room(open=[span(8, 20)], free=[span(12.001, 20)])
    assert uses(moment_later, {}, at(12))[0] == Use("free", at(12), at(20)), "its service's now is a little later"
    assert uses(room(), {}, at(23)) == [Use("closed", at(23), at(24))]


def test_a_house_that_is_closed_for_the_day_says_so_once_and_last() -> None:
    told = {"spaces": [room(), room("lava"), room("keittio", "nuorisotalo", open=[span(18, 20)], free=[span(18, 20)])]}
    found = houses(told, {}, at(12), "fi")
    assert [(house.name, house.closed, len(house.rooms)) for house in found] == [
        ("Nuorisotalo", False, 1),
        ("Kirjasto", True, 2),
    ]
    assert found[1].until == at(24)


def test_what_a_room_is_now_and_next_is_said_in_words() -> None:
    def said(lang: str, of: Use) -> list[str]:
        return [Slides(lang, "", None, None, None).use(of, when) for when in ("now", "next")]

    assert said("fi", Use("taken", at(14), at(16))) == ["Varattu klo 16.00 asti", "14.00–16.00 varattu"]
    assert said("sv", Use("taken", at(14), at(16))) == ["Bokad till 16:00", "14:00–16:00 bokad"]
    assert said("en", Use("taken", at(14), at(16), "Körv ry")) == ["Körv ry until 16:00", "14:00–16:00 Körv ry"]
    assert said("fi", Use("closed", at(20), at(24))) == ["Suljettu tältä päivältä", "suljetaan klo 20.00"]
    assert said("en", Use("free", at(20), at(24))) == ["Free for the rest of the day", "from 20:00 free"]


def test_the_events_of_today_come_by_their_time_and_where_there_is_none_the_next_ones() -> None:
    items = [event("evening", 18, 20), event("over", 9, 11), event("now", 10, 13), event("tomorrow", 34, 36)]
    assert [one.title for one in events({"items": items}, at(12), "fi")] == ["now", "evening"]
    later = events({"items": items}, at(21), "fi")
    assert [(one.title, one.when) for one in later] == [("tomorrow", "keskiviikkona 2. joulukuuta klo 10.00–12.00")]


def test_an_event_is_shown_until_it_is_over_or_its_notice_is() -> None:
    taken_down = event("b", 13, 15, until=at(14).isoformat())
    found = events({"items": [event("a", 13, 15, until=at(99).isoformat()), taken_down, {"id": "c"}]}, at(12), "fi")
    assert [one.until for one in found] == [at(15), at(14)]


def test_an_event_names_its_place_and_an_association_and_nobody_else() -> None:
    told = [
        event("a", 13, 15, place="Kirjasto, Sali", organiser={"class": "association", "name": "Vallila-seura ry"}),
        event("b", 13, 15, organiser={"class": "private"}),
    ]
    found = events({"items": told}, at(12), "fi")
    assert [one.where for one in found] == ["Kirjasto, Sali · Vallila-seura ry", ""]


async def test_however_many_screens_ask_at_once_the_services_are_asked_once() -> None:
    made: list[int] = []

    async def make() -> HTMLResponse:
        made.append(len(made))
        await asyncio.sleep(0)
        return HTMLResponse(str(made))

    kept = CachedPage()
    pages = await asyncio.gather(*(kept.get(make) for _ in range(20)))
    assert ({page.body for page in pages}, made) == ({b"[0]"}, [0])
    kept.made_at = float("-inf")
    assert (await kept.get(make)).body == b"[0, 1]"
