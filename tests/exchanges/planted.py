"""Forms as a browser finds them on a page, and something planted in every field of each, so that it can be looked for
wherever it must not be."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from chassis import Connection
from chassis.clock import SettableClock
from chassis.database import Pool
from chassis.http import app
from lxml import html
from omatoimi_contracts.topics import TOPICS
from prometheus_client import generate_latest
from uuid_utils.compat import uuid7

from tests.exchanges.town import ConnectedServices
from tests.kits.chassis import key_of
from tests.kits.web import ADDRESS, Site, migrated, site

HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}
KEPT_AS_IT_IS = {"csrf", "new"}
"""What no visitor types, and without which no form is read."""
WRITTEN = {"textarea", "text", "search", "email", "tel"}
SQL = "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ($1, $2)"


@dataclass(frozen=True)
class Plant:
    """Something that stands nowhere else, the page and the field in which it was typed, and whether the form was one
    that could be taken."""

    text: str
    form: str
    name: str
    fitting: bool

    def __str__(self) -> str:
        return f"{self.name} of {self.form}"


@dataclass
class Gardener:
    """Somebody who fills in all forms of a page, on a `day`, and remembers what they typed and where forms went; all
    that they type has `begin` in it. With the token they ask services themselves. The provider knows them as `subject`;
    `elsewhere` is another browser, in which they have signed in too."""

    browser: httpx.AsyncClient
    token: str
    day: date
    begin: str
    subject: str
    elsewhere: httpx.AsyncClient
    plants: list[Plant] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    async def visit(self, address: str) -> None:
        """Send every form of a page by each of its buttons: once with what fits, once with what does not."""
        page = await self.browser.get(address)
        assert page.status_code == 200, (address, page.status_code, page.text[-500:])
        await self._all(page, urlsplit(address).path)

    async def _all(self, page: httpx.Response, of: str) -> None:
        for form in html.fromstring(page.text, base_url=str(page.url)).forms:
            action = urlsplit(str(page.url.join(form.action or "")))
            written = [one.name for one in form.inputs if _kind(one) in WRITTEN]
            if action.path == "/sign-out" or (form.method == "GET" and not written):
                continue
            for button in form.xpath(".//button") or [None]:
                act = {button.get("name"): button.get("value")} if button is not None and button.get("name") else {}
                key = (action.path, str(act), *written)
                if key in self._seen:
                    continue
                self._seen.add(key)
                for fitting in (False, True):
                    answer = await self._send(form, page.url.join(form.action or ""), of, act, fitting)
                    assert answer.status_code < 500, (of, act, answer.status_code, answer.text[-500:])
                    if answer.status_code == 200 and form.method == "POST":
                        await self._all(answer, of)

    async def _send(self, form: Any, to: httpx.URL, of: str, act: dict[str, str], fitting: bool) -> httpx.Response:
        typed = {one.name: self._typed(one, of, fitting) for one in form.inputs if _counts(one)} | act
        if form.method == "GET":
            return await self.browser.get(to.copy_merge_params(typed))
        self.sent.add(to.path)
        return await self.browser.post(to, data=typed, headers=HERE)

    def _typed(self, one: Any, of: str, fitting: bool) -> str:
        kind, known = _kind(one), (one.get("value") if one.tag == "input" else one.value) or ""
        if one.name == "id":
            return str(uuid7())  # each is a request of its own
        if one.name in KEPT_AS_IT_IS:
            return str(known)
        if not fitting or (kind in WRITTEN and one.get("inputmode") not in ("numeric", "decimal")):
            text = f"ruutikellari-{self.begin}{len(self.plants)}x"
            number = f"{7_000_000 + len(self.plants)}"
            told = {"email": f"{text}@example.org", "tel": f"+358 40 {number}", "registernumber": number}
            text = told.get(one.name, told.get(kind, text)) if fitting else text
            self.plants.append(Plant(text, of, one.name, fitting))
            return text
        if kind == "select":
            needed = one.get("required") is not None
            return str(known or next((value for value in one.value_options if value and needed), ""))
        usual = {"date": self.day.isoformat(), "time": "17:00" if one.name == "end" else "15:00", "number": "4"}
        return str(known or usual.get(kind, ""))

    def found_in(self, heap: str) -> list[Plant]:
        """Those of what was planted that stand in a heap of text."""
        return [plant for plant in self.plants if plant.text in heap]


def _kind(one: Any) -> str:
    return str((one.get("type") or "text") if one.tag == "input" else one.tag)


def _counts(one: Any) -> bool:
    """Whether a field is sent: a box that is not ticked is not."""
    return bool(one.name) and (_kind(one) not in ("radio", "checkbox") or one.get("checked") is not None)


async def everything_in(pool: Pool) -> str:
    """All rows of a database, bytes as far as they are text."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("set local bytea_output = 'escape'")
        tables = await conn.fetch(SQL, "pg_catalog", "information_schema")
        return "\n".join([row for one in tables for row in await _rows(conn, one["name"])])


