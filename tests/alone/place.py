"""Where services run alone: one broker with the topics of the contract, and a database a service, named by prefix."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from chassis import channels
from chassis.access import by_channel
from omatoimi_platform import topics

from tests.exchanges.log import Log
from tests.kits.chassis import key_of
from tests.kits.platform import Servers
from tests.kits.process import Process, own_environment, process

STAFF = by_channel("/helsinki/channels/staff", "staff", "vallila")


@dataclass
class Surroundings:
    """What a service is told of its surroundings, all of it by the environment; and the topics as subscribers read
    them."""

    platform: Servers
    prefix: str
    folder: Path
    log: Log
    databases: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OMATOIMI_KAFKA": self.platform.kafka,
            "OMATOIMI_POSTGRES": self.platform.postgres,
            "OMATOIMI_TOPIC_PREFIX": self.prefix,
            "OMATOIMI_DATABASE_PREFIX": self._database_prefix,
        }

    @property
    def bare_environment(self) -> dict[str, str]:
        """That of a command: this process's own, with what the service is told."""
        return own_environment() | self.environment

    @property
    def _database_prefix(self) -> str:
        return self.prefix.replace(".", "_")

    def dsn(self, service: str) -> str:
        return urlunsplit(urlsplit(self.platform.postgres)._replace(path=f"/{self._database_prefix}{service}"))

    async def create_database(self, service: str) -> None:
        """The service's database, empty when it is asked for first."""
        if self.dsn(service) in self.databases:
            return
        self.databases.append(self.dsn(service))
        connection = await asyncpg.connect(self.platform.postgres, database="postgres")
        try:
            await connection.execute(f"create database {self._database_prefix}{service} template template0")
        finally:
            await connection.close()

    @contextmanager
    def run(self, service: str, *roles: str, port: int | None = None, **more: str) -> Iterator[Process]:
        """A service with these roles (else all), ended at the end."""
        environment = self.environment | more
        with process(service, *roles, environment=environment, folder=self.folder, port=port) as started:
            yield started

    async def fetch(self, service: str, question: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn(service))
        try:
            return list(await connection.fetch(question, *values))
        finally:
            await connection.close()

    async def staff(self, service: str) -> str:
        """The key of a staff channel that is registered with a service which has run before."""
        key = key_of("staff")
        connection = await asyncpg.connect(self.dsn(service))
        try:
            await channels.register(connection, STAFF, key, datetime.now(UTC))
        finally:
            await connection.close()
        return key

    async def answers(self, topic: str) -> dict[str, Any]:
        """The outcomes on an event topic, by the id of the request that they answer."""
        return {str(event.causationid): event for event in await self.log.events(topic) if event.outcome}


@asynccontextmanager
async def a_place(platform: Servers, folder: Path) -> AsyncIterator[Surroundings]:
    """A place with topics of its own; its databases go with it."""
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await topics.create(platform.kafka, prefix=prefix)
    try:
        async with Log.of(platform.kafka, prefix) as log:
            place = Surroundings(platform, prefix, folder, log)
            yield place
    finally:
        for dsn in place.databases:
            await platform.drop_database(dsn)
        await platform.delete_topics(prefix)
