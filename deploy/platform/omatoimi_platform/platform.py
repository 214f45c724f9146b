"""The broker and the database server that everything runs on: the ones that the environment names, else embedded."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from omatoimi_platform import jars
from omatoimi_platform import kafka as brokers
from omatoimi_platform import postgres as servers
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.kafka import Node
from omatoimi_platform.postgres import Server

Say = Callable[[str, str], None]
"""Called with a part's name and what it is doing now, for the person who waits."""


@dataclass(frozen=True)
class Platform:
    """Addresses of the two, and a handle on each that is embedded (None where the environment named an address).

    `kafka` is a bootstrap address; `postgres` the URL of the server, without a database's name.
    """

    kafka: str
    postgres: str
    node: Node | None
    database_server: Server | None


def given_kafka() -> str | None:
    """Return the bootstrap address in `OMATOIMI_KAFKA`. Raises PlatformError when it is none."""
    given = os.environ.get("OMATOIMI_KAFKA") or None
    if given and not all(re.fullmatch(r"\S+:\d+", address) for address in given.split(",")):
        raise PlatformError(f"OMATOIMI_KAFKA={given} is no address: give host:port, several with commas between.")
    return given


def given_postgres() -> str | None:
    """Return the URL of the server in `OMATOIMI_POSTGRES`."""
    return os.environ.get("OMATOIMI_POSTGRES") or None


async def start(home: Home, say: Say, postgres_settings: Mapping[str, str] | None = None) -> Platform:
    """Start both side by side and wait until they serve clients. The home must be held. Raises PlatformError."""
    kafka = asyncio.create_task(_kafka(home, say))
    postgres = asyncio.create_task(_postgres(home, say, postgres_settings or {}))
    try:
        done, _ = await asyncio.wait((kafka, postgres), return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    except BaseException:
        # One has failed, or we were told to stop: the other does not stay behind.
        # Each is told once: told again it would break off its own tidying up.
        for task in (kafka, postgres):
            task.cancel()
        await asyncio.wait((kafka, postgres))
        for task in (kafka, postgres):
            if not task.cancelled() and task.exception() is None and (handle := task.result()[1]):
                await handle.stop()
        raise
    (bootstrap, node), (dsn, server) = kafka.result(), postgres.result()
    return Platform(bootstrap, dsn, node, server)


async def stop(platform: Platform) -> None:
    """Stop what is embedded; what the environment named is left alone."""
    handles = [handle for handle in (platform.node, platform.database_server) if handle]
    await asyncio.gather(*(handle.stop() for handle in handles))


async def _kafka(home: Home, say: Say) -> tuple[str, Node | None]:
    begun = time.monotonic()
    if given := given_kafka():
        if not await brokers.answers(given):
            raise PlatformError(f"No Apache Kafka answers at {given}: start it, or correct OMATOIMI_KAFKA.")
        say("kafka", f"{given} (OMATOIMI_KAFKA)")
        return given, None

    def progress(done: int, total: int) -> None:
        if told_to_stop:
            raise asyncio.CancelledError
        if done == total or done % 10 == 0:
            say("kafka", f"fetching, {done} of {total} jars")

    told_to_stop = False
    try:
        classpath = await asyncio.to_thread(jars.classpath, home.jars, progress)
    except asyncio.CancelledError:
        told_to_stop = True  # a thread cannot be cancelled: it looks here
        raise
    node = Node(home, classpath, partial(say, "kafka"))
    await _start(node)
    say("kafka", f"ready at {node.bootstrap} ({time.monotonic() - begun:.1f} s)")
    return node.bootstrap, node


async def _postgres(home: Home, say: Say, settings: Mapping[str, str]) -> tuple[str, Server | None]:
    begun = time.monotonic()
    if given := given_postgres():
        if not await servers.answers(given):
            raise PlatformError(
                "No PostgreSQL answers at the address in OMATOIMI_POSTGRES: start it, or correct the address."
            )
        say("postgres", "the server in OMATOIMI_POSTGRES")
        return given, None
    server = Server(home, partial(say, "postgres"), settings)
    await _start(server)
    say("postgres", f"ready at 127.0.0.1:{server.port} ({time.monotonic() - begun:.1f} s)")
    return server.dsn, server


async def _start(handle: Node | Server) -> None:
    try:
        await handle.start()
    except BaseException:
        # Also when we are told to stop meanwhile: nothing that was started stays behind.
        await handle.stop()
        raise