async def _rows(conn: Connection, table: str) -> Sequence[str]:
    rows = await conn.fetch(f"select t::text as row from {table} t")
    return [row["row"] for row in rows]


@asynccontextmanager
async def channel(town: ConnectedServices) -> AsyncIterator[Site]:
    """The web channel before the services of the town."""
    dsn = await town.platform.create_database()
    await migrated(dsn)
    clients = {
        name: httpx.AsyncClient(transport=httpx.ASGITransport(app=app(one.endpoints.service)), base_url="http://test")
        for name, one in town.neighbours.items()
    }
    kiosks = {"vallila": key_of("kiosk")}
    async with site(dsn, clients, clock=SettableClock(town.clock.now), key=key_of("web"), kiosk_keys=kiosks) as web:
        yield web
    await town.platform.drop_database(dsn)


async def pages_of_a_resident(town: ConnectedServices, of: Gardener, association: UUID) -> list[str]:
    """The pages with forms of who has signed in."""
    until = (town.clock.now + timedelta(days=2)).isoformat()
    one, other = [
        await _made(town, "booking", of.token, {"space": "kerhohuone", "slot": town.clock.evening()}) for _ in "ab"
    ]
    notice = await _made(town, "notices", of.token, {"titles": {"fi": "Talkoot"}, "until": until})
    return [
        "/my/data",
        "/comment?case=HEL-2026-000077",
        "/book?space=kerhohuone",
        "/tell",
        f"/tell/{notice}",
        f"/bookings/{one}/move",
        f"/bookings/{other}/cancel",
        "/try",
        f"/associations/{association}",
    ]


async def pages_of_the_desk(town: ConnectedServices, association: UUID) -> list[str]:
    """The pages with forms of who works there that show something of somebody else's; those that need nothing are found
    by themselves."""
    until = (town.clock.now + timedelta(days=2)).isoformat()
    booking = await _made(town, "booking", None, {"space": "kerhohuone", "slot": town.clock.evening()})
    notice = await _made(town, "notices", None, {"titles": {"fi": "Kuoro"}, "until": until})
    feedback = await _made(town, "decisions", None, {"case": "HEL-2026-000077", "text": "Lisää valoa"})
    return [
        f"/desk/notices/{notice}",
        f"/desk/people?organisation={association}",
        f"/desk/feedback/{feedback}",
        "/desk/rooms/space?premises=kirjasto",
        "/desk/hours?premises=kirjasto",
        f"/desk/bookings/{booking}",
    ]


async def _made(town: ConnectedServices, name: str, token: str | None, body: dict[str, Any]) -> str:
    """What somebody at the web channel asks for, or the channel itself: its id."""
    path, made = {"booking": ("bookings", "booking"), "notices": ("notices", "notice")}.get(name, ("feedback",) * 2)
    answer = await replace(town[name].endpoints.web, token=token).post(f"/v1/{path}", body)
    assert answer.status_code in (201, 202), answer.text
    return str(answer.json()["outcome"]["data"][made])


async def public(town: ConnectedServices, web: Site) -> str:
    """What anybody may read: public topics, feeds, and the figures of every process."""
    await town.sent()
    topics = [topic.name for topic in TOPICS.values() if topic.class_ == "public"]
    records = [record for topic in topics for record in await town.log.records(topic)]
    assert len(records) > 20
    told = [b"".join([record.key or b"", record.value or b"", repr(record.headers).encode()]) for record in records]
    anybody = town["notices"].endpoints.http
    told += [(await anybody.get(f"/v1/{path}")).content for path in ("feed.ics", "feed.atom", "feed.json", "notices")]
    told.append((await town["booking"].endpoints.http.get("/v1/spaces/kerhohuone/calendar.ics")).content)
    parts = [neighbour.endpoints.service.telemetry for neighbour in town.neighbours.values()]
    told += [generate_latest(part.registry) for part in (*parts, web.web.telemetry)]
    return b"\n".join(told).decode(errors="replace")
