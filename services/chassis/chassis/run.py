"""Run a service: all its roles in one process, or one role a process. Only `run` ends a process.

The API is ready with its database and migrations; a worker when it is in its group with all assigned partitions
positioned. Liveness is the progress of the loops.
"""

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from chassis import channels_command, demo, restored
from chassis.clock import Backoff
from chassis.database import OF_DATABASE, is_own, refuses_us
from chassis.health import internal
from chassis.http import app
from chassis.jobs import keep_working
from chassis.kafka import Fatal, wait_for_broker
from chassis.maintenance import UPKEEP
from chassis.migrations import MigrationRefused
from chassis.public import PublicPort
from chassis.relay import Relay
from chassis.running import Running
from chassis.schedule import keep_running
from chassis.server import listen, serve
from chassis.service import Service
from chassis.settings import in_one_sentence
from chassis.telemetry import Telemetry, log_json
from chassis.worker import CLOSE_SECONDS, Worker

log = logging.getLogger("omatoimi")

ROLES = ("api", "relay", "worker", "jobs")
MIGRATE = "migrate"
CHANNELS = "channels"
STOP_SECONDS = CLOSE_SECONDS + 3
"""Told to stop, a part that has not ended by then is cut off: whoever starts processes gives them 30 s at least."""


@asynccontextmanager
async def started(service: Service, roles: Iterable[str], telemetry: Telemetry | None = None) -> AsyncIterator[Running]:
    """Run a service's roles in this loop for the time of the context; the API is only prepared, not served. On leaving,
    the batch in hand is finished."""
    async with _started(Running(service, frozenset(roles), telemetry or Telemetry())) as running:
        yield running


@asynccontextmanager
async def _started(running: Running) -> AsyncIterator[Running]:
    service, stop = running.service, running.stop
    service.telemetry = running.telemetry
    await _database(service)
    running.connected = True
    try:
        await restored.look(service)
        running.tasks += [asyncio.create_task(part) for part in _parts(running)]
        try:
            yield running
        finally:
            stop.set()
            await _ended(service, running.tasks)
    finally:
        running.connected = False
        await service.disconnect()


def _parts(running: Running) -> Iterator[Coroutine[Any, Any, None]]:
    """Yield what its roles do; each of them ends the process if it ends before it is told to."""
    service, roles, stop, pulse = running.service, running.roles, running.stop, running.pulse
    once_open = partial(restored.once_open, service, stop)
    if restored.ERASURES in service.handlers.topics():
        yield restored.watch(service, stop)
    if "relay" in roles:
        running.relay = Relay(service, stop, running.telemetry, pulse)
        yield once_open(_with_topics(service, service.topics_written(), running.relay))
    if "worker" in roles:
        running.worker = Worker(service, stop, running.telemetry, pulse)
        yield _with_topics(service, service.handlers.topics(), running.worker)
    if "jobs" in roles:
        for job in (*service.scheduled, *UPKEEP):
            yield once_open(keep_running(service, job, stop, pulse))
        yield once_open(keep_working(service, stop, pulse))
    if "api" in roles:
        yield demo.watch(service, stop)
        yield service.searches.keep_writing(service, stop, pulse)
        for issuer, keys in service.key_sets.items():
            yield keys.keep_fresh(issuer, stop, pulse)


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
    """Migrate and connect."""
    await _migrated(service)
    await service.connect()


async def _migrate(service: Service) -> None:
    applied = await _migrated(service)
    print("\n".join([*applied, f"The database of {service.name} is migrated: {len(applied)} files applied."]))


async def _migrated(service: Service) -> list[str]:
    """Migrate; a database that is not there yet is waited for."""
    backoff = Backoff(asyncio.Event(), 0.2)
    while True:
        try:
            return await service.migrate()
        except OF_DATABASE as error:
            if refuses_us(error):
                raise Fatal(f"the database of {service.name} refuses us: {error}") from None
            if not is_own(error):
                raise
            log.warning("the database of %s does not answer yet (%s); waiting", service.name, type(error).__name__)
        await backoff.wait()


