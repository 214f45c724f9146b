"""Whatever is wrong with a request, the caller is told what, where and what to do, as problem details; nothing happens,
and nothing of our inside is told."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chassis import ANYONE, Registry, Reject, Request, Service, Settings, Transaction, channels
from chassis.access import Caller, Channel, Role
from chassis.http import app
from chassis.problem import MAX_BODY
from omatoimi_contracts.catalogue import REQUESTS
from omatoimi_contracts.requests import RecordRequested, VisitRequested
from omatoimi_contracts.vocabulary import RequestData
from uuid_utils.compat import uuid7

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .toys import HERE, gate
from .wire import visit, visit_data, wire

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"


def problem(answer: httpx.Response, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
    """The problem that an answer tells, which is held to RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (told["type"], told["status"]) == (f"urn:omatoimi:problem:{code}", status)
    assert told["title"]
    assert told["detail"].endswith(".")
    if pointer is not None:
        assert told["pointer"] == pointer
    return told


async def post(r: Harness, content: Any, key: str | None = None, **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {key or r.web.key}", "Content-Type": "application/cloudevents+json"}
    return await r.http.post("/v1/events", content=content, headers=given | headers)


async def post_bytes(r: Harness, path: str, content: Any) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid7()), "Content-Type": "application/json"}
    return await r.http.post(path, content=content, headers=headers | {"Authorization": f"Bearer {r.web.key}"})


async def test_only_a_known_channel_asks_and_only_for_what_it_may_in_its_own_name(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        for header in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}):
            answer = await r.http.post("/v1/events", content=wire(visit()), headers=header)
            problem(answer, 401, "key-missing")
            assert answer.headers["www-authenticate"] == "Bearer"
        problem(await post(r, wire(visit()), key="omatoimi_guess"), 401, "key-unknown")
        problem(await post(r, wire(visit(source="/helsinki/channels/staff"))), 403, "not-your-source", "/source")

        kiosk = Channel("/helsinki/channels/kiosk", "kiosk", "vallila", frozenset({"omatoimi.other.v1"}))
        narrow = Caller(kiosk, frozenset({Role.RESIDENT, Role.DEVICE}))
        key = channels.new_key()
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, narrow, key, r.service.clock())
        problem(await post(r, wire(visit(source=narrow.channel.source)), key=key), 403, "not-allowed", "/type")

        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0
        assert (
            await r.service.pool.fetchval("select count(*) from chassis.channel where key_hash = $1", key.encode()) == 0
        )


