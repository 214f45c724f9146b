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
from tests.alone.process import Process
from tests.kits.chassis import key_of
from tests.waiting import until

SERVICES = ("booking", "notices", "decisions", "analytics")
WEB = by_channel("/helsinki/channels/web", "web", "vallila")
AWAY = "This part does not answer just now."
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
        await asyncio.gather(*(one.ready(within=120) for one in started.values()))
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


async def book(web: Process) -> httpx.Response:
    """Send the form of the first step, as it came."""
    html = (await page(web, "/try?lang=en")).text
    form = html[html.index("<form") : html.index("</form>")]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        fields[told["name"]] = told.get("value", "")
    assert fields["act"] == "book"
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=web.http, timeout=300, follow_redirects=True) as client:
        return await client.post("/try?lang=en", data=fields, headers=headers)


async def test_the_start_page_the_contract_and_their_style_are_served_before_services_elsewhere(town: Town) -> None:
    with town.web() as web:
        await web.ready()
        shown = await page(web)
        assert shown.status_code == 200
        assert "Club room" in shown.text
        assert AWAY not in shown.text
        assert NO_FIGURES not in shown.text
        for path in ("/contract/README.md", "/contract/asyncapi.yaml", "/static/omatoimi.css"):
            assert (await page(web, path)).status_code == 200, path
        assert (await page(web, "/nowhere")).status_code == 404


async def test_a_room_is_booked_by_the_trial_with_the_key_of_the_web_channel(town: Town) -> None:
    with town.web() as web:
        await web.ready()
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
            await web.ready()
            refused = await book(web)
            assert refused.status_code == 401
            assert "The web channel has no valid key, so it cannot book." in refused.text
            assert "Club room" in (await page(web)).text


async def test_health_and_metrics_are_told_on_the_internal_port_alone(town: Town) -> None:
    with town.web() as web:
        await web.ready()
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
        await asyncio.gather(notices.ready(within=120), web.ready())
        assert AWAY not in (await page(web)).text
        await notices.kill(town.place.platform)
        shown = await page(web)
        assert (shown.status_code, shown.text.count(AWAY)) == (200, 1)
        assert "Club room" in shown.text
        assert await web.health("ready") == 200


async def test_a_service_that_hangs_costs_the_page_its_part(town: Town) -> None:
    with town.place.run("analytics", "api") as analytics, town.web(OMATOIMI_ANALYTICS_URL=analytics.http) as web:
        await asyncio.gather(analytics.ready(within=120), web.ready())
        assert NO_FIGURES not in (await page(web)).text
        analytics.freeze()
        shown = await page(web)
        assert NO_FIGURES in shown.text
        assert "Club room" in shown.text
        analytics.resume()

        async def back() -> bool:
            return NO_FIGURES not in (await page(web)).text

        await until(back, "the figures are back", within=60)


async def test_it_starts_and_ends_while_no_service_is_there_and_says_so_on_its_page(town: Town) -> None:
    nobody = {f"OMATOIMI_{name.upper()}_URL": f"http://127.0.0.1:{homes.unused_port()}" for name in SERVICES}
    with town.web(**nobody) as web:
        await web.ready()
        shown = await page(web)
        assert (shown.status_code, shown.text.count(AWAY)) == (200, 3)
        assert NO_FIGURES in shown.text
        assert (await page(web, "/try?lang=en")).status_code == 200
        assert await web.terminate() == 0


async def test_each_visitor_has_a_share_of_what_may_be_read_at_a_service_that_trusts_the_web_channel(
    town: Town,
) -> None:
    trusting = {"OMATOIMI_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        town.place.run("notices", "api", port=None, OMATOIMI_READ_RATE="3/hour", **trusting) as notices,
        town.web(OMATOIMI_NOTICES_URL=notices.http, **trusting) as web,
    ):
        await asyncio.gather(notices.ready(within=120), web.ready())
        greedy = [await page(web, **{"X-Forwarded-For": "203.0.113.7"}) for _ in range(4)]
        assert [AWAY in one.text for one in greedy] == [False, False, False, True]
        assert AWAY not in (await page(web, **{"X-Forwarded-For": "203.0.113.8"})).text


async def test_every_page_says_that_example_content_is_shown_once_a_service_tells_it(town: Town) -> None:
    begin = "insert into chassis.demo (state, seed, day, done, total) values ('shown', 1, date '2026-11-26', 9, 9)"
    with town.web() as web:
        await web.ready()
        assert "This is example content" not in (await page(web)).text
        await town.place.fetch("decisions", begin)

        async def told() -> bool:
            return all(
                ["This is example content" in (await page(web, path)).text for path in ("/?lang=en", "/try?lang=en")]
            )

        try:
            await until(told, "the pages say so", within=60)
        finally:
            await town.place.fetch("decisions", "delete from chassis.demo")


async def test_an_address_that_is_none_is_named_and_ends_it(town: Town) -> None:
    with town.web(OMATOIMI_BOOKING_URL="booking:8014") as web:
        assert await web.ended() == 1
        assert web.sentence.startswith("OMATOIMI_BOOKING_URL cannot be used")
