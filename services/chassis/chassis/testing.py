"""A service as its tests run it: with clients at its doors, on a real broker and a real database."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from chassis import channels
from chassis.http import app
from chassis.run import Running, started
from chassis.service import Service
from chassis.transaction import Principal


@dataclass
class Client:
    """A channel's client: each request gets an id of its own unless one is given."""

    http: httpx.AsyncClient
    channel: Principal
    key: str

    async def post(self, path: str, body: object, *, id: UUID | None = None, **headers: str) -> httpx.Response:
        """Ask for something as this channel."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(id or uuid7())}
        return await self.http.post(path, json=body, headers={**auth, **given})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers={"Authorization": f"Bearer {self.key}", **given})


@dataclass
class Bench:
    """A running service with a staff channel and a public one."""

    running: Running
    http: httpx.AsyncClient
    staff: Client
    web: Client

    @property
    def service(self) -> Service:
        return self.running.service


@asynccontextmanager
async def running(service: Service, roles: Iterable[str] = ("api",), unit: str = "vallila") -> AsyncIterator[Bench]:
    """Run a service's roles in this loop, and give clients for its HTTP application (no socket in between). What ended
    a role for good, such as a missing topic, is raised at the end."""
    async with started(service, roles) as parts:
        transport = httpx.ASGITransport(app=app(service), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=30) as http:
            clients = [await _client(service, http, name, unit) for name in ("staff", "web")]
            yield Bench(parts, http, *clients)
    for task in parts.tasks:
        task.result()


async def _client(service: Service, http: httpx.AsyncClient, name: str, unit: str) -> Client:
    source = f"/{service.settings.municipality}/channels/{name}"
    channel = Principal(source, name, name == "staff", unit, frozenset("*"))
    key = channels.new_key()
    async with service.pool.acquire() as conn:
        await channels.register(conn, channel, key, service.clock())
    return Client(http, channel, key)
