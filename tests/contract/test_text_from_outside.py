"""Whatever text stands in an address, a query or a header, every route of every service answers it, and none breaks."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from chassis import Service, Settings, channels, http
from chassis.access import by_channel
from chassis.run import started
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from omatoimi import one_port
from omatoimi.services import MAKERS
from pydantic import SecretStr
from web.main import app as web_app

from tests.kits.platform import Servers
from tests.kits.web import migrated

ID = UUID(int=7)
STAFF = by_channel("/helsinki/channels/staff", "staff", "vallila")
NASTY = (
    "%00",
    "a%01b",
    "a%0D%0Ab",
    "%E2%80%A8",
    "%FF%FE",
    "%ED%A0%80",
    "%EF%BF%BF",
    "a%CC%88",
    "%E2%80%AE",
    "a" * 300,
    "a" * 6_000,
    "9" * 19,
    "9" * 5_000,
    "-1",
    "0",
    "http://[",
    "..%2F..%2F..%2Fetc%2Fpasswd",
    "%7B%7D%5B%5D",
    "%25%s%(x)s",
    "'%22%3B--",
    "",
    "NaN",
    "2026-13-45",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "2026-12-01",
    "%F0%9F%92%A9",
)
"""Encoded as in an address: null, controls, what is no UTF-8, combining and backwards, long, out of every range…"""
VALID = {"from": "2026-12-01", "to": "2026-12-02", "q": "puisto", "form": "json", "metric": "M01"}
SEVERAL = {
    "/booking/v1/free": ("equipment", "accessibility"),
    "/rooms": ("equipment", "accessibility"),
    "/analytics/v1/events": ("topic", "type", "unit"),
    "/decisions/v1/decisions": ("district",),
    "/decisions/v1/cases": ("district",),
}
OF_EACH_KIND = (
    *("/", "/try", "/contract/{path}", "/booking/", "/booking/v1/bookings", "/booking/v1/spaces/{space}/free"),
    *("/notices/v1/feed.atom", "/decisions/v1/search", "/analytics/v1/events", "/analytics/v1/report"),
    *("/analytics/v1/requests/{id}", "/analytics/metrics/{metric}"),
)
HEADERS = (
    *("Authorization", "Session", "Assisted", "Content-Language", "Idempotency-Key", "Happened-At", "Traceparent"),
    *("Last-Event-ID", "Accept", "Accept-Language", "If-None-Match", "Origin", "Host", "Content-Type", "Range"),
    *("Sec-Fetch-Site", "ce-specversion", "ce-id", "ce-type"),
)
HEADER_TEXTS = ("", "\xff\xfe", "%00", "%FF", "http://[", "[", "9" * 5_000, "a" * 6_000, "a, b", "Bearer \xff", '"')


@dataclass(frozen=True)
class RouteUnderTest:
    """A route and what it takes: its method, its path with `{names}`, its parameters in the query."""

    method: str
    path: str
    query: tuple[str, ...]

    def filled(self, **texts: str) -> str:
        """The address, with texts (encoded) for some of its names and something valid for the others."""
        names = re.findall(r"{(\w+)[^}]*}", self.path)
        known = {name: VALID.get(name, str(ID)) for name in names} | texts
        path = re.sub(r"{(\w+)[^}]*}", lambda name: known[name[1]], self.path)
        told = [f"{name}={texts[name]}" for name in self.query if name in texts]
        told += [f"{name}={VALID[name]}" for name in self.query if name in VALID and name not in texts]
        return f"{path}?{'&'.join(told)}"

    @property
    def names(self) -> list[str]:
        return [*re.findall(r"{(\w+)[^}]*}", self.path), *self.query]


@dataclass
class System:
    """All services and the pages around them behind one client, which is staff."""

    http: httpx.AsyncClient
    places: list[RouteUnderTest]


@pytest_asyncio.fixture(scope="module")
async def system(platform: Servers) -> AsyncIterator[System]:
    """The system without a broker, which HTTP does not need."""
    await platform.heal()
    async with AsyncExitStack() as stack:
        parts = []
        for make in MAKERS.values():
            dsn = await platform.create_database()
            stack.push_async_callback(platform.drop_database, dsn)
            service = make(Settings(kafka="127.0.0.1:1", postgres=SecretStr(dsn)))
            parts.append(await stack.enter_async_context(started(service, ("api",))))
        key = channels.new_key()
        for part in parts:
            async with part.service.pool.acquire() as conn:
                await channels.register(conn, STAFF, key, part.service.clock())
        apps = {part.service.name: http.app(part.service) for part in parts}
        dsn = await platform.create_database()
        stack.push_async_callback(platform.drop_database, dsn)
        await migrated(dsn)
        settings = Settings(postgres=SecretStr(dsn))
        web = one_port.web(apps, settings, "http://test", lambda: key, parts[0].telemetry)
        await web.sessions.open(settings)
        stack.push_async_callback(web.close)
        root = one_port.app(apps, web)
        places = [*documented("", web_app(web).openapi())]
        for part in parts:
            name = part.service.name
            places += [*documented(f"/{name}", apps[name].openapi()), *pages(f"/{name}", part.service)]
        transport = httpx.ASGITransport(app=root, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60)
        client.headers["Authorization"] = f"Bearer {key}"
        yield System(await stack.enter_async_context(client), places)


def documented(root: str, document: dict[str, Any]) -> Iterator[RouteUnderTest]:
    """The routes that an OpenAPI document tells of."""
    for path, acts in document["paths"].items():
        for method, act in acts.items():
            query = tuple(one["name"] for one in act.get("parameters", ()) if one["in"] == "query")
            yield RouteUnderTest(method.upper(), root + path, query)


def pages(root: str, service: Service) -> Iterator[RouteUnderTest]:
    """The routes of a service's pages, of which no document tells."""
    for route in service.pages.routes if service.pages is not None else ():
        assert isinstance(route, APIRoute)
        declared = get_flat_params(route.dependant)
        query = tuple(one.alias for one in declared if isinstance(one.field_info, Query))
        yield RouteUnderTest("GET", root + route.path, (*query, "lang"))


