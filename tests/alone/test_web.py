"""The web channel alone, before services in other processes: all that it shows and asks goes over their public HTTP."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest_asyncio
from chassis import channels
from chassis.access import by_channel
from omatoimi_contracts.codec import BATCH
from omatoimi_example import start_content
from omatoimi_platform import home as homes
from uuid_utils.compat import uuid7

from tests.alone.place import STAFF, Surroundings
from tests.kits.chassis import key_of
from tests.kits.process import Process
from tests.waiting import PATIENCE, until

SERVICES = ("booking", "notices", "decisions", "analytics")
WEB = by_channel("/helsinki/channels/web", "web", "vallila")
AWAY = "This part does not answer just now."
ROOMS_UNKNOWN = "All rooms and the free times of the day"
NO_FIGURES = "The figures do not answer just now; they are kept and will be back."


@dataclass
class Town:
    """The services' own processes, and the web channel before them."""

    place: Surroundings
    services: dict[str, Process]

    @contextmanager
    def web(self, **more: str) -> Iterator[Process]:
        """The web channel with these addresses, but those that `more` says."""
        addresses = {f"OMATOIMI_{name.upper()}_URL": one.http for name, one in self.services.items()}
        key = {"OMATOIMI_CHANNEL_KEY": key_of("web")}
        with self.place.run("web", "api", port=None, **addresses | key | more) as web:
            yield web


@pytest_asyncio.fixture(scope="module")
async def town(place: Surroundings) -> AsyncIterator[Town]:
    with ExitStack() as stack:
        started = {}
        for name in SERVICES:
            await place.create_database(name)
            started[name] = stack.enter_context(place.run(name, "api"))
        await asyncio.gather(*(one.ready(PATIENCE) for one in started.values()))
        connection = await asyncpg.connect(place.dsn("booking"))
        await channels.register(connection, WEB, key_of("web"), datetime.now(UTC))
        await connection.close()
        await open_the_rooms(started["booking"], await place.staff("booking"))
        yield Town(place, started)


async def open_the_rooms(booking: Process, key: str) -> None:
    """Ask for the premises, rooms and hours of the start content, as staff does."""
    events = [
        {
            "specversion": "1.0",
            "id": str(uuid7()),
            "source": STAFF.channel.source,
            "type": one["type"],
            "time": datetime.now(UTC).isoformat(),
            "data": one["data"] | ({"unit": "vallila"} if "unit" in one["data"] else {}),
        }
        for one in start_content.content()["booking"]
    ]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": BATCH}
    async with httpx.AsyncClient(base_url=booking.http, headers=headers, timeout=300) as client:
        answers = (await client.post("/v1/events", content=json.dumps(events))).json()
    assert {one["status"] for one in answers} <= {200, 201}, answers


async def page(web: Process, path: str = "/?lang=en", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=web.http, timeout=300, follow_redirects=True) as client:
        return await client.get(path, headers={"Accept": "text/html"} | headers)


async def shown(web: Process, *, rooms: bool = True, away: int = 0, figures: bool = True) -> httpx.Response:
    """The start page, once it knows of rooms or not, with so many parts that are away, and the figures or their
    sentence: on a machine that is slow now, any part may come too late for once."""

    async def look() -> httpx.Response | None:
        found = await page(web)
        assert found.status_code == 200
        told = (ROOMS_UNKNOWN not in found.text, found.text.count(AWAY), NO_FIGURES not in found.text)
        return found if told == (rooms, away, figures) else None

    return await until(look, f"a page that knows of rooms: {rooms}, {away} parts away, figures: {figures}")


