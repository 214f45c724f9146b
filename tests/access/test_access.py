"""Each cell of docs/access.md is what the services do: what it allows is done, what it refuses is refused."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from omatoimi.access import COLUMNS, FILE, table
from omatoimi_contracts.proof import HEADER, proof, proof_key

from tests.access.cells import OPERATIONS, Case, cases
from tests.access.things import Things
from tests.waiting import until

CASES = cases()
ACTS = [case for case in CASES if case.operation.kind is not None]
READS = [case for case in CASES if case.operation.kind is None]


def service_of(case: Case) -> str:
    """Where a case is tried; what every service has, at booking."""
    return case.operation.service if case.operation.service != "every service" else "booking"


def test_the_table_is_current_and_has_every_operation() -> None:
    assert FILE.read_text("utf-8") == table(), "run python -m omatoimi.access"
    assert {case.operation.name for case in CASES} == set(OPERATIONS)


def test_no_act_is_for_nobody_and_none_without_a_key() -> None:
    for name, one in OPERATIONS.items():
        assert any(one.cell(role, person) != "—" for role, person in COLUMNS if role), name
        assert one.kind is None or one.may.needs_key, name


@pytest.mark.parametrize("case", ACTS, ids=str)
async def test_an_act_is_allowed_or_refused_as_the_table_says(things: Things, case: Case) -> None:
    service = service_of(case)
    body = await things.asked(case, service)
    if case.role is None:
        answer = await things.town[service].endpoints.http.post(case.operation.path, json=body)
        assert answer.status_code == 401
        return
    answer = await things.client(case, service).post(case.operation.path, body)
    told = answer.json()
    refused = answer.status_code == 403
    assert refused == (not case.allowed), answer.text
    if refused:
        assert told["outcome"]["data"]["reason"] == "not-allowed"
        assert "resource" not in told
    assert answer.status_code not in (400, 401), answer.text


@pytest.mark.parametrize("case", READS, ids=str)
async def test_a_read_is_allowed_or_refused_as_the_table_says(things: Things, case: Case) -> None:
    service = service_of(case)
    address = await things.address(case, service)
    endpoints = things.town[service].endpoints
    headers = things.client(case, service).asking if case.role else {}
    answer = await endpoints.http.request(case.operation.method, address, headers=headers)
    if case.allowed:
        # What it names may not be there, and what is posted may be nothing: then it is not the right that is missing.
        assert answer.status_code not in (401, 403), answer.text
        assert answer.status_code == 200 or not case.operation.may.needs_thing, answer.text
    elif case.operation.cell(case.role, case.person) == "the city's token":
        assert answer.status_code == 401, "whatever key opens it not: whose data it is shows the token"
    elif case.for_some:
        assert answer.status_code == 404, answer.text
    else:
        assert answer.status_code == (403 if case.role else 401), answer.text


async def test_over_kafka_every_act_is_allowed_or_refused_as_the_table_says(things: Things) -> None:
    """One record for each cell; each ends in one outcome, and in `not-allowed` where the table refuses it."""
    town, asked = things.town, [case for case in ACTS if case.role is not None and not case.person]
    producer = AIOKafkaProducer(bootstrap_servers=town.platform.kafka)
    await producer.start()
    sent: list[tuple[Case, dict[str, Any]]] = []
    for case in asked:
        assert case.operation.kind is not None
        event = town.request(case.caller, case.operation.kind.TYPE, await things.asked(case, service_of(case)))
        sent.append((case, event))
    for case, event in sent:
        assert case.operation.kind is not None
        value, key = json.dumps(event).encode(), proof_key(things.client(case, service_of(case)).key)
        await producer.send_and_wait(
            f"{town.prefix}{case.operation.kind.TOPIC}", value, headers=[(HEADER, proof(key, value))]
        )
    await producer.stop()
    for case, event in sent:
        reason = await _reason(things, service_of(case), event)
        assert (reason == "not-allowed") == (not case.allowed), f"{case}: {reason}"


async def _reason(things: Things, service: str, event: dict[str, Any]) -> str:
    async def ended() -> Sequence[Any]:
        return await things.town[service].fetch(
            "select outcome from chassis.inbox where source = $1 and id = $2 and outcome is not null",
            event["source"],
            event["id"],
        )

    (row,) = await until(ended, f"{event['type']} of {event['source']} has ended", within=60)
    return str(json.loads(row["outcome"])["data"].get("reason", ""))
