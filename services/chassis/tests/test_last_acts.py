"""Whoever works at a thing is told in which role somebody last did what to it, and writes over nothing that they have
not seen."""

import asyncio
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import httpx
import pytest
from chassis import ANYONE, Emission, Registry, Reject, Request, Service, Settings, Transaction
from chassis.act import apply
from chassis.public import PublicPort
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import VisitRequested
from uuid_utils.compat import uuid7

from tests.kits.chassis import Harness, contents, running

from .toys import TOO_MANY, count, gate
from .wire import visit, visit_data, wire

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
ROUNDS, SEED = 100, 30


async def test_who_was_first_is_told_by_role_and_moment_and_a_no_changes_nothing(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        assert (await r.staff.get("/v1/acts/door")).json() == {}
        assert (await r.staff.post("/v1/visits", visit_data("door", 2))).status_code == 201
        first = (await r.staff.get("/v1/acts/door")).json()
        assert (first["by"], first["type"]) == ("staff", "omatoimi.visit.counted.v1")
        refused = await r.web.post("/v1/visits", visit_data("door", TOO_MANY))
        assert refused.status_code >= 400
        assert (await r.staff.get("/v1/acts/door")).json() == first
        assert (await r.web.post("/v1/visits", visit_data("door", 3))).status_code == 201
        second = (await r.staff.get("/v1/acts/door")).json()
        assert (second["by"], second["at"] > first["at"]) == ("resident", True)
        assert (await r.web.get("/v1/acts/door")).status_code == 403
        assert (await r.http.get("/v1/acts/door")).status_code == 401


async def _by_resource(r: Harness, state: str, only: str) -> httpx.Response:
    return await r.web.post(f"/v1/visits{only}", visit_data("door", 3), If_Match=f'"{state}"')


async def _structured(r: Harness, state: str, only: str) -> httpx.Response:
    event = wire(visit("door", 3, ifmatch=state))
    return await r.http.post(f"/v1/events{only}", content=event, headers={**r.web.asking, **STRUCTURED})


async def _binary(r: Harness, state: str, only: str) -> httpx.Response:
    event = visit("door", 3, ifmatch=state)
    data = event.pop("data")
    attributes = {f"ce-{name}": value for name, value in event.items() if name != "datacontenttype"}
    return await r.http.post(f"/v1/events{only}", json=data, headers={**r.web.asking, **attributes})


@pytest.mark.parametrize("ask", [_by_resource, _structured, _binary])
async def test_what_is_based_on_an_older_state_is_refused_at_every_endpoint_and_changes_nothing(
    lonely: Settings, ask: Any
) -> None:
    async with running(gate(lonely), ()) as r:
        seen = (await r.staff.post("/v1/visits", visit_data("door", 2))).json()["etag"]
        assert (await ask(r, seen, "?validate-only=true")).json()["would_be"] == 201
        done = await ask(r, seen, "")
        assert (done.status_code, done.json()["etag"]) == (201, "0000000002")
        before = await _leaves(r)
        for only in ("?validate-only=true", ""):
            told = (await ask(r, seen, only)).json()
            assert (told["status"], told["type"]) == (412, "urn:omatoimi:problem:precondition-failed")
            assert told["first"] == (await r.staff.get("/v1/acts/door")).json()
            assert (told["first"]["by"], told["first"]["sequence"]) == ("resident", 2)
            assert await _leaves(r) == before
        assert (await ask(r, "0000000002", "")).status_code == 201


async def _leaves(r: Harness) -> str:
    return (await contents(r.service))["gate.leaf"]


async def test_a_batch_and_kafka_are_held_to_the_state_in_their_order(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        events = [visit("door", n, ifmatch=f"{state:010d}") for n, state in enumerate((0, 0, 1, 1, 2), 1)]
        headers = {**r.web.asking, "Content-Type": "application/cloudevents-batch+json"}
        told = (await r.http.post("/v1/events", content=json.dumps(events), headers=headers)).json()
        assert [one["status"] for one in told] == [201, 412, 201, 412, 201]


def _batching(settings: Settings, seen: list[int]) -> Service:
    service = gate(settings)
    registry = service.handlers = Registry()

    @registry.on_batch(VisitRequested, path="/v1/visits", may=ANYONE, reasons={409: ("too-many",)})
    async def decide(requests: Sequence[Request[VisitRequested]], tx: Transaction) -> list[Emission | Reject]:
        seen.append(len(requests))
        return [await count(request, tx) for request in requests]

    return service


async def test_two_of_one_transaction_are_decided_one_after_the_other(lonely: Settings) -> None:
    seen: list[int] = []
    async with running(_batching(lonely, seen), ()) as r:
        items = [_request(r, state) for state in (None, None, "0000000002", "0000000002", None)]
        results = await apply(r.service, items)
        reasons = [one.answer.outcome.data.get("reason") if one.answer else "" for one in results]
        assert reasons == [None, None, None, "precondition-failed", None]
        assert seen == [2, 1, 1]


def _request(r: Harness, state: str | None) -> Request[Any]:
    event = read(wire(visit("door", 1) | ({"ifmatch": state} if state else {})))
    assert isinstance(event, RequestEvent)
    return Request(event, r.web.caller)


async def test_of_two_who_saw_one_state_one_is_done_and_the_other_told_a_hundred_times(lonely: Settings) -> None:
    random = Random(SEED)
    print(f"seed {SEED}")
    # Without locks of its own: the state is held by itself.
    async with running(gate(lonely, locks=False), ()) as r:
        for number in range(ROUNDS):
            asked = [r.staff, r.web]
            random.shuffle(asked)
            state = f'"{number:010d}"'
            both = await asyncio.gather(
                *(one.post("/v1/visits", visit_data("door", 2), If_Match=state) for one in asked)
            )
            assert sorted(one.status_code for one in both) == [201, 412], (number, [one.text for one in both])
            (lost,) = (one.json() for one in both if one.status_code == 412)
            winner = asked[[one.status_code for one in both].index(201)]
            assert lost["first"]["by"] == {"staff": "staff", "web": "resident"}[winner.caller.channel.name]
        total = await r.service.pool.fetchval("select entries from gate.leaf where leaf = 'door'")
        assert total == ROUNDS


async def test_asked_again_it_is_told_the_first_answer(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        seen = (await r.web.post("/v1/visits", visit_data("door", 2))).json()["etag"]
        id_ = uuid7()
        both = [await r.web.post("/v1/visits", visit_data(), id=id_, If_Match=f'"{seen}"') for _ in range(2)]
        assert [(one.status_code, one.json()["repeated"]) for one in both] == [(201, False), (200, True)]


async def test_of_what_nothing_is_known_nothing_was_seen(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        told = await r.web.post("/v1/visits", visit_data(), If_Match='"0000000001"')
        assert (told.status_code, told.json()["first"]) == (412, {})


@pytest.mark.parametrize("tag", ["*", '"7"', '"0000000001", "0000000002"', "yesterday"])
async def test_what_is_no_state_is_refused_and_not_passed_over(lonely: Settings, tag: str) -> None:
    async with running(gate(lonely), ()) as r:
        told = await r.web.post("/v1/visits", visit_data(), If_Match=tag)
        assert (told.status_code, told.json()["header"]) == (400, "If-Match")
        event = visit("door", 3)
        headers = {**r.web.asking, **STRUCTURED, "If-Match": '"0000000001"'}
        beside = await r.http.post("/v1/events", content=wire(event), headers=headers)
        assert (beside.status_code, beside.json()["header"]) == (400, "If-Match")


async def test_the_tag_of_a_state_is_kept_where_nobody_caches_and_names_the_words_beside_it_elsewhere() -> None:
    told = {"body": b"one", "cache": "no-cache"}

    async def thing(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"etag", b'"0000000007"'), (b"cache-control", told["cache"].encode())]  # type: ignore[attr-defined]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told["body"]})

    port = PublicPort(thing, Settings(allowed_hosts="test"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=port), base_url="http://test") as http:
        first = (await http.get("/")).headers["etag"]
        assert (await http.get("/", headers={"If-None-Match": first})).status_code == 304
        told["body"] = b"two"
        assert (await http.get("/", headers={"If-None-Match": first})).status_code == 200
        told["cache"] = "no-store"
        answer = await http.get("/", headers={"If-None-Match": '"0000000007"'})
        assert (answer.status_code, answer.headers["etag"]) == (200, '"0000000007"')
