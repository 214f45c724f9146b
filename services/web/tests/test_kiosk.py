"""The kiosk: a device is bound to a library by its staff; who comes checks in, books, is counted; and what is guessed,
copied or comes late does no harm. Sent as a browser without script sends it, to real booking."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from booking.store import codes
from chassis import channels
from chassis.access import RoleAt
from omatoimi_contracts.booking import BookingAttended, BookingCancelled, BookingConfirmed, WalkInCounted
from omatoimi_contracts.requests import HoursRequested, SpaceRequested
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from web.kiosk.acts import next_hour

from tests.kits.booking import KIOSK, STAFF, WEB, City, city, week
from tests.kits.chassis import application
from tests.kits.persons import Issuer, issuer, staff_of, trust
from tests.kits.platform import Servers
from tests.kits.web import ADDRESS, Site, site

from .visitor import Form, Page

HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}
KEY = "of-the-kiosk"


@dataclass
class Library:
    """The web channel with kiosks in Vallila, before booking. Booking's clock stands at the web channel's."""

    web: Site
    city: City
    people: Issuer

    @asynccontextmanager
    async def browser(self, cookies: dict[str, str] | None = None) -> AsyncIterator["Browser"]:
        async with self.web.browser(cookies) as http:
            yield Browser(http)

    @asynccontextmanager
    async def at_desk(self, *roles: RoleAt) -> AsyncIterator["Browser"]:
        claims = self.people.claims(UUID(int=len(roles) + 7), now=self.web.clock(), at=roles)
        cookies = await self.web.signed_in("Aino", access=self.people.token(claims))
        async with self.browser(cookies) as browser:
            yield browser

    def later(self, **much: float) -> None:
        self.web.clock.now = self.city.now = self.web.clock() + timedelta(**much)

    async def booked(self, minutes: float, space: str = "room-a") -> tuple[UUID, str]:
        """A booking of an hour that begins in so many minutes, and its code."""
        start = self.city.now + timedelta(minutes=minutes)
        booking = await self.city.booked(space, start, start + timedelta(hours=1))
        return booking, (await codes.of(self.city.conn, [booking]))[booking]


@dataclass
class Browser:
    """A browser without script."""

    http: httpx.AsyncClient

    async def open(self, address: str = "/kiosk?lang=en", status: int = 200) -> Page:
        answer = await self.http.get(address)
        assert answer.status_code == status, answer.text[-600:]
        assert answer.headers["cache-control"] == "no-store"
        return Page(answer)

    async def send(self, form: Form, **typed: str) -> httpx.Response:
        return await self.http.post(form.action, data=form.fields | typed, headers=HERE)

    async def touch(self, act: str, **typed: str) -> Page:
        """Send a form of the kiosk's page; the page after it."""
        answer = await self.send(form_of(await self.open(), act), **typed)
        assert answer.status_code == 303, answer.text[-600:]
        return await self.open(answer.headers["location"])

    async def sends_late(self, act: str, age: timedelta, **typed: str) -> int:
        """Send what was kept while the network was gone, as the script does; the status of the answer."""
        form = form_of(await self.open(), act)
        body = form.fields | typed | {"age": str(round(age / timedelta(milliseconds=1)))}
        answer = await self.http.post(form.action, data=body, headers=HERE | {"Accept": "application/json"})
        return answer.status_code


def form_of(page: Page, act: str) -> Form:
    return next(form for form in page.forms if form.fields.get("act") == act)


async def _exchange(request: Request) -> Response:
    """In the place of people: who signed in shows the token itself."""
    return JSONResponse({"access_token": (await request.form())["subject_token"]})