async def test_a_request_for_another_service_a_fact_and_an_unknown_type_are_told_so(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        heartbeat = visit(type="omatoimi.heartbeat.requested.v1", data={"unit": "vallila", "device": "door"})
        problem(await post(r, wire(heartbeat)), 404, "not-here", "/type")
        fact = EXAMPLES / "omatoimi.visit.counted.v1" / "minimal.json"
        problem(await post(r, fact.read_bytes()), 400, "no-request", "/type")
        problem(await post(r, wire(visit(type="omatoimi.visit.guessed.v1"))), 400, "malformed", "/type")


NO_EVENTS: list[tuple[bytes, str]] = [
    (b"{", ""),
    (b"\xff\xfe", ""),
    (b"[]", ""),
    (b"null", ""),
    (b"[" * 100_000, ""),
    (wire(visit(time="today")), "/time"),
    (wire({**visit(), "id": "1"}), "/id"),
    (wire(visit(specversion="0.3")), "/specversion"),
    (wire(visit(data={**visit_data(), "persons": "7"})), "/data/persons"),
    (wire(visit(data={**visit_data(), "persons": float("nan")})), ""),
    (wire(visit(data={**visit_data(), "persons": 10**400})), ""),
    (wire(visit(data={**visit_data(), "a~b/c": 1})), "/data/a~0b~1c"),
    (wire(visit(data={**visit_data(), "slot": {"start": "2026-12-01T10:00:00Z"}})), "/data/slot/end"),
    (wire(visit(data={**visit_data(), "counter": "\ud800"})), ""),
]


async def test_what_is_no_event_is_refused_with_a_pointer_to_the_fault(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        for body, pointer in NO_EVENTS:
            told = problem(await post(r, body), 400, "malformed")
            assert told.get("pointer", "") == pointer, body[:200]
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


def data(**fields: Any) -> bytes:
    return json.dumps({**visit_data(), **fields}).encode()


NO_DATA: list[tuple[bytes, str]] = [
    (b"{", ""),
    (b"\xff\xfe", ""),
    (b"[" * 100_000, ""),
    (b"7", ""),
    (b"", ""),
    (data(persons="many"), "/persons"),
    (data(persons="7"), "/persons"),
    (data(persons=7.0), "/persons"),
    (data(persons=True), "/persons"),
    (data(persons=float("nan")), ""),
    (data(slot={"start": 1_800_000_000, "end": 1_800_003_600}), "/slot/start"),
    (data(slot={"start": "2026-12-01", "end": "2026-12-02"}), "/slot/start"),
    (data(unit=7), "/unit"),
    (data(**{"a~b/c": 1}), "/a~0b~1c"),
    (data().replace(b'"persons": 1', b'"persons": 1, "persons": 2'), ""),
    (data().replace(b'"persons"', b'"person"'), "/persons"),
]


async def test_what_one_endpoint_refuses_every_other_refuses_with_the_same_words_and_pointer(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        for body, pointer in NO_DATA:
            resource = problem(await post_bytes(r, "/v1/visits", body), 400, "malformed")
            attributes = {f"ce-{name}": str(value) for name, value in visit().items() if name not in DATA}
            binary = problem(
                await post(r, body, **{"Content-Type": "application/json"}, **attributes), 400, "malformed"
            )
            structured = await post(r, wire(visit(data="here")).replace(b'"here"', body))
            event = problem(structured, 400, "malformed")
            assert resource.get("pointer", "") == pointer, body[:200]
            for told in (binary, event):
                assert told.get("pointer", "").removeprefix("/data") == pointer, body[:200]
                assert told["detail"] == resource["detail"] or not pointer
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


DATA = ("data", "datacontenttype")
JSON = {"Content-Type": "application/json"}


async def test_a_resource_without_an_id_or_with_a_wrong_header_is_told_which(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        auth = {"Authorization": f"Bearer {r.web.key}"}
        told = problem(await r.http.post("/v1/visits", json=visit_data(), headers=auth), 400, "idempotency-key-missing")
        assert "Idempotency-Key" in told["detail"]
        for header, value in (
            ("Idempotency-Key", "abc"),
            ("Idempotency-Key", ""),
            ("Happened-At", "2026-12-01T10:00:00"),
            ("Happened-At", "1800000000"),
            ("Assisted", "yes"),
            ("Content-Language", "fi-FI, sv;q=0.5"),
            ("traceparent", "00-1"),
        ):
            headers = auth | {"Idempotency-Key": str(uuid7()), header: value}
            told = problem(await r.http.post("/v1/visits", json=visit_data(), headers=headers), 400, "malformed")
            assert told["header"] == header
            assert "parameter" not in told
            assert told["detail"].startswith(f"The header {header} holds ")
            assert "pointer" not in told
        problem(await r.web.get("/v1/nothing"), 404, "unknown")
        problem(await r.web.get("/v1/events"), 405, "method-not-allowed")


async def test_a_body_of_another_type_is_told_which_types_are_right(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/json", "application/xml"):
            told = problem(await post(r, wire(visit()), **{"Content-Type": kind}), 415, "media-type")
            for right in ("application/cloudevents+json", "application/cloudevents-batch+json", "'ce-' headers"):
                assert right in told["detail"]
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/cloudevents+json"):
            told = problem(await r.web.post("/v1/visits", visit_data(), content_type=kind), 415, "media-type")
            assert "'Content-Type: application/json'" in told["detail"]
        assert (
            await post(r, wire(visit()), **{"Content-Type": "Application/CloudEvents+JSON; charset=utf-8"})
        ).is_success
        assert (await r.web.post("/v1/visits", visit_data(), content_type="application/json; charset=utf-8")).is_success


async def test_an_idempotency_key_beside_an_event_is_its_id_or_refused(lonely: Settings) -> None:
    event = visit()
    async with running(gate(lonely)) as r:
        problem(await post(r, wire(event), **{"Idempotency-Key": str(uuid7())}), 400, "other-id", "/id")
        batch = {"Content-Type": "application/cloudevents-batch+json", "Idempotency-Key": event["id"]}
        problem(await post(r, json.dumps([event]), **batch), 400, "other-id")
        assert (await post(r, wire(event), **{"Idempotency-Key": event["id"].upper()})).status_code == 201


async def test_a_parameter_that_an_address_does_not_know_is_refused_and_nothing_is_done(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        for path in ("/v1/visits", "/v1/events"):
            answer = await post_bytes(r, f"{path}?validateonly=true", wire(visit()))
            assert problem(answer, 400, "unknown-parameter")["parameter"] == "validateonly"
        problem(await r.web.get(f"/v1/requests/{uuid7()}?x"), 400, "unknown-parameter")
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


async def test_a_body_over_the_limit_is_refused_whether_it_was_told_or_not(lonely: Settings) -> None:
    large = wire(visit(note="x" * MAX_BODY))

    async def in_pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(large), 65_536):
            yield large[at : at + 65_536]

    async with running(gate(lonely)) as r:
        for path in ("/v1/events", "/v1/visits"):
            told = await post_bytes(r, path, large)
            untold = await post_bytes(r, path, in_pieces())
            assert "content-length" not in untold.request.headers
            for answer in (told, untold):
                assert "1000000 bytes" in problem(answer, 413, "too-large")["detail"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/visits"])
async def test_who_hangs_up_while_asking_breaks_nothing(lonely: Settings, path: str) -> None:
    sent: list[Any] = []
    pieces = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(pieces)

    async def send(message: Any) -> None:
        sent.append(message)

    async with running(gate(lonely)) as r:
        kind = "application/json" if path == "/v1/visits" else "application/cloudevents+json"
        told = {"authorization": f"Bearer {r.web.key}", "idempotency-key": str(uuid7()), "content-type": kind}
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        # What nobody had foreseen would be raised here, for the log.
        await app(r.service)({**scope, "headers": headers}, receive, send)
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0
    assert sent[0]["status"] == 400


async def test_a_batch_over_the_limit_is_refused_as_a_whole(lonely: Settings) -> None:
    batch = {"Content-Type": "application/cloudevents-batch+json"}
    async with running(gate(lonely)) as r:
        for body in (json.dumps([visit()] * 101), "{}", "[", "[" * 100_000):
            problem(await post(r, body, **batch), 400, "malformed")
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


async def test_an_error_of_ours_tells_nothing_of_our_inside(lonely: Settings) -> None:
    async def break_(_: Request[VisitRequested], tx: Transaction) -> None:
        await tx.conn.execute("insert into gate.leaf values ('door', 1, 1)")
        raise RuntimeError("password=hunter2 at /srv/secret.py")

    async with running(gate(lonely, hook=break_)) as r:
        told = problem(await r.web.post("/v1/visits", visit_data()), 500, "broken")
        assert set(told) == {"type", "title", "status", "detail"}
        assert "hunter2" not in json.dumps(told)
        assert await r.service.pool.fetchval("select count(*) from gate.leaf") == 0


async def test_without_its_database_a_service_asks_to_try_again_and_the_same_request_later_succeeds_once(
    platform: Platform, lonely: Settings
) -> None:
    event = visit(persons=7)
    async with running(gate(lonely)) as r:
        await platform.database_server.stop_immediately()
        for answer in (await post(r, wire(event)), await r.web.get(f"/v1/requests/{event['id']}")):
            problem(answer, 503, "try-again")
            assert int(answer.headers["retry-after"]) > 0
        await platform.database_server.start()
        assert [(await post(r, wire(event))).status_code for _ in range(2)] == [201, 200]
        assert await r.service.pool.fetchval("select persons from gate.leaf") == 7


def everything(settings: Settings) -> Service:
    """Takes every request of the contract as a resource, and knows nothing of what is asked."""
    registry = Registry()

    async def refuse(_: Request[RequestData], __: Transaction) -> Reject:
        return Reject("unknown")

    for kind in REQUESTS.values():
        registry.on(kind, path=f"/v1/{kind.TYPE}", may=ANYONE, reasons={404: ("unknown",)})(refuse)
    return Service(
        name="gate",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        settings=settings,
    )


async def test_every_request_of_the_contract_is_the_same_as_a_resource_and_as_an_event(lonely: Settings) -> None:
    examples = [json.loads(file.read_bytes()) for kind in REQUESTS for file in (EXAMPLES / kind).glob("*.json")]
    assert {example["type"] for example in examples} == set(REQUESTS)
    async with running(everything(lonely)) as r:
        for example in examples:
            event = {**example, "id": str(uuid7()), "source": r.web.caller.channel.source}
            first = await r.web.post(f"/v1/{event['type']}", event["data"], id=event["id"])
            again = await post(r, wire(event))
            assert (first.status_code, again.status_code) == (404, 404), (first.text, again.text)
            assert again.json() == {**first.json(), "repeated": True}


AMBIGUOUS = (
    '{"a": NaN}',
    '{"a": 1e400}',
    '{"a": 9007199254740993}',
    '{"a": 1, "a": 1}',
    '{"a": "\\ud800"}',
    '{"a":' * 70 + "1" + "}" * 70,
)


async def test_what_readers_would_take_for_different_things_is_refused_as_a_resource_too(lonely: Settings) -> None:
    async with running(everything(lonely)) as r:
        for content in AMBIGUOUS:
            body = '{"kind": "case", "record": "1", "content": ' + content + "}"
            problem(await post_bytes(r, f"/v1/{RecordRequested.TYPE}", body), 400, "malformed")
