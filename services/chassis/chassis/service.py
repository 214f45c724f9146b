"""A service at a glance: what it takes, what it writes, its pages and its scheduled jobs.

Nothing is global to a module, so that four services live in one process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import asyncpg
from fastapi import APIRouter
from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from chassis.channels import Keys
from chassis.clock import Clock, system_clock
from chassis.database import OF_DATABASE, BoundedPool, Connection, Pool
from chassis.group_commit import Busy, GroupCommit
from chassis.installation import Installation
from chassis.key_sets import KeySet, over_http
from chassis.limits import Limits
from chassis.migrations import migrate
from chassis.pages import HERE, LANGUAGES, words_of
from chassis.registry import BUDGET, Registry
from chassis.searches import Searches
from chassis.settings import Settings, migrations_of_chassis
from chassis.telemetry import Telemetry
from chassis.tokens import Tokens
from chassis.transaction import Outcome, Request, Resource, Result, Transaction

Present = Callable[[Connection, str], Awaitable[FactEvent[Fact] | None]]
"""The present version of a document by its key, or None when it must be forgotten."""

Resources = Callable[[Connection, Sequence[Outcome]], Awaitable[Sequence[Resource | None]]]
"""The resource that each outcome is about, as it is now, in their order."""

TakeOut = Callable[[Transaction, Sequence[str]], Awaitable[None]]
"""Removes the state of these subjects, which are example content, and publishes the documents that go with them."""

Run = Callable[["Service"], Coroutine[Any, Any, int]]

DemoState = Literal["filling", "shown", "taken out"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The example content of a service: its state, what it is made of, and how much of it is there."""

    state: DemoState
    seed: int
    day: date
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """`run(service)` does at most some hundred things and returns how many; it is called again while there are more."""

    name: str
    every: timedelta
    run: Run


REASONS_OF_ALL: Mapping[int, Sequence[str]] = {
    403: ("not-allowed", "not-acting-for"),
    412: ("precondition-failed",),
    422: ("in-the-future", "before-it-was"),
}
"""With which every request may end, before its handler is asked."""
NO_REASON = 409, "It could not be done."
"""What is told of a code of an earlier release."""


ANSWERS_SECONDS = 2.0
LINE_SECONDS = 5.0
HEAVY_AT_ONCE = 2
"""Heavy transactions at once in one process: one of the HTTP endpoints, one of the worker."""
MOST = 6
"""A heavy transaction has at most so many times the seconds of another: its reader must be seen to live."""


