"""A service as its tests run it: with clients at its endpoints, on a real broker and a real database."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from chassis import channels
from chassis.access import Caller, by_channel
from chassis.http import app
from chassis.public import PublicPort
from chassis.run import started
from chassis.running import Running
from chassis.service import Service
from fastapi import APIRouter, FastAPI
from omatoimi_contracts.proof import HEADER, proof, proof_key
from uuid_utils.compat import uuid7


@dataclass
class Client:
    """A channel's client, or that of who has signed in there: each request gets an id of its own unless one is
    given."""

    http: httpx.AsyncClient
    caller: Caller
    key: str
    token: str | None = None

    @property
    def asking(self) -> dict[str, str]:
        """The headers that tell who asks."""
        return {"Authorization": f"Bearer {self.key}"} | ({"Person-Token": self.token} if self.token else {})

    async def post(self, path: str, body: object, *, id: UUID | None = None, **headers: str) -> httpx.Response:
        """Ask for something as this channel."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        asking = {**self.asking, "Idempotency-Key": str(id or uuid7())}
        return await self.http.post(path, json=body, headers={**asking, **given})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers={**self.asking, **given})


@dataclass
class Harness:
    """A running service with a staff channel and a public one."""

    running: Running
    http: httpx.AsyncClient
    staff: Client
    web: Client

    @property
    def service(self) -> Service:
        return self.running.service


_first: dict[tuple[int, ...], tuple[Service, APIRouter]] = {}


def application(service: Service) -> FastAPI:
    """The HTTP application of a service. Those with the same handlers and pages share their routes, which know no
    service: to work out what each route needs takes longer than most tests."""
    made = app(service)
    of = id(service.handlers), id(service.api), id(service.pages)
    _, made.router = _first.setdefault(of, (service, made.router))
    return made


@asynccontextmanager
async def running(service: Service, roles: Iterable[str] = ("api",), unit: str = "vallila") -> AsyncIterator[Harness]:
    """Run a service's roles in this loop, and give clients for its HTTP application as the public port serves it (no
    socket in between). What ended a role for good, such as a missing topic, is raised at the end."""
    async with started(service, roles) as parts:
        port = PublicPort(application(service), service.settings.model_copy(update={"allowed_hosts": "test"}))
        transport = httpx.ASGITransport(app=port, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=300) as http:
            clients = [await _client(service, http, name, unit) for name in ("staff", "web")]
            yield Harness(parts, http, *clients)
    for task in parts.tasks:
        if not task.cancelled():
            task.result()


def key_of(channel: str) -> str:
    """The key of a channel of the tests: known before the service is there, so that records can be."""
    return f"omatoimi_of-{channel}-in-tests"


def proved(value: bytes | None, headers: Iterable[tuple[str, bytes | None]] = ()) -> list[tuple[str, bytes | None]]:
    """The headers of a record with the proof of the channel that it names as its source, if it names one."""
    headers = list(headers)
    named = re.search(rb"/channels/([a-z]+)", b" ".join([value or b"", *(told or b"" for _, told in headers)]))
    if named is None:
        return headers
    return [*headers, (HEADER, proof(proof_key(key_of(named[1].decode())), value, headers))]


async def _client(service: Service, http: httpx.AsyncClient, name: str, unit: str) -> Client:
    source = f"/{service.installation.municipality}/channels/{name}"
    caller = by_channel(source, name, unit)
    key = key_of(name)
    async with service.pool.acquire() as conn:
        await channels.register(conn, caller, key, service.clock())
    return Client(http, caller, key)


async def validated_first(service: Service, by: Client, path: str, body: object, **headers: str) -> httpx.Response:
    """Have a request validated only, hold that nothing came of it, ask for it under the same id, and hold that it was
    answered as told. Returns the real answer."""
    id_, before = uuid7(), await contents(service)
    told = await by.post(f"{path}?validate-only=true", body, id=id_, **headers)
    assert await contents(service) == before, f"{path}: validated only, it changed something"
    real = await by.post(path, body, id=id_, **headers)
    would = told.json()
    assert (would.pop("validate_only"), would.pop("would_be")) == (True, real.status_code), told.text
    assert told.status_code == (real.status_code if real.status_code >= 400 else 200), told.text
    assert "id" not in would["outcome"]
    assert _new_ids_alike(would, id_) == _new_ids_alike(real.json(), id_)
    return real


async def contents(service: Service) -> dict[str, str]:
    """A digest of every table of a service's database, but for when keys were last used."""
    async with service.pool.acquire() as conn:
        tables = await conn.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'channel_key'"
        )
        digest = "select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from {} t"
        return {table["name"]: await conn.fetchval(digest.format(table["name"])) for table in tables}


def _new_ids_alike(answer: dict[str, Any], asked: UUID) -> str:
    """An answer in which every id that was made for it reads `new`: made again, it is another."""
    outcome = {name: part for name, part in answer["outcome"].items() if name != "id"}
    text = str({**answer, "outcome": outcome})
    # Version 7, so made as they were needed; what the asker named is of other kinds or is the request's own id.
    return re.sub(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}", lambda m: m[0] if m[0] == str(asked) else "new", text
    )
