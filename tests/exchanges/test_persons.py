"""A person who has signed in, across all services: people's own token is taken by each; the person's id stands on no
public topic, in no log and no metric; once erased they are forgotten by every service, also by one that was down."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import analytics.main
import booking.main
import decisions.main
import notices.main
import people.main
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from chassis import Service, Settings, channels
from chassis.access import Role, by_channel
from chassis.clock import Clock
from chassis.key_sets import KeySet
from chassis.tokens import Tokens
from omatoimi_contracts.topics import PEOPLE_EVENTS, TOPICS
from omatoimi_platform import topics
from prometheus_client import generate_latest
from uuid_utils.compat import uuid7

from tests.exchanges.conftest import furnish
from tests.exchanges.planted import Gardener, channel, everything_in, pages_of_a_resident, pages_of_the_desk, public
from tests.exchanges.town import ConnectedServices, town_of
from tests.kits.chassis import Client, key_of
from tests.kits.decisions import case
from tests.kits.issuer import Issuer, issuing
from tests.kits.people import Office
from tests.kits.persons import ISSUER
from tests.kits.platform import Servers
from tests.kits.told import may_ask
from tests.kits.web import Site, pages_of
from tests.waiting import until

KNOWS = {
    "booking": "select count(*) from booking.booking where person = $1",
    "notices": "select count(*) from notices.notice where person = $1",
    "decisions": "select count(*) from decisions.feedback where person = $1",
}
STAFF = {"amr": ["helsinki_adfs"], "ad_groups": ["omatoimi-vallila-staff", "omatoimi-participation"]}
NAMED = {"name": "Ruutikellari Ainutkertainen", "email": "ruutikellari@example.org"}
FOR_EVERYBODY = ("/desk/rooms/premises", "/desk/rooms/space", "/desk/organisations", "/desk/feedback/")
"""Pages on which staff write what everybody is to read: names of houses, rooms and associations, answers."""
BY_THEMSELVES = ("/sign-out", "/kiosk")
"""Forms without a word in them, and those of devices, which keep to themselves (their own tests)."""
HOLDS = """
select count(*) from (
    select value from chassis.outbox where headers is not null union all select value from chassis.dead_letter
) put_aside where position($1::bytea in value) > 0
"""


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[Issuer]:
    async with issuing() as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def town(
    platform: Servers, provider: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConnectedServices]:
    """Booking, notices and decisions, which read people's keys where it shows them, and people beside a provider."""

    folder = tmp_path_factory.mktemp("mail")

    def with_provider(settings: Settings, clock: Clock) -> Service:
        more = {"identity_issuer": provider.url, "mail_folder": folder}
        return people.main.service(settings.model_copy(update=more), clock)

    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await topics.create(platform.kafka, prefix=prefix)
    parts = (booking.main, notices.main, decisions.main, analytics.main)
    makers = {part.__name__.partition(".")[0]: part.service for part in parts}
    try:
        async with town_of(platform, prefix, tmp_path_factory.mktemp("town"), **makers, people=with_provider) as made:
            http = made["people"].endpoints.http

            async def shown() -> bytes:
                return (await http.get("/v1/keys")).content

            for name in KNOWS:
                service = made[name].endpoints.service
                service.tokens = Tokens(ISSUER, KeySet(shown), service.clock)
                await _may_ask(made, name)
            await furnish(made)
            yield made
    finally:
        await platform.heal()
        await platform.delete_topics(prefix)