async def faults(system: System, requests: Iterable[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """The requests that broke something, or whose refusal is no problem and no page."""
    found = []
    for method, address, more in requests:
        answer = await system.http.request(method, address, **more)
        kind = answer.headers.get("content-type", "")
        told = answer.status_code < 400 or kind.startswith(("application/problem+json", "text/html"))
        if answer.status_code >= 500 or not told:
            found.append(f"{method} {address[:120]} {str(more)[:100]}: {answer.status_code} {answer.text[:100]}")
    return found


async def test_every_route_of_every_service_is_tried(system: System) -> None:
    paths = {place.path for place in system.places}
    assert {"/", "/try", "/contract/{path}", "/booking/v1/spaces/{space}/free", "/analytics/metrics/{metric}"} <= paths
    assert set(OF_EACH_KIND) <= paths
    assert len(system.places) > 60


async def test_no_text_in_an_address_breaks_a_route(system: System) -> None:
    asked: Iterable[tuple[str, str, dict[str, Any]]] = (
        (place.method, place.filled(**{name: text}), {})
        for place in system.places
        for name in place.names
        for text in NASTY
    )
    assert await faults(system, asked) == []


async def test_no_text_in_a_header_breaks_a_route(system: System) -> None:
    asked = (
        (place.method, place.filled(), {"headers": {name: text.encode("latin-1", "replace")}})
        for place in system.places
        if place.path in OF_EACH_KIND
        for name in HEADERS
        for text in HEADER_TEXTS
    )
    assert await faults(system, asked) == []


async def test_a_parameter_that_stands_there_twice_is_refused_wherever_one_is_meant(system: System) -> None:
    for place in system.places:
        for name in place.query:
            if name in SEVERAL.get(place.path, ()) or place.method != "GET":
                continue
            value = VALID.get(name, "1")
            address = place.filled(**{name: f"{value}&{name}={value}"})
            answer = await system.http.get(address)
            assert (answer.status_code, answer.json().get("parameter")) == (400, name), (address, answer.text)
            assert "stands there twice" in answer.json()["detail"]


async def test_a_header_that_stands_there_twice_is_refused_wherever_one_is_meant(system: System) -> None:
    for name in ("Idempotency-Key", "Happened-At", "Content-Language", "Authorization", "Content-Type"):
        headers = [(name, "a"), (name, "b"), ("Authorization", system.http.headers["Authorization"])]
        answer = await system.http.post("/analytics/v1/visits", content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["header"]) == (400, name.lower())


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/booking/v1/spaces/%00/free?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z", 404),
        ("/analytics/v1/events?subject=%00", 422),
        ("/analytics/v1/events?type=%00", 422),
        ("/analytics/v1/events?since=0&since=5", 400),
        ("/analytics/v1/events?topic=usage.events.v1&topic=booking.events.v1", 200),
        ("/analytics/v1/ledger?subject=%00", 422),
        (f"/analytics/v1/ledger?after={2**63}", 422),
        ("/analytics/v1/figures?from=2026-12-01&to=0", 422),
        ("/analytics/?from=20261201", 422),
        ("/booking/v1/today?day=1800000000", 422),
        ("/contract/%00", 404),
        (f"/contract/{'a' * 300}", 404),
        (f"/contract/{'a' * 6000}", 404),
        (f"/analytics/v1/events?subject={'a' * 40_000}", 414),
        ("/decisions/v1/search?q=pa%CC%88iva%CC%88", 200),
    ],
)
async def test_what_cannot_be_meant_is_told_as_a_problem(system: System, address: str, status: int) -> None:
    answer = await system.http.get(address)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].endswith(".")


async def test_a_form_from_an_origin_that_is_none_is_refused(system: System) -> None:
    for origin in ("http://[", "http://test@elsewhere", "test", "", "null"):
        answer = await system.http.post("/try", headers={"Origin": origin}, data={"act": "book"})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:omatoimi:problem:not-from-here")
    token = re.search(r'name="csrf" value="([^"]+)"', (await system.http.get("/try")).text)
    assert token is not None
    form = {"csrf": token[1], "act": "book", "day": "\x00"}
    own = await system.http.post("/try", headers={"Origin": "http://test"}, data=form)
    assert own.status_code == 422


async def test_no_text_in_a_form_breaks_the_page(system: System) -> None:
    origin = {"headers": {"Origin": "http://test", "Content-Type": "application/x-www-form-urlencoded"}}
    fields = ("act", "day", "start", "end", "persons", "space", "request", "booked", "refused", "before")
    asked = (
        ("POST", "/try", origin | {"content": f"act=book&{name}={text}".encode()}) for name in fields for text in NASTY
    )
    assert await faults(system, asked) == []
