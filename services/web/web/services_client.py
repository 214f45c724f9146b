"""The services' endpoints as the installation's own pages use them: as HTTP, like anybody, without leaving the
process."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

SECONDS = 3.0
"""So long a page waits for an endpoint; then it says so and shows the rest."""


class ServicesClient:
    """The endpoints of all services, and the `zone` of local time there; `key` tells that of the channel which the
    pages are, as it is now; it never leaves the process."""

    def __init__(self, apps: Mapping[str, FastAPI], key: Callable[[], str], zone: ZoneInfo) -> None:
        self._clients = {
            name: httpx.AsyncClient(
                # From no address: what visitors read is counted where they come in.
                transport=httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("", 0)),
                base_url="http://omatoimi",
            )
            for name, app in apps.items()
        }
        self._key = key
        self.zone = zone

    async def read(self, service: str, path: str, **query: str) -> Any:
        """What anybody is told, or None when the endpoint does not answer in time, or has nothing there."""
        answer = await self._send(service, "GET", path, params=query)
        return answer.json() if answer is not None and answer.status_code == 200 else None

    async def ended(self, service: str, request: UUID) -> Any:
        """How a request of this channel ended; None as in `read`."""
        answer = await self._send(service, "GET", f"/v1/requests/{request}", headers=self._authorization())
        return answer.json() if answer is not None and answer.status_code == 200 else None

    async def ask(self, service: str, path: str, request: UUID, language: str, data: Any) -> Any:
        """Ask for something as this channel. What is answered, be it yes or no; None when nothing is answered in time:
        asked again with the same id, the answer is the same."""
        headers = {"Idempotency-Key": str(request), "Content-Language": language}
        answer = await self._send(service, "POST", path, headers=self._authorization() | headers, json=data)
        return answer.json() if answer is not None and answer.status_code < 500 else None

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key()}"}

    async def _send(self, service: str, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            return await asyncio.wait_for(self._clients[service].request(method, path, **more), SECONDS)
        except (TimeoutError, httpx.HTTPError):
            return None
