"""Each service runs alone: all its roles in one process, or each role in a process of its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from omatoimi_contracts.codec import STRUCTURED

from tests.alone.place import Surroundings
from tests.alone.requests import ACTS, Act, request
from tests.kits.process import Process
from tests.waiting import until


async def asked_over_http(place: Surroundings, api: Process, service: str, act: Act) -> None:
    """What is asked over HTTP is answered at once, and its outcome stands on the topic."""
    event = request(act)
    headers = {"Authorization": f"Bearer {await place.staff(service)}", "Content-Type": STRUCTURED}
    async with httpx.AsyncClient(base_url=api.http, headers=headers, timeout=300) as client:
        answer = await client.post("/v1/events", json=event)
        assert answer.status_code == 201, answer.text
        told = await on_the_topic(place, act, event)
        assert (told.type, str(told.id)) == (act.answered, answer.json()["outcome"]["id"])
        again = await client.post("/v1/events", json=event)
        assert (again.status_code, again.json()["repeated"]) == (200, True)


async def asked_over_kafka(place: Surroundings, service: str, act: Act) -> None:
    """What is asked over Kafka is answered on the topic."""
    event = request(act)
    await place.log.write(act.asked_on, "any", event)
    assert (await on_the_topic(place, act, event)).type == act.answered


async def on_the_topic(place: Surroundings, act: Act, event: Mapping[str, Any]) -> Any:
    async def answered() -> Any:
        return (await place.answers(act.answered_on)).get(event["id"])

    return await until(answered, f"the outcome of {event['type']} stands on {act.answered_on}")


def went_well(*processes: Process) -> None:
    """Nothing is amiss but that people, which does not run here, tells nobody its keys."""
    for one in processes:
        assert one.sentence == ""
        odd = [line for line in one.lines if line["level"] in ("warning", "error")]
        assert not [
            line for line in odd if not line["message"].startswith("the keys of an issuer could not be fetched")
        ]


@pytest.mark.parametrize("service", ACTS)
async def test_a_service_runs_alone_as_a_process_a_role_and_as_one_process(place: Surroundings, service: str) -> None:
    act, run = ACTS[service], place.run
    await place.create_database(service)
    # They begin together, on an empty database.
    with (
        run(service, "api") as api,
        run(service, "relay") as relay,
        run(service, "worker") as worker,
        run(service, "jobs") as jobs,
    ):
        roles = (worker, jobs, relay, api)
        await asyncio.gather(*(one.ready() for one in roles))
        assert [await one.health("live") for one in roles] == [200, 200, 200, 200]
        await asked_over_http(place, api, service, act)
        await asked_over_kafka(place, service, act)
        assert [await one.terminate() for one in roles] == [0, 0, 0, 0]
        went_well(*roles)
    with run(service) as whole:
        await whole.ready()
        assert await whole.health("live") == 200
        await asked_over_http(place, whole, service, act)
        await asked_over_kafka(place, service, act)
        assert await whole.terminate() == 0
        went_well(whole)
