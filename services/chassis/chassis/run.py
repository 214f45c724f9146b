"""Run a service: all its roles in one process, or one role a process. Only `run` ends a process.

The API is ready with its database and migrations; a worker when it is in its group with all assigned partitions
positioned. Liveness is the progress of the loops.
"""

import argparse
import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis import demo
from chassis.database import is_own
from chassis.http import app
from chassis.jobs import keep_working
from chassis.kafka import Fatal, wait_for_broker
from chassis.maintenance import UPKEEP
from chassis.migrations import MigrationRefused
from chassis.public import PublicPort
from chassis.relay import Relay
from chassis.schedule import keep_running
from chassis.server import listen, serve
from chassis.service import Service
from chassis.settings import in_one_sentence
from chassis.telemetry import Telemetry, log_json
from chassis.worker import CLOSE_SECONDS, Worker

log = logging.getLogger("omatoimi")

ROLES = ("api", "relay", "worker", "jobs")
STUCK_SECONDS = 60.0
STOP_SECONDS = CLOSE_SECONDS + 3
"""Told to stop, a part that has not ended by then is cut off: whoever starts processes gives them 30 s at least."""


@dataclass
class Running:
    """A service that runs: its parts, and how it fares."""

    service: Service
    roles: frozenset[str]
    stop: asyncio.Event
    telemetry: Telemetry
    worker: Worker | None = None
    relay: Relay | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether its worker is in its groups with all partitions positioned; the database is asked separately."""
        return self.worker is None or self.worker.ready

    def faults(self) -> list[str]:
        """Why it is not ready for good, one sentence each."""
        return self.worker.faults() if self.worker else []

    @property
    def alive(self) -> bool:
        """Whether the fetch loops turned within the last minute, from their first turn on."""
        turns = [reader.turned_at for reader in self.worker.readers] if self.worker else []
        return all(turn is None or time.monotonic() - turn < STUCK_SECONDS for turn in turns)


@asynccontextmanager
async def started(service: Service, roles: Iterable[str], telemetry: Telemetry | None = None) -> AsyncIterator[Running]:
    """Run a service's roles in this loop for the time of the context; the API is only prepared, not served. On leaving,
    the batch in hand is finished."""
    roles = frozenset(roles)
    telemetry = telemetry or Telemetry()
    running = Running(service, roles, asyncio.Event(), telemetry)
    await _database(service)
    try:
        if "relay" in roles:
            running.relay = Relay(service, running.stop, telemetry)
            running.tasks.append(asyncio.create_task(_with_topics(service, service.topics_written(), running.relay)))
        if "worker" in roles:
            running.worker = Worker(service, running.stop, telemetry)
            running.tasks.append(asyncio.create_task(_with_topics(service, service.handlers.topics(), running.worker)))
        others = [demo.watch(service, running.stop)] if "api" in roles else []
        if "jobs" in roles:
            others += [keep_running(service, job, running.stop) for job in (*service.scheduled, *UPKEEP)]
            others.append(keep_working(service, running.stop))
        loops = [asyncio.create_task(loop) for loop in others]
        try:
            yield running
        finally:
            running.stop.set()
            await _ended(service, [*running.tasks, *loops])
    finally:
        await service.disconnect()


async def _ended(service: Service, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until what was told to stop has ended. What has not is cut off: its transaction is rolled back, and whoever
    comes next goes on from there."""
    ending = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({ending}, timeout=STOP_SECONDS)
    for task in tasks:
        if task.cancel():
            log.warning("%s cuts off what does not end: %r", service.name, task.get_coro())


async def _with_topics(service: Service, topics: Iterable[str], part: Relay | Worker) -> None:
    """Run a part once the broker is there with the topics that the part needs."""
    await wait_for_broker(service.settings, topics, part.stop)
    if not part.stop.is_set():
        await part.run()


