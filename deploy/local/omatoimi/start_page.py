"""The system's own pages around the four services: the start page, the contract's files, health and metrics.

The start page learns what it shows through the services' public doors, as anybody would.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from chassis.http import STATIC
from chassis.pages import Pages
from chassis.run import Running, internal
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles

from omatoimi.home import CHECKOUT

PAGES = Pages(Path(__file__).parent)
SECONDS = 3.0


def app(apps: dict[str, FastAPI], parts: Sequence[Running], unit: str) -> FastAPI:
    """One application: the services under their names, and the start page at `/`."""
    root = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    clients = {name: _client(asgi) for name, asgi in apps.items()}
    health: Starlette = internal(parts)

    @root.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> HTMLResponse:
        today, notices, decisions, figures = await asyncio.gather(
            _read(clients["booking"], "/v1/today", unit=unit),
            _read(clients["notices"], "/v1/notices", unit=unit),
            _read(clients["decisions"], "/v1/decisions", unit=unit),
            _read(clients["analytics"], "/v1/figures", unit=unit),
        )
        return PAGES.render(
            request, "start.html", unit=unit, today=today, notices=notices, decisions=decisions, figures=figures
        )

    for name, asgi in apps.items():
        root.mount(f"/{name}", asgi)
    root.mount("/static", StaticFiles(directory=STATIC))
    root.mount("/contract", StaticFiles(directory=CHECKOUT / "contracts"))
    root.mount("/system", health)
    return root


def _client(asgi: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=asgi, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://omatoimi", timeout=SECONDS)


async def _read(client: httpx.AsyncClient, path: str, **query: str) -> Any:
    """What a door tells, or None when it does not answer in time: the page then says so and shows the rest."""
    try:
        answer = await asyncio.wait_for(client.get(path, params=query), SECONDS)
    except (TimeoutError, httpx.HTTPError):
        return None
    return answer.json() if answer.status_code == 200 else None
