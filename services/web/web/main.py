"""Web (verkkokanava): the channel that comes with the system: the start page, the trial and the contract's files.

It has no truth of its own: what it shows and asks goes through the services' public HTTP, as any channel's does. Behind
one name its pages stand at `/` and each service at `/<service>/`, to which they link.
"""

import asyncio
from dataclasses import dataclass, field

from chassis.http import STATIC
from chassis.limits import Limits, Rates
from chassis.normalization import Normalization, parameters_once
from chassis.problem import tell_problems
from chassis.pulse import Pulse
from chassis.settings import Settings as OfEveryService
from chassis.telemetry import Telemetry
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from web import about, contract, pages, services, trial
from web.example import Watched
from web.rooms import find, room
from web.services import Services
from web.settings import Settings


@dataclass
class Web:
    """The web channel of an installation, and the services that it asks."""

    settings: OfEveryService
    services: Services
    telemetry: Telemetry
    pulse: Pulse = field(default_factory=Pulse)
    example: Watched = field(default_factory=Watched)

    async def watch(self, stop: asyncio.Event) -> None:
        """What it does beside its pages, until `stop` is set."""
        await self.example.keep(self.services, stop, self.pulse)


def web(settings: Settings) -> Web:
    """The web channel as it runs alone, on the services' addresses."""
    telemetry = Telemetry()
    asked = Services(
        {name: services.client(address) for name, address in settings.addresses.items()},
        settings.channel_key.get_secret_value,
        settings.installation.time_zone,
        services.asked_in(telemetry.registry),
    )
    return Web(settings, asked, telemetry)


def app(web: Web) -> FastAPI:
    """Its HTTP application, of the installation's first library."""
    installation = web.settings.installation
    unit = next(iter(installation.libraries))
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.state.demo = lambda: web.example.now
    made.state.languages = installation.languages
    routers = (
        pages.start(web.services, unit),
        find.pages(web.services, unit),
        room.pages(web.services),
        about.pages(installation),
        trial.pages(web.services, unit),
        contract.router(pages.PAGES),
    )
    for router in routers:
        made.include_router(router, dependencies=[Depends(parameters_once)])
    made.mount("/static", StaticFiles(directory=STATIC))
    tell_problems(made)
    made.add_middleware(Normalization)
    made.add_middleware(Rates, limits=Limits("web", web.settings), telemetry=web.telemetry, name="web")
    return made