async def _database(service: Service) -> None:
    """Migrate and connect; a database that is not there yet is waited for."""
    delay = 0.2
    while True:
        try:
            await service.migrate()
            await service.connect()
            return
        except (OSError, asyncpg.PostgresError) as error:
            if isinstance(error, (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError)):
                raise Fatal(f"the database of {service.name} refuses us: {error}") from None
            if not is_own(error):
                raise
            log.warning("the database of %s does not answer yet (%s); waiting", service.name, type(error).__name__)
        await asyncio.sleep(delay)
        delay = min(delay * 2, 5)


def internal(parts: Sequence[Running]) -> Starlette:
    """Health and metrics, for an internal port."""

    async def live(_: Request) -> JSONResponse:
        alive = all(part.alive for part in parts)
        return JSONResponse({"alive": alive}, 200 if alive else 503)

    async def ready(_: Request) -> JSONResponse:
        answering = await asyncio.gather(*(part.service.answers() for part in parts))
        states = {part.service.name: part.ready and there for part, there in zip(parts, answering, strict=True)}
        faults = [fault for part in parts for fault in part.faults()]
        good = all(states.values()) and not faults
        return JSONResponse({"ready": states, "faults": faults}, 200 if good else 503)

    async def metrics(_: Request) -> Response:
        for part in parts:
            if part.relay is not None and await part.service.answers():
                await part.relay.measure()
        content = b"".join(
            generate_latest(registry) for registry in {id(p.telemetry): p.telemetry.registry for p in parts}.values()
        )
        return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)])


async def run_until(service: Service, roles: Iterable[str], stop: asyncio.Event) -> None:
    """Run roles until `stop` is set, or a part of them ends for good. Told to stop while it still waits for its
    database, it waits no longer."""
    told = asyncio.create_task(stop.wait())
    async with AsyncExitStack() as stack:
        stack.callback(told.cancel)
        starting = asyncio.create_task(stack.enter_async_context(started(service, roles)))
        await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await _serve_until(starting.result(), told)
        else:
            starting.cancel()
            await asyncio.wait({starting})


async def _serve_until(running: Running, told: asyncio.Task[bool]) -> None:
    # What was made to start stays; the collector need not go through it again and again.
    gc.freeze()
    service, settings = running.service, running.service.settings
    doors: list[tuple[ASGIApp, socket.socket]] = []
    if "api" in running.roles:
        doors.append((PublicPort(app(service), settings), listen(settings.host, settings.port)))
    if settings.internal_port is not None:
        sock = listen(settings.host, settings.internal_port, "OMATOIMI_INTERNAL_PORT")
        doors.append((internal([running]), sock))
    servers = [asyncio.create_task(serve(asgi, sock, running.stop, settings)) for asgi, sock in doors]
    log.info("%s runs", service.name, extra={"fields": {"roles": sorted(running.roles)}})
    done, _ = await asyncio.wait({told, *servers, *running.tasks}, return_when=asyncio.FIRST_COMPLETED)
    running.stop.set()
    await asyncio.gather(*servers, return_exceptions=True)
    for task in done - {told}:
        task.result()


def run(make: Callable[[], Service], arguments: Sequence[str] | None = None) -> None:
    """The command line of a service: `python -m <service> [api|relay|worker|jobs …]`; all roles when none is named."""
    import uvloop

    parser = argparse.ArgumentParser(description=f"Run the service {make.__module__.partition('.')[0]}.")
    parser.add_argument("roles", nargs="*", choices=[*ROLES, []], help="all when none is named")
    roles = set(parser.parse_args(arguments).roles) or set(ROLES)
    log_json()
    try:
        service = make()
    except ValueError as error:
        sys.exit(in_one_sentence(error))
    collect_rarely()
    try:
        uvloop.run(_run_with_signals(service, roles))
    except (Fatal, MigrationRefused) as error:
        sys.exit(f"{error}")


def collect_rarely() -> None:
    """Let Python's collector of cycles leave alone what lives as long as the process, and come seldom: what it would
    look through over and over is the batch in hand, which is no garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def _run_with_signals(service: Service, roles: Iterable[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_until(service, roles, stop)