async def run_until(service: Service, roles: Iterable[str], stop: asyncio.Event) -> None:
    """Run roles until `stop` is set, or a part of them ends for good. Its health is told before it has its database.
    Told to stop while it still waits for that, it waits no longer."""
    roles, settings = frozenset(roles), service.settings
    running = Running(service, roles, open="api" not in roles)
    told = asyncio.create_task(stop.wait())
    servers: list[asyncio.Task[None]] = []
    try:
        if settings.internal_port is not None:
            sock = listen(settings.host, settings.internal_port, "OMATOIMI_INTERNAL_PORT")
            servers.append(asyncio.create_task(serve(internal([running]), sock, running.stop, settings)))
        async with AsyncExitStack() as stack:
            starting = asyncio.create_task(stack.enter_async_context(_started(running)))
            await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await _serve_until(running, told, servers)
            else:
                starting.cancel()
                await asyncio.wait({starting})
    finally:
        told.cancel()
        running.stop.set()
        await asyncio.gather(*servers, return_exceptions=True)


async def _serve_until(running: Running, told: asyncio.Task[bool], servers: list[asyncio.Task[None]]) -> None:
    # What was made to start stays; the collector need not go through it again and again.
    gc.freeze()
    service, settings = running.service, running.service.settings
    if "api" in running.roles:
        sock = listen(settings.host, settings.port)
        running.open = True
        servers.append(asyncio.create_task(serve(PublicPort(app(service), settings), sock, running.stop, settings)))
    log.info("%s runs", service.name, extra={"fields": {"roles": sorted(running.roles)}})
    done, _ = await asyncio.wait({told, *servers, *running.tasks}, return_when=asyncio.FIRST_COMPLETED)
    running.stop.set()
    await asyncio.gather(*servers, return_exceptions=True)
    for task in done - {told}:
        task.result()


def run(make: Callable[[], Service], arguments: Sequence[str] | None = None) -> None:
    """Serve the command line of a service: `python -m <service> [api|relay|worker|jobs …]`, all roles when none is
    named; `python -m <service> migrate`; `python -m <service> channels …`."""
    import uvloop

    arguments = list(sys.argv[1:] if arguments is None else arguments)
    work = _work(make.__module__.partition(".")[0], arguments)
    log_json()
    try:
        service = make()
    except ValueError as error:
        sys.exit(in_one_sentence(error))
    tune_interpreter()
    try:
        uvloop.run(work(service))
    except (Fatal, MigrationRefused) as error:
        logging.shutdown()  # what was told again and again is summed up before the last word
        sys.exit(f"{error}")


def _work(name: str, arguments: list[str]) -> Callable[[Service], Coroutine[Any, Any, None]]:
    """Return what a service is to do by its command line. Ends the process where that cannot be read."""
    if arguments[:1] == [CHANNELS]:
        told = channels_command.parser(name).parse_args(arguments[1:])
        return lambda service: channels_command.act(service, told)
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=f"Run the service {name}.",
        epilog=f"python -m {name} {CHANNELS} --help tells how its channels get their keys.",
    )
    parser.add_argument(
        "roles",
        nargs="*",
        choices=[*ROLES, MIGRATE, []],
        help="all roles when none is named; migrate brings the database to this version, and ends",
    )
    roles = set(parser.parse_args(arguments).roles) or set(ROLES)
    if MIGRATE in roles and len(roles) > 1:
        parser.error(f"{MIGRATE} stands alone")
    return _migrate if MIGRATE in roles else lambda service: _run_with_signals(service, roles)


def tune_interpreter() -> None:
    """Let Python's collector of cycles leave alone what lives as long as the process, and come seldom: what it would
    look through over and over is the batch in hand, which is no garbage. And let a thread that computes give way to the
    loop after a millisecond instead of five: whoever is answered waits so long after each word of the database."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    sys.setswitchinterval(0.001)


async def _run_with_signals(service: Service, roles: Iterable[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_until(service, roles, stop)
