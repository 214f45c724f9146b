"""Operators see whether a service lives, whether it is ready, why not, and how much waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from chassis import Request, Settings, Transaction
from chassis.health import internal
from chassis.maintenance import UPKEEP
from chassis.run import ROLES, run_until
from chassis.running import Running
from omatoimi_contracts.requests import VisitRequested
from omatoimi_platform import home as homes
from pydantic import SecretStr

from tests.kits.chassis import running
from tests.kits.platform import Servers as Platform

from .children import child
from .kafka_log import write
from .toys import gate
from .waiting import until
from .wire import visit, visit_data, wire

REQUESTS = "usage.requests.v1"


@asynccontextmanager
async def operator(*parts: Running) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=internal(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://internal") as client:
        yield client


async def test_ready_means_positioned_and_a_database_that_answers(platform: Platform, topics: Settings) -> None:
    async with running(gate(topics), ("api", "worker")) as r, operator(r.running) as see:
        await until(lambda: r.running.ready, "it is ready")
        ready = await see.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"ready": {"gate": True}, "faults": []})
        await platform.database_server.stop()
        ready = await see.get("/health/ready")
        assert (ready.status_code, ready.json()["ready"]) == (503, {"gate": False})
        assert (await see.get("/health/live")).status_code == 200
        await platform.database_server.start()
        assert (await see.get("/health/ready")).status_code == 200


async def test_a_reader_that_gave_up_turns_readiness_red_with_its_sentence(topics: Settings) -> None:
    async with running(gate(topics), ("worker",)) as r:
        await until(lambda: r.running.ready, "it is ready")
        await r.service.pool.execute("update chassis.consumed set cluster_id = 'another'")
    async with running(gate(topics), ("worker",)) as r, operator(r.running) as see:
        (fault,) = await until(lambda: r.running.faults(), "it gives up")
        ready = await see.get("/health/ready")
        assert (ready.status_code, ready.json()["faults"]) == (503, [fault])
        assert (await see.get("/health/live")).status_code == 200


async def test_a_loop_that_does_not_turn_is_not_alive(topics: Settings) -> None:
    begun, released = asyncio.Event(), asyncio.Event()

    async def hang(_: Request[VisitRequested], __: Transaction) -> None:
        begun.set()
        await released.wait()

    await write(topics.kafka, topics.topic(REQUESTS), [wire(visit())])
    async with running(gate(topics, hook=hang), ("worker",)) as r, operator(r.running) as see:
        await begun.wait()
        assert (await see.get("/health/live")).status_code == 200
        assert r.running.worker is not None
        for reader in r.running.worker.readers:
            r.running.pulse.beat(f"reader of {reader.topic}", within=-1)
        live = await see.get("/health/live")
        assert (live.status_code, live.json()["stuck"]) == (503, {"gate": [f"reader of {REQUESTS}"]})
        released.set()

        async def alive() -> bool:
            return (await see.get("/health/live")).status_code == 200

        await until(alive, "it turns again")


async def test_metrics_tell_what_waits_and_what_was_done(platform: Platform, topics: Settings) -> None:
    async with running(gate(topics), ("api", "relay", "worker")) as r, operator(r.running) as see:

        async def metric(name: str) -> float | None:
            text = (await see.get("/metrics")).text
            return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)), None)

        async def at_least(name: str, value: float) -> bool:
            return (await metric(name) or 0) >= value

        event = visit()
        await write(topics.kafka, topics.topic(REQUESTS), [wire(event), wire(event), b"{oops"])
        where = '{service="gate",topic="usage.requests.v1"}'
        await until(lambda: at_least(f"omatoimi_applied_total{where}", 3), "all are applied")
        assert await metric(f"omatoimi_duplicates_total{where}") == 1
        assert await metric(f"omatoimi_dead_letters_total{where}") == 1
        await until(lambda: at_least('omatoimi_relayed_total{service="gate"}', 2), "event and letter are sent")
        assert await metric('omatoimi_outbox_unsent{service="gate"}') == 0

        await platform.node.kill9()
        await r.web.post("/v1/visits", visit_data())
        assert await metric('omatoimi_outbox_unsent{service="gate"}') == 1
        await until(lambda: at_least('omatoimi_outbox_oldest_unsent_seconds{service="gate"}', 0.01), "it waits")
        await platform.database_server.stop()
        assert await metric(f"omatoimi_applied_total{where}") == 3
        await platform.database_server.start()
        await platform.node.start()


async def test_a_process_serves_its_endpoints_and_its_health_on_ports_of_their_own(
    platform: Platform, topics: Settings
) -> None:
    endpoints = homes.unused_port()
    inside = homes.unused_port(besides=[endpoints])
    given = topics.model_copy(update={"port": endpoints, "internal_port": inside})
    async with running(gate(topics)) as r, child(platform, given, "gate", "api", "relay") as process:
        async with httpx.AsyncClient(timeout=300) as client:

            async def ready() -> bool:
                try:
                    return (await client.get(f"http://127.0.0.1:{inside}/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, "it is ready")
            headers = {"Authorization": f"Bearer {r.web.key}", "Content-Type": "application/cloudevents+json"}
            answer = await client.post(
                f"http://127.0.0.1:{endpoints}/v1/events", content=wire(visit()), headers=headers
            )
            assert answer.status_code == 201
            assert (await client.get(f"http://127.0.0.1:{endpoints}/metrics")).status_code == 404
        alike = given.model_copy(update={"internal_port": homes.unused_port(besides=[endpoints, inside])})
        async with child(platform, alike, "gate", "api") as second:
            assert await second.ended() == 1
        assert f"port {endpoints} of 127.0.0.1 cannot be used" in second.log[-1]
        process.terminate()
        assert await process.ended() == 0, process.log


async def test_health_is_served_before_there_is_a_database(lonely: Settings) -> None:
    """It lives, and it is not ready; the endpoints are closed."""
    inside = homes.unused_port()
    given = lonely.model_copy(
        update={"internal_port": inside, "postgres": SecretStr(f"postgresql://127.0.0.1:{homes.unused_port()}/none")}
    )
    stop = asyncio.Event()
    process = asyncio.create_task(run_until(gate(given), ROLES, stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{inside}", timeout=10) as see:

        async def answers() -> bool:
            try:
                return bool((await see.get("/health/live")).json() == {"alive": True, "stuck": {"gate": []}})
            except httpx.TransportError:
                return False

        await until(answers, "it lives")
        ready = await see.get("/health/ready")
        assert (ready.status_code, ready.json()["ready"]) == (503, {"gate": False})
        assert (await see.get("/metrics")).status_code == 200
    stop.set()
    await process


async def test_every_loop_of_every_role_has_a_pulse(topics: Settings) -> None:
    """A loop that is not known here would be one that can stand still unnoticed."""
    service = gate(topics)
    async with running(service, ROLES) as r:
        scheduled = {f"scheduled {job.name}" for job in UPKEEP}
        keys = f"keys of {topics.people_issuer}"
        loops = {"relay", f"reader of {REQUESTS}", "jobs 0", "jobs 1", "searches", keys, *scheduled}
        await until(lambda: set(r.running.pulse.turning()) == loops, f"{loops} turn")


async def test_a_loop_that_ends_by_itself_ends_its_process(topics: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise LookupError("a loop is gone")

    monkeypatch.setattr("chassis.run.keep_working", gone)
    with pytest.raises(LookupError, match="a loop is gone"):
        await run_until(gate(topics), {"jobs"}, asyncio.Event())


async def test_migrate_brings_the_database_to_this_version_and_ends(platform: Platform, lonely: Settings) -> None:
    async with child(platform, lonely, "gate", "migrate") as process:
        assert await process.ended() == 0, process.log
    conn = await asyncpg.connect(lonely.dsn("gate"))
    try:
        assert await conn.fetchval("select count(*) from gate.visit") == 0
    finally:
        await conn.close()


async def test_a_connection_that_nobody_gives_back_does_not_hold_up_the_end(lonely: Settings) -> None:
    service = gate(lonely.model_copy(update={"handler_seconds": 0.5}))
    await service.migrate()
    await service.connect()
    assert await service.pool.acquire()
    async with asyncio.timeout(300):
        await service.disconnect()
    assert service.pool.get_size() == 0