async def test_what_is_typed_in_any_field_of_any_form_is_told_to_nobody_and_forgotten_with_who_typed_it(
    town: ConnectedServices, provider: Issuer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", logger="omatoimi")
    for bounded in ("web.services.SECONDS", "web.exchange.SECONDS"):
        monkeypatch.setattr(bounded, 60)  # a slow machine loses nothing of what was typed
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(channel(town))
        association = await _association(town)
        resident = await _gardener(town, provider, web, stack, "r", NAMED, association)
        for address in await pages_of_a_resident(town, resident, association):
            await resident.visit(address)
        staff = await _gardener(town, provider, web, stack, "s", STAFF)
        shown = {page.path for page in pages_of(web.app) if "GET" in (page.methods or ()) and "{" not in page.path}
        listed = await pages_of_the_desk(town, association)
        plain = {path for path in shown if path.startswith("/desk")} - {urlsplit(address).path for address in listed}
        for address in (*listed, *sorted(plain)):
            await staff.visit(address)
        await town.caught_up("analytics", *TOPICS)
        pools = {name: one.endpoints.service.pool for name, one in town.neighbours.items()}
        pools["web"] = web.web.sessions.database
        held = {name: resident.found_in(await everything_in(pool)) for name, pool in pools.items()}
        told = {plant.name for plants in held.values() for plant in plants}
        assert told >= {"name", "email", "telephone", "text", "title-fi", "text-fi"}
        assert held["analytics"] == held["booking"] == held["web"] == []
        of_theirs = await everything_in(pools["web"])
        assert of_theirs.count(resident.subject) == 2, "the sessions in two browsers"
        assert NAMED["name"] not in of_theirs
        anybody = await public(town, web) + caplog.text
        assert resident.found_in(anybody) == []
        assert [one for one in staff.found_in(anybody) if not one.form.startswith(FOR_EVERYBODY)] == []
        await resident.visit("/my/erase")
        assert (await resident.elsewhere.get("/my")).headers["location"].startswith("/sign-in?")
        for name in KNOWS:
            await town.caught_up(name, PEOPLE_EVENTS.name)
        after = {name: await everything_in(pool) for name, pool in pools.items()}
        left = {name: {str(one) for one in resident.found_in(heap)} for name, heap in after.items()}
        # What was said on a pending matter is a document of the office (docs/erasure.md).
        assert left == {name: {"text of /comment"} if name == "decisions" else set() for name in held}
        assert resident.subject not in after["web"]
        sent = [*resident.sent, *staff.sent]
        for page in pages_of(web.app):
            if "POST" in (page.methods or ()) and not page.path.startswith(BY_THEMSELVES):
                assert any(page.path_regex.match(path) for path in sent), f"plant in the forms of {page.path} too"


async def test_who_signs_in_is_known_to_all_told_to_nobody_and_forgotten_by_all(
    town: ConnectedServices, provider: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    token = await Office(town["people"].endpoints, _as_clock(town), provider).token()
    aino = Office.id_of(replace(town["people"].endpoints.web, token=token))
    for name in KNOWS:
        await _does_something(town, name, replace(town[name].endpoints.web, token=token))
        # What could not be read names the person too.
        letter = {"specversion": "1.0", "type": "omatoimi.nothing.requested.v1", "data": {"person": str(aino)}}
        async with AIOKafkaProducer(bootstrap_servers=town.platform.kafka) as producer:
            await producer.send_and_wait(f"{town.prefix}{name}.requests.v1", json.dumps(letter).encode())
    for name in KNOWS:
        await town.caught_up(name, f"{name}.requests.v1")
        assert await _knows(town, name, aino) == [1, 2]  # the letter, and its copy for the topic
    before = await town["booking"].fetch("select count(*) as n from booking.booking")
    async with town.down_for_a_day("booking"):
        erased = await replace(town["people"].endpoints.web, token=token).post("/v1/erasures", {})
        assert erased.status_code == 200, erased.text
        for name in ("notices", "decisions"):
            await town.caught_up(name, PEOPLE_EVENTS.name)
            assert await _knows(town, name, aino) == [0, 0]
        assert await _knows(town, "booking", aino) == [1, 2]
    await town.caught_up("booking", PEOPLE_EVENTS.name)
    assert await _knows(town, "booking", aino) == [0, 0]
    assert await town["booking"].fetch("select count(*) as n from booking.booking") == before
    await _told_to_nobody(town, aino)
    assert str(aino) not in caplog.text


async def _gardener(
    town: ConnectedServices,
    provider: Issuer,
    web: Site,
    stack: AsyncExitStack,
    begin: str,
    claims: dict[str, Any],
    association: UUID | None = None,
) -> Gardener:
    """Somebody at a browser who has signed in, as whose secretary where an association is named."""
    office = Office(town["people"].endpoints, _as_clock(town), provider)
    client = await office.client(begin, **claims)
    if association is not None:
        grant = {"person": str(Office.id_of(client)), "organisation": str(association), "role": "secretary"}
        until = (town.clock.now + timedelta(days=90)).isoformat()
        answer = await town["people"].endpoints.staff.post("/v1/memberships", grant | {"until": until})
        assert answer.status_code == 201, answer.text
    access = provider.sign(office.claims(begin, **claims))
    subject = f"subject-of-{begin}"
    browser, elsewhere = [
        await stack.enter_async_context(
            web.browser(await web.signed_in(NAMED["name"], person=Office.id_of(client), subject=subject, access=access))
        )
        for _ in range(2)
    ]
    day = (town.clock.now + timedelta(days=3)).date()
    return Gardener(browser, client.token or "", day, begin, subject, elsewhere)


async def _association(town: ConnectedServices) -> UUID:
    """A verified association, and a case on which anybody may say something."""
    record = {"kind": "case", "content": case("HEL-2026-000077")}
    assert (await town["decisions"].endpoints.staff.post("/v1/records", record)).status_code in (200, 201)
    association = uuid7()
    proof = {"organisation": str(association), "name": "Vallila-seura ry", "registernumber": "123.456"}
    assert (await town["notices"].endpoints.staff.post("/v1/verifications", proof)).status_code == 201
    return association


async def _may_ask(town: ConnectedServices, name: str) -> None:
    """Let a service ask people, to whom it is a channel."""
    may_ask(town[name].endpoints.service)
    caller = by_channel(f"/helsinki/channels/{name}", name, "vallila", Role.SERVICE)
    async with town["people"].endpoints.service.pool.acquire() as conn:
        await channels.register(conn, caller, key_of(name), town.clock.now)


async def test_who_has_booked_is_told_by_mail_in_the_words_of_the_city_and_forgotten_with_it(
    town: ConnectedServices, provider: Issuer
) -> None:
    token = await Office(town["people"].endpoints, _as_clock(town), provider).token("eino")
    eino = replace(town["people"].endpoints.web, token=token)
    told = {"name": "Eino", "email": "eino@example.org", "language": "sv"}
    assert (await eino.post("/v1/contact-details", told)).status_code == 201
    await _does_something(town, "booking", replace(town["booking"].endpoints.web, token=token))

    async def arrived() -> bytes:
        folder = town["people"].endpoints.service.settings.mail_folder
        assert folder is not None
        mails = [file.read_bytes() for file in folder.glob("*.eml")]
        return b"".join([mail for mail in mails if b"eino@example.org" in mail])

    mail = message_from_bytes(await until(arrived, "the mail is there"), policy=default)
    assert mail["Subject"].startswith("Din bokning är bekräftad: Kerhohuone, ")
    assert mail["To"] == "Eino <eino@example.org>"
    question = "select count(*) as n from chassis.outbox where position($1::bytea in value) > 0"
    named = str(Office.id_of(eino)).encode()
    assert (await town["booking"].fetch(question, named))[0]["n"] == 1
    assert (await eino.post("/v1/erasures", {})).status_code == 200
    await town.caught_up("booking", PEOPLE_EVENTS.name)
    assert (await town["booking"].fetch(question, named))[0]["n"] == 0
    assert await town["people"].fetch("select from people.message where person = $1", Office.id_of(eino)) == []


def _as_clock(town: ConnectedServices) -> Any:
    return town.clock


async def _does_something(town: ConnectedServices, name: str, web: Client) -> None:
    until = (town.clock.now + timedelta(days=2)).isoformat()
    path, body = {
        "booking": ("bookings", {"space": "kerhohuone", "slot": town.clock.evening()}),
        "notices": ("notices", {"titles": {"fi": "Talkoot"}, "until": until}),
        "decisions": ("feedback", {"case": "HEL-2026-000077", "text": "Penkki puistoon"}),
    }[name]
    if name == "decisions":
        record = {"kind": "case", "content": case("HEL-2026-000077")}
        answer = await town[name].endpoints.staff.post("/v1/records", record)
        assert answer.status_code in (200, 201), answer.text
    answer = await web.post(f"/v1/{path}", body)
    assert answer.status_code in (201, 202), answer.text


async def _knows(town: ConnectedServices, name: str, person: UUID) -> list[int]:
    """In how many rows a service has a person, and in how many letters and their copies."""
    (rows,) = await town[name].fetch(KNOWS[name], person)
    (letters,) = await town[name].fetch(HOLDS, str(person).encode())
    return [rows["count"], letters["count"]]


async def _told_to_nobody(town: ConnectedServices, person: UUID) -> None:
    """No public topic, key or header, and no metric, has the id."""
    planted, read = str(person).encode(), 0
    for topic in TOPICS.values():
        if topic.class_ == "public" and topic.name.endswith((".events.v1", ".documents.v1")):
            for record in await town.log.records(topic.name):
                read += 1
                assert planted not in b"".join([record.key or b"", record.value or b"", repr(record.headers).encode()])
    assert read > 5
    for neighbour in town.neighbours.values():
        assert planted not in generate_latest(neighbour.endpoints.service.telemetry.registry)