def _united(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Unite what several handlers declare. Raises ValueError where two of them differ."""
    united: dict[str, int] = {}
    for name, status in pairs:
        if united.setdefault(name, status) != status:
            raise ValueError(f"{name} is {united[name]} beside one handler and {status} beside another")
    return united


async def _end_transaction(conn: Connection) -> None:
    if conn.is_in_transaction():
        await conn.execute("rollback")


async def _nothing(_: Connection, outcomes: Sequence[Outcome]) -> Sequence[None]:
    return [None] * len(outcomes)


async def _nothing_to_take_out(_: Transaction, __: Sequence[str]) -> None:
    return None


@dataclass
class Service:
    """One service.

    `reads` are the topics that its handlers take, which `main.py` so shows and the start checks; `writes` is its
    event topic, `also_writes` further ones; `asks` the request topics of other services that it asks; `locks` the ranks
    of its locks, lowest first; `documents` the present version of each compacted topic of it; `resources` the things
    that outcomes are about; `take_out` removes example content; `key_sets` the keys of the issuers whose tokens it
    takes; `postgres` are further settings of its sessions in the database. Its words stand in `locale/` beside
    `migrations`.
    """

    name: str
    handlers: Registry
    writes: str
    migrations: Path
    reads: Sequence[str] | None = None
    also_writes: Sequence[str] = ()
    asks: Sequence[str] = ()
    locks: Sequence[str] = ()
    api: APIRouter | None = None
    pages: APIRouter | None = None
    scheduled: Sequence[ScheduledJob] = ()
    documents: Mapping[str, Present] = field(default_factory=dict)
    resources: Resources = _nothing
    take_out: TakeOut = _nothing_to_take_out
    key_sets: Mapping[str, KeySet] = field(default_factory=dict)
    postgres: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    clock: Clock = system_clock
    pool: Pool = field(init=False)
    heavy_pool: Pool = field(init=False)
    heavy: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    keys: Keys = field(init=False, default_factory=Keys)
    tokens: Tokens = field(init=False)
    group_commit: GroupCommit[Request[Any], Result] = field(init=False)
    limits: Limits = field(init=False)
    telemetry: Telemetry = field(init=False, default_factory=Telemetry)
    searches: Searches = field(init=False, default_factory=Searches)
    statuses: Mapping[str, int] = field(init=False)
    """The HTTP status of each outcome, by its type; 201 where it is not here."""
    reasons: Mapping[str, int] = field(init=False)
    """The HTTP status of each code with which a request may end."""
    words: Mapping[str, Mapping[str, str]] = field(init=False)
    """What each of those codes means and what to do, by language."""
    demo: Demo | None = field(init=False, default=None)
    """Its example content as it was some seconds ago, for the pages; see `chassis.demo`."""
    held: str | None = field(init=False, default=None)
    """Why it serves nothing though it runs; see `chassis.restored`."""

    def __post_init__(self) -> None:
        if self.reads is not None and sorted(self.reads) != self.handlers.topics():
            needed = ", ".join(self.handlers.topics())
            raise ValueError(f"{self.name}: `reads` names other topics than its handlers take: {needed}")
        acts = self.handlers.handlers.values()
        self.statuses = _united((kind.TYPE, status) for act in acts for kind, status in act.statuses.items())
        groups = [REASONS_OF_ALL, *(act.reasons for act in acts)]
        self.reasons = _united((code, status) for named in groups for status, codes in named.items() for code in codes)
        self.words = {language: self._words(language) for language in LANGUAGES}
        issuer, keys = self.settings.people_issuer, over_http(f"{self.settings.people_url}/v1/keys")
        self.key_sets = {issuer: KeySet(keys), **self.key_sets}
        self.tokens = Tokens(issuer, self.key_sets[issuer], self.clock)
        self.limits = Limits(self.name, self.settings)
        self.group_commit = GroupCommit(self.settings.handler_seconds / 10, self._line_seconds)

    def _words(self, language: str) -> Mapping[str, str]:
        found = words_of(HERE, language) | words_of(self.migrations.parent, language)
        libraries = ", ".join(self.installation.libraries)
        told = {code: found.get(f"reasons.{code}", NO_REASON[1]) for code in self.reasons}
        return {code: words.format(libraries=libraries) for code, words in told.items()}

    def reason(self, code: str, language: str) -> tuple[int, str]:
        """Return the HTTP status and the words of a code with which a request ended."""
        if code not in self.reasons:
            return NO_REASON
        return self.reasons[code], self.words[language][code]

    @property
    def _line_seconds(self) -> float:
        """So long a request waits at most for its transaction to begin, and whoever reads for a connection."""
        return max(self.settings.handler_seconds, LINE_SECONDS)

    @property
    def installation(self) -> Installation:
        """Whose city and libraries these are."""
        return self.settings.installation

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"/{self.installation.municipality}/{self.name}"

    def topic_of(self, fact: Fact) -> str:
        """Return the logical topic that a fact of this service stands on."""
        topics = topics_of(type(fact))
        if len(topics) == 1:
            return topics[0]
        return self.writes

    @property
    def asks_as(self) -> str | None:
        """The source of its requests to other services, to which it is a channel; None without a key to ask by."""
        has_key = self.settings.channel_key.get_secret_value()
        return f"/{self.installation.municipality}/channels/{self.name}" if self.asks and has_key else None

    def topics_written(self) -> list[str]:
        """Return the logical topics that it writes."""
        dead_letters = [f"{self.name}.dead-letters.v1"] if self.handlers.topics() else []
        return [self.writes, *self.also_writes, *dead_letters, *self.documents, *(self.asks if self.asks_as else ())]

    def seconds(self, weight: int) -> float:
        """Tell how long a statement may take in a transaction whose heaviest event weighs so much."""
        return self.settings.handler_seconds * min(max(1.0, weight / BUDGET), MOST)

    @asynccontextmanager
    async def turn_of_the_heavy(self) -> AsyncIterator[None]:
        """Wait until no other heavy request of an endpoint is decided. Raises Busy when that takes too long."""
        try:
            await asyncio.wait_for(self.heavy.acquire(), self._line_seconds)
        except TimeoutError:
            raise Busy from None
        try:
            yield
        finally:
            self.heavy.release()

    async def connect(self) -> None:
        """Open the pools, with the time limits that a handler works under; the database must be there. The heavy one
        connects when there is something heavy."""
        self.pool = await self._open_pool(1, self.settings.pool_size, self.settings.handler_seconds * 2)
        self.heavy_pool = await self._open_pool(0, HEAVY_AT_ONCE, self.settings.handler_seconds * MOST * 2)

    async def _open_pool(self, min_size: int, max_size: int, command_timeout: float) -> Pool:
        seconds = self.settings.handler_seconds
        # A lock is waited for less long than a statement may take: who waits in line is told from who is slow.
        limits = {"statement_timeout": f"{int(seconds * 1000)}ms", "lock_timeout": f"{int(seconds * 800)}ms"}
        return await BoundedPool(
            self._line_seconds,
            self.settings.dsn(self.name),
            min_size=min_size,
            max_size=max_size,
            command_timeout=command_timeout,
            timeout=10,
            max_inactive_connection_lifetime=60,
            # Nothing here outlives its transaction on a connection: no more is to be reset, a round trip less.
            reset=_end_transaction,
            server_settings={
                **limits,
                "idle_in_transaction_session_timeout": f"{int(seconds * 1000)}ms",
                "application_name": f"omatoimi-{self.name}",
                **self.installation.session,
                **self.postgres,
            },
        )

    def transaction(self, conn: Connection) -> Transaction:
        """Make what a handler works with, on a connection that is in a transaction."""
        return Transaction(conn, self.clock(), self.installation)

    async def connection(self, **settings: str) -> Connection:
        """Return a connection of its own, beside the pools and without their limits; the caller closes it."""
        return await asyncpg.connect(
            self.settings.dsn(self.name), timeout=10, server_settings={**self.installation.session, **settings}
        )

    async def migrate(self) -> list[str]:
        """Bring the database to this version: the chassis' tables, then the service's own."""
        conn = await self.connection()
        applying = asyncio.create_task(self._apply_migrations(conn))
        try:
            await asyncio.wait({applying})
            return applying.result()
        finally:
            # Who is told to stop waits for no rollback: a server that does not answer would not answer that either.
            if applying.done():
                await conn.close(timeout=ANSWERS_SECONDS)
            conn.terminate()
            await asyncio.gather(applying, return_exceptions=True)

    async def _apply_migrations(self, conn: Connection) -> list[str]:
        return [
            *await migrate(conn, "chassis", migrations_of_chassis()),
            *await migrate(conn, self.name, self.migrations),
        ]

    async def answers(self) -> bool:
        """Tell whether its database answers soon."""
        try:
            return bool(await self.pool.fetchval("select true", timeout=ANSWERS_SECONDS))
        except OF_DATABASE:
            return False

    async def disconnect(self) -> None:
        """Close the pools. A connection that nobody has given back by the time a handler has is cut off."""
        closing = asyncio.gather(self.pool.close(), self.heavy_pool.close())
        with suppress(TimeoutError):
            await asyncio.wait_for(closing, self.settings.handler_seconds * 2)