async def book(web: Process) -> httpx.Response:
    """Send the form of the first step as it came, and again while booking is too slow to answer."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=web.http, timeout=300, follow_redirects=True, headers=headers) as browser:
        fields = await until(lambda: form_of(browser), "the form is filled in with a time that is free")

        async def send() -> httpx.Response | None:
            answer = await browser.post("/try?lang=en", data=fields)
            return answer if answer.status_code not in (404, 503) else None

        return await until(send, "booking answers")


async def form_of(browser: httpx.AsyncClient) -> dict[str, str] | None:
    html = (await browser.get("/try?lang=en")).text
    form = html[html.index("<form") : html.index("</form>")]
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", form)]
    fields = {told["name"]: told.get("value", "") for told in inputs}
    assert fields["act"] == "book"
    return fields if fields["day"] else None


async def test_the_start_page_the_contract_and_their_style_are_served_before_services_elsewhere(town: Town) -> None:
    with town.web() as web:
        await web.ready(PATIENCE)
        await shown(web)
        for path in ("/contract/README.md", "/contract/asyncapi.yaml", "/static/omatoimi.css"):
            assert (await page(web, path)).status_code == 200, path
        assert (await page(web, "/nowhere")).status_code == 404


async def test_a_room_is_booked_by_the_trial_with_the_key_of_the_web_channel(town: Town) -> None:
    with town.web() as web:
        await web.ready(PATIENCE)
        booked = await book(web)
        assert "Club room is yours on" in booked.text, booked.text
        request = booked.url.params["booked"]
    headers = {"Authorization": f"Bearer {key_of('web')}"}
    async with httpx.AsyncClient(base_url=town.services["booking"].http, headers=headers) as client:
        told = (await client.get(f"/v1/requests/{request}")).json()
    assert told["outcome"]["type"] == "omatoimi.booking.confirmed.v1"


async def test_without_a_valid_key_the_pages_are_there_and_the_trial_says_why_it_cannot_book(town: Town) -> None:
    for key in ("", key_of("nobody")):
        with town.web(OMATOIMI_CHANNEL_KEY=key) as web:
            await web.ready(PATIENCE)
            refused = await book(web)
            assert refused.status_code == 401
            assert "The web channel has no valid key, so it cannot book." in refused.text
            await shown(web)


async def test_health_and_metrics_are_told_on_the_internal_port_alone(town: Town) -> None:
    with town.web() as web:
        await web.ready(PATIENCE)
        await page(web)
        assert await web.health("live") == 200
        async with httpx.AsyncClient(base_url=web.internal) as client:
            metrics = (await client.get("/metrics")).text
        asked = re.search(r'omatoimi_web_asked_total{outcome="answered",service="booking"} (\d+)', metrics)
        assert asked is not None
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await page(web, path)).status_code == 404


async def test_a_service_that_was_killed_costs_the_page_its_part(town: Town) -> None:
    with town.place.run("notices", "api") as notices, town.web(OMATOIMI_NOTICES_URL=notices.http) as web:
        await asyncio.gather(notices.ready(PATIENCE), web.ready(PATIENCE))
        await shown(web)
        await notices.kill(town.place.platform)
        await shown(web, away=1)
        assert await web.health("ready") == 200


async def test_a_service_that_hangs_costs_the_page_its_part(town: Town) -> None:
    with town.place.run("analytics", "api") as analytics, town.web(OMATOIMI_ANALYTICS_URL=analytics.http) as web:
        await asyncio.gather(analytics.ready(PATIENCE), web.ready(PATIENCE))
        await shown(web)
        analytics.freeze()
        await shown(web, figures=False)
        analytics.resume()
        await shown(web)


async def test_it_starts_and_ends_while_no_service_is_there_and_says_so_on_its_page(town: Town) -> None:
    nobody = {f"OMATOIMI_{name.upper()}_URL": f"http://127.0.0.1:{homes.unused_port()}" for name in SERVICES}
    with town.web(**nobody) as web:
        await web.ready(PATIENCE)
        await shown(web, rooms=False, away=2, figures=False)
        assert (await page(web, "/try?lang=en")).status_code == 200
        assert await web.terminate(PATIENCE) == 0


async def test_each_visitor_has_a_share_of_what_may_be_read_at_a_service_that_trusts_the_web_channel(
    town: Town,
) -> None:
    trusting = {"OMATOIMI_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        town.place.run("notices", "api", port=None, OMATOIMI_READ_RATE="3/hour", **trusting) as notices,
        town.web(OMATOIMI_NOTICES_URL=notices.http, **trusting) as web,
    ):
        await asyncio.gather(notices.ready(PATIENCE), web.ready(PATIENCE))

        async def refused() -> bool:
            return AWAY in whats_on(await page(web, **{"X-Forwarded-For": "203.0.113.7"}))

        await until(refused, "who reads too much is refused")

        async def served() -> bool:
            return AWAY not in whats_on(await page(web, **{"X-Forwarded-For": "203.0.113.8"}))

        await until(served, "somebody else is served")
        assert await refused()


def whats_on(found: httpx.Response) -> str:
    """The part of the start page that notices tells."""
    return found.text.partition('id="on"')[2].partition("</section>")[0]


async def test_every_page_says_that_example_content_is_shown_once_a_service_tells_it(town: Town) -> None:
    begin = "insert into chassis.demo (state, seed, day, done, total) values ('shown', 1, date '2026-11-26', 9, 9)"
    with town.web() as web:
        await web.ready(PATIENCE)
        assert "This is example content" not in (await page(web)).text
        await town.place.fetch("decisions", begin)

        async def told() -> bool:
            return all(
                ["This is example content" in (await page(web, path)).text for path in ("/?lang=en", "/try?lang=en")]
            )

        try:
            await until(told, "the pages say so")
        finally:
            await town.place.fetch("decisions", "delete from chassis.demo")


async def test_an_address_that_is_none_is_named_and_ends_it(town: Town) -> None:
    with town.web(OMATOIMI_BOOKING_URL="booking:8014") as web:
        assert await web.ended(PATIENCE) == 1
        assert web.sentence.startswith("OMATOIMI_BOOKING_URL cannot be used")