def _client(application: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://omatoimi", timeout=300)


@pytest_asyncio.fixture
async def library(platform: Servers, dsn: str) -> AsyncIterator[Library]:
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(issuer())
        of_booking = await platform.create_database()
        town = await stack.enter_async_context(city(of_booking))
        # Around noon: in a day's last hour nothing is free for an hour.
        town.now = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
        for premises in ("library", "school", "youth-centre"):
            since = town.now.date() - timedelta(days=9)
            await town.ask(HoursRequested(premises=premises, valid_from=since, week=week("00:00", "24:00")), STAFF)
        trust(town.services[0], people)
        for channel, key in ((WEB, "key"), (KIOSK, KEY)):
            await channels.register(town.conn, channel, key, town.now)
        exchange = Starlette(routes=[Route("/v1/token", _exchange, methods=["POST"])])
        clients = {"booking": _client(application(town.services[0])), "people": _client(exchange)}
        web = await stack.enter_async_context(site(dsn, clients, kiosk_keys={"vallila": KEY}))
        web.clock.now = town.now
        yield Library(web, town, people)
    await platform.drop_database(of_booking)


async def shows_code(browser: Browser) -> str:
    """Let a browser show a pairing code."""
    page = await browser.open()
    await browser.http.post(page.forms[0].action, data={"act": "pairing"}, headers=HERE)
    page = await browser.open()
    assert page.forms == []
    return next(word for word in page.text.split() if len(word) == 9 and word[4] == "-")


@asynccontextmanager
async def kiosk(library: Library) -> AsyncIterator[Browser]:
    """A device that staff have paired."""
    async with library.browser() as device:
        code = await shows_code(device)
        async with library.at_desk(staff_of("vallila")) as desk:
            await pair(desk, code)
        yield device


async def pair(desk: Browser, code: str) -> None:
    page = await desk.open("/desk/kiosks?lang=en")
    found = Page(await desk.send(next(one for one in page.forms if "code" in one.fields), code=code, act="find"))
    asked = next(one for one in found.forms if "name" in one.fields)
    done = await desk.send(asked, name="Lobby", unit="vallila", act="pair")
    assert done.status_code == 303


async def test_a_device_is_one_of_a_library_once_its_staff_typed_its_code_and_until_they_revoke_it(
    library: Library,
) -> None:
    async with library.browser() as device, library.at_desk(staff_of("vallila")) as desk:
        code = await shows_code(device)
        await pair(desk, code.lower().replace("-", " "))
        shown = await device.open()
        assert shown.has("Omatoimi · Vallila")
        (cookie,) = [one for one in device.http.cookies.jar if one.name == "omatoimi-kiosk"]
        assert not cookie.discard  # it survives a restart
        assert cookie.has_nonstandard_attr("HttpOnly")
        listed = await desk.open("/desk/kiosks?lang=en")
        assert listed.has("Lobby")
        assert listed.has("Vallila · seen")
        await desk.send(next(one for one in listed.forms if "kiosk" in one.fields), act="revoke")
        assert (await device.open()).has("Connect this device to a library")
        assert (await device.http.post("/kiosk", data={"act": "call"}, headers=HERE)).status_code == 303
        assert await library.city.events(BookingAttended) == []


async def test_only_staff_of_the_library_pairs_a_device_and_five_wrong_codes_end_it(library: Library) -> None:
    async with library.browser() as device:
        code = await shows_code(device)
        async with library.at_desk(staff_of("kallio")) as desk:
            assert (await desk.open("/desk/kiosks?lang=en")).has("You have no library")
        async with library.at_desk(staff_of("vallila")) as desk:
            form = next(one for one in (await desk.open("/desk/kiosks?lang=en")).forms if "code" in one.fields)
            for _ in range(5):
                assert "No device shows this code" in (await desk.send(form, code="BBBB-BBBB", act="find")).text
            assert "Too many wrong codes" in (await desk.send(form, code=code, act="find")).text
        library.later(minutes=10)
        assert (await device.open()).has("Show the code")


async def test_who_comes_checks_in_by_the_code_of_their_booking(library: Library) -> None:
    booking, code = await library.booked(15)
    async with kiosk(library) as device:
        page = await device.touch("check-in", code=f" {code[:3]} {code[3:]} ")
        assert page.has("Welcome! You are checked in. Huone A")
        (told,) = await library.city.events(BookingAttended)
        assert told.data.booking == booking
        assert (told.channel, told.unit) == ("kiosk", "vallila")
        # Gone after twenty seconds, whoever asks, and the address never held anything of it.
        assert code not in page.url + page.html
        library.later(seconds=20)
        assert not (await device.open()).has("Welcome!")


async def test_guessed_codes_are_stopped_at_five_and_answered_alike(library: Library) -> None:
    """Case 25: what is guessed at a kiosk; also of several at once, and whatever the sixth is."""
    _, code = await library.booked(15)
    _, tomorrows = await library.booked(60 * 24, "room-b")
    wrong = [one for one in ("000001", "000002", "000003", "000004", "000005", "000006") if one != code][:4]
    async with kiosk(library) as device:
        said = {(await device.touch("check-in", code=one)).text for one in (tomorrows, *wrong)}
        assert len({" ".join(one.partition("Today")[0].split()) for one in said}) <= 2  # the minute may change
        assert all("The code does not hold now in this library" in one for one in said)
        assert (await device.touch("check-in", code=code)).has("Too many wrong codes. Call the staff")
        assert await library.city.events(BookingAttended) == []
        library.later(minutes=10)
        assert (await device.touch("check-in", code=code)).has("Welcome!")


async def test_a_free_room_is_booked_with_one_touch_and_given_back_with_another(library: Library) -> None:
    async with kiosk(library) as device:
        booked = await device.touch("book", space="room-a")
        (told,) = await library.city.events(BookingConfirmed)
        assert (told.data.space, told.channel) == ("room-a", "kiosk")
        assert told.data.slot.end - told.data.slot.start == timedelta(hours=1)
        (code,) = (await codes.of(library.city.conn, [told.data.booking])).values()
        assert booked.has(f"{code[:3]}\xa0{code[3:]}".replace("\xa0", " "))
        assert (await device.touch("book", space="room-a")).has("Somebody else was faster")
        await device.touch("book", space="room-b")
        assert (await device.touch("undo")).has("The booking is cancelled.")
        (cancelled,) = await library.city.events(BookingCancelled)
        assert cancelled.data.space == "room-b"


async def test_the_kiosk_shows_the_first_line_of_the_rules_and_books_with_the_version_that_it_showed(
    library: Library,
) -> None:
    async def writes(rules: str) -> None:
        room = {"premises": "library", "space": "room-a", "capacity": 8, "house_rules": {"en": rules}}
        await library.city.ask(SpaceRequested.model_validate({**room, "rules_to_accept": True}), STAFF)

    await writes("No shoes.\nTidy up.")
    async with kiosk(library) as device:
        page = await device.open()
        assert page.has("By booking you accept the rules: No shoes.")
        assert not page.has("Tidy up.")
        await writes("No shoes, no food.")
        stale = await device.send(form_of(page, "book"), space="room-a")
        assert (await device.open(stale.headers["location"])).has("The house rules have changed.")
        assert not await library.city.events(BookingConfirmed)
        await device.touch("book", space="room-a")
        (told,) = await library.city.events(BookingConfirmed)
        assert told.data.rules_accepted == 2


async def test_who_uses_a_room_without_a_booking_is_counted_once_however_often_it_is_sent(library: Library) -> None:
    async with kiosk(library) as device:
        form = form_of(await device.open(), "count")
        for _ in range(2):
            await device.send(form, space="room-c", persons="4")
        (told,) = await library.city.events(WalkInCounted)
        assert (told.data.space, told.data.persons, told.data.method) == ("room-c", 4, "reported")
        assert (await device.touch("count", space="", persons="4")).has("Choose a room")


async def test_what_comes_late_counts_once_at_its_own_time_and_never_in_the_future(library: Library) -> None:
    """Case 24: the network was gone, and the device's clock is of no account."""
    booking, code = await library.booked(0)
    touched = library.city.now + timedelta(minutes=5)
    async with kiosk(library) as device:
        library.later(hours=3)
        ago = library.city.now - touched
        assert await device.sends_late("check-in", ago, code=code) == 200
        (came,) = await library.city.events(BookingAttended)
        assert came.data.booking == booking
        assert abs(came.time - touched) < timedelta(seconds=1)
        form = form_of(await device.open(), "count")
        for _ in range(2):
            body = form.fields | {"space": "room-c", "persons": "3", "age": "3600000"}
            await device.http.post(form.action, data=body, headers=HERE | {"Accept": "application/json"})
        for age in (timedelta(hours=-9), timedelta(days=7, seconds=1)):
            assert await device.sends_late("count", age, space="room-c", persons="2") == 201
        told = await library.city.events(WalkInCounted)
        now = library.city.now
        assert [
            (one.data.persons, one.data.method, round((now - one.time) / timedelta(minutes=1))) for one in told
        ] == [
            (3, "reported", 60),
            (2, "estimated", 0),
            (2, "estimated", 0),
        ]
        async with library.at_desk(staff_of("vallila")) as desk:
            assert (await desk.open("/desk/kiosks?lang=en")).has("its clock is wrong")
        assert not (await device.open()).has("You are counted")  # nobody is there any more who sent it


async def test_a_copied_key_ends_the_device_for_both_and_says_so(library: Library) -> None:
    """Case 25: the second user of a key that was changed has a copy of it."""
    async with kiosk(library) as device, library.browser(dict(device.http.cookies)) as laptop:
        library.later(days=1)
        await device.open()
        library.later(seconds=61)
        assert (await device.open()).has("Omatoimi · Vallila")
        # What is on its way while the key changes is still taken.
        assert (await laptop.open()).has("Omatoimi · Vallila")
        library.later(seconds=61)
        assert (await laptop.open()).has("Connect this device to a library")
        assert (await device.open()).has("Connect this device to a library")
        async with library.at_desk(staff_of("vallila")) as desk:
            assert (await desk.open("/desk/kiosks?lang=en")).has("somebody else used its key")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
async def test_a_kiosks_forms_are_taken_from_its_own_page_alone(library: Library, headers: dict[str, str]) -> None:
    async with kiosk(library) as device:
        form = form_of(await device.open(), "count")
        sent = form.fields | {"space": "room-c", "persons": "4"}
        assert (await device.http.post("/kiosk", data=sent, headers=headers)).status_code == 403
        for csrf in ("", "AAAA", "\u00e4"):
            answer = await device.http.post("/kiosk", data=sent | {"csrf": csrf}, headers=HERE)
            assert answer.status_code == 303
        assert await library.city.events(WalkInCounted) == []


async def test_who_calls_the_staff_is_seen_at_the_desk_until_somebody_helped(library: Library) -> None:
    async with kiosk(library) as device, library.at_desk(staff_of("vallila")) as desk:
        assert (await device.touch("call")).has("The staff have been called")
        for address in ("/desk?lang=en", "/desk/kiosks?lang=en"):
            page = await desk.open(address)
            assert page.has("Somebody calls for help"), address
        answered = await desk.send(next(one for one in page.forms if "help" in one.fields), act="answer")
        assert answered.status_code == 303
        assert not (await desk.open("/desk?lang=en")).has("Somebody calls for help")


@pytest.mark.parametrize(
    ("now", "until", "grid", "shortest", "slot"),
    [
        ("10:00", "14:00", 15, 15, ("10:00", "11:00")),
        ("10:07", "14:00", 15, 15, ("10:00", "11:15")),
        ("10:14", "14:00", 15, 15, ("10:15", "11:15")),
        ("10:07", "10:30", 15, 15, ("10:00", "10:30")),
        ("10:07", "10:15", 15, 15, None),
        ("10:50", "14:00", 60, 60, ("10:00", "12:00")),
        ("10:07", "14:00", 30, 90, ("10:00", "11:30")),
        ("10:07", "11:00", 30, 90, None),
    ],
)
def test_a_room_is_booked_here_for_an_hour_that_is_still_to_come_on_its_grid(
    now: str, until: str, grid: int, shortest: int, slot: tuple[str, str] | None
) -> None:
    def at(clock: str) -> datetime:
        return datetime.fromisoformat(f"2026-12-01T{clock}:00+00:00")

    rules = {"grid_minutes": grid, "shortest_minutes": shortest}
    room = {"from_now": {"start": at("10:00").isoformat(), "end": at(until).isoformat()}, "rules": rules}
    found = next_hour(room, at(now))
    assert (found and (found["start"][11:16], found["end"][11:16])) == slot
    assert next_hour({**room, "from_now": None}, at(now)) is None
