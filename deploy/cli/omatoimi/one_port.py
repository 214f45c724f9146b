"""All services and the web channel in one process, behind one port; and one internal port for all of them."""

from collections.abc import Callable, Mapping, Sequence

import httpx
from chassis import health, http
from chassis.running import Running
from chassis.settings import Settings
from chassis.telemetry import Telemetry
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from web.cookies import Cookies
from web.exchange import Exchange
from web.main import Web
from web.main import app as web_app
from web.services import Services, asked_in
from web.sessions import Sessions
from web.sign_in.provider import Provider


def web(
    apps: Mapping[str, FastAPI],
    settings: Settings,
    address: str,
    key: Callable[[], str],
    telemetry: Telemetry,
    provider: Provider | None = None,
    kiosk_key: Callable[[], str] | None = None,
) -> Web:
    """Return the web channel at an address, whose requests do not leave the process; `provider` signs people in, and
    kiosks of the first library ask by their own key."""
    clients = {
        name: httpx.AsyncClient(
            # From no address: what visitors read is counted where they come in.
            transport=httpx.ASGITransport(app=service, raise_app_exceptions=False, client=("", 0)),
            base_url="http://omatoimi",
        )
        for name, service in apps.items()
    }
    services = Services(clients, key, settings.installation.time_zone, asked_in(telemetry.registry))
    sessions = Sessions(Cookies(address), Exchange(clients.get("people"), key), renews=provider)
    kiosks = {next(iter(settings.installation.libraries)): kiosk_key} if kiosk_key else {}
    return Web(settings, services, sessions, telemetry, provider, kiosks)


def app(apps: Mapping[str, FastAPI], web: Web) -> Router:
    """Serve each application under its name, and the pages of the web channel at all other addresses."""
    return Router([Mount(f"/{name}", one) for name, one in apps.items()], default=web_app(web))


def internal(parts: Sequence[Running]) -> Starlette:
    """Serve what the internal port tells: health, metrics, and `/demo`, how far the example content is."""

    async def example(_: Request) -> JSONResponse:
        return JSONResponse(http.demo_of(part.service for part in parts))

    made = health.internal(parts)
    made.router.routes.append(Route("/demo", example))
    return made
