"""What is validated only is decided as if it were meant, by every endpoint, and nothing comes of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis import Settings
from uuid_utils.compat import UUID

from tests.kits.chassis import Harness, contents, running, validated_first

from .toys import TOO_MANY, gate
from .wire import visit, visit_data, wire

JSON = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ONLY = "?validate-only=true"


async def ask(r: Harness, event: dict[str, Any], only: str = ONLY) -> tuple[int, dict[str, Any]]:
    """At the CloudEvents endpoint."""
    headers = {"Authorization": f"Bearer {r.web.key}"} | JSON
    answer = await r.http.post(f"/v1/events{only}", content=wire(event), headers=headers)
    return answer.status_code, answer.json()


async def ask_all(r: Harness, *batch: Any, only: str = ONLY) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {r.web.key}"} | BATCH
    answer = await r.http.post(f"/v1/events{only}", content=json.dumps(batch), headers=headers)
    assert answer.status_code == 207
    told: list[dict[str, Any]] = answer.json()
    return told


@pytest.mark.parametrize(("persons", "status"), [(7, 201), (TOO_MANY, 409)])
async def test_a_resource_is_answered_as_it_will_be_and_nothing_comes_of_it(
    lonely: Settings, persons: int, status: int
) -> None:
    async with running(gate(lonely, clock=lambda: NOW)) as r:
        real = await validated_first(r.service, r.web, "/v1/visits", visit_data(persons=persons))
        assert (real.status_code, real.json()["repeated"]) == (status, False)


async def test_an_event_is_answered_as_it_will_be_and_nothing_comes_of_it(lonely: Settings) -> None:
    event = visit(persons=7)
    async with running(gate(lonely)) as r:
        before = await contents(r.service)
        for _ in range(2):
            status, told = await ask(r, event)
            assert (status, told["would_be"], told["repeated"]) == (200, 201, False)
            assert told["outcome"]["data"]["persons"] == 7
            assert await contents(r.service) == before
        assert (await r.web.get(f"/v1/requests/{event['id']}")).status_code == 404
        status, told = await ask(r, event, "?validate-only=false")
        assert (status, told["repeated"], "validate_only" in told) == (201, False, False)


async def test_each_event_of_a_batch_is_answered_as_if_it_came_alone(lonely: Settings) -> None:
    event, refused = visit(persons=7), visit(persons=TOO_MANY)
    async with running(gate(lonely)) as r:
        before = await contents(r.service)
        told = await ask_all(r, event, {"type": 1}, refused, event)
        assert [one["status"] for one in told] == [200, 400, 409, 200]
        assert [one["body"].get("would_be") for one in told] == [201, None, 409, 201]
        assert await contents(r.service) == before
        told = await ask_all(r, event, {"type": 1}, refused, event, only="")
        assert [one["status"] for one in told] == [201, 400, 409, 200]


async def test_what_came_before_under_the_same_id_is_told_as_it_would_be(lonely: Settings) -> None:
    event = visit(persons=7)
    other = {**event, "data": visit_data(persons=8)}
    async with running(gate(lonely)) as r:
        _, first = await ask(r, event, "")
        status, again = await ask(r, event)
        assert (status, again["would_be"], again["repeated"]) == (200, 200, True)
        assert again["outcome"] == first["outcome"]
        status, told = await ask(r, other)
        assert (status, told["type"]) == (422, "urn:omatoimi:problem:other-content")
        answer = await r.web.post(f"/v1/visits{ONLY}", visit_data(persons=8), id=UUID(event["id"]))
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "?validate-only",
        "?validate-only=1",
        "?validate-only=True",
        "?validate-only=true&validate-only=false",
        "?validate_only=true",
        "?dry-run=true",
    ],
)
async def test_who_misspells_it_is_told_so_and_nothing_is_done(lonely: Settings, query: str) -> None:
    async with running(gate(lonely)) as r:
        before = await contents(r.service)
        answer = await r.web.post(f"/v1/visits{query}", visit_data())
        assert (answer.status_code, answer.json()["parameter"]) == (400, query[1:].partition("=")[0])
        assert (await ask(r, visit(), query))[0] == 400
        assert await contents(r.service) == before
