"""Web (verkkokanava): the channel that comes with the system: the start page, the trial and the contract's files.

It has sessions and no other truth: what it shows and asks goes through the services' public HTTP, as any channel's
does. Behind one name its pages stand at `/` and each service at `/<service>/`, to which they link.
"""

import asyncio
from dataclasses import dataclass, field

from chassis.clock import system_clock
from chassis.http import STATIC, known_parameters
from chassis.limits import Limits, Rates
from chassis.normalization import Normalization, parameters_once
from chassis.problem import tell_problems
from chassis.pulse import Pulse
from chassis.settings import Settings
from chassis.telemetry import Telemetry
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from web import about, associations, comments, contract, desk, example, kiosk, notices, pages, screen, services, trial
from web.cookies import Cookies, Personal
from web.example import Watched
from web.exchange import Exchange
from web.mine import data as my_data
from web.mine import page as mine
from web.rendering import PAGES
from web.rooms import book, find, receipt, room
from web.services import Services
from web.sessions import Sessions
from web.settings import WebSettings
from web.sign_in import pages as sign_in
from web.sign_in.provider import Client, Provider
from web.visitors import answer_instead


@dataclass
class Web:
    """The web channel of an installation, the services that it asks, who has signed in, who vouches for them,
    and by which keys the kiosks of its libraries ask."""

    settings: Settings
    services: Services
    sessions: Sessions
    telemetry: Telemetry
    provider: Provider | None = None
    kiosk_keys: kiosk.Keys = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)
    example: Watched = field(default_factory=Watched)

    async def watch(self, stop: asyncio.Event) -> None:
        """Do what it does beside its pages, until `stop` is set."""
        await asyncio.gather(self.example.keep(self.services, stop, self.pulse), self.sessions.keep(stop, self.pulse))

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(self.services.close(), self.sessions.close())


def web(settings: WebSettings) -> Web:
    """Return the web channel as it runs alone, on the services' addresses."""
    telemetry, key = Telemetry(), settings.channel_key.get_secret_value
    clients = {name: services.client(address) for name, address in settings.addresses.items()}
    asked = Services(clients, key, settings.installation.time_zone, services.asked_in(telemetry.registry))
    provider = None
    if settings.identity is not None:
        secret = settings.identity_secret.get_secret_value()
        client = Client(settings.identity.issuer, settings.identity_client, secret, settings.address)
        provider = Provider(client, services.client(""), system_clock)
    sessions = Sessions(Cookies(settings.address), Exchange(clients["people"], key), renews=provider)
    kiosks = {unit: key.get_secret_value for unit, key in settings.kiosk_keys.items()}
    return Web(settings, asked, sessions, telemetry, provider, kiosks)


def app(web: Web) -> FastAPI:
    """Return its HTTP application, of the installation's first library."""
    installation = web.settings.installation
    unit = next(iter(installation.libraries))
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.state.demo = lambda: web.example.now
    made.state.languages = installation.languages
    made.state.sessions = web.sessions
    devices = kiosk.Devices(web.sessions, web.kiosk_keys)
    routers = (
        pages.start(web.services, unit),
        find.pages(web.services, unit),
        room.pages(web.services),
        book.pages(web.services),
        receipt.pages(web.services),
        mine.pages(web.services),
        my_data.pages(web.services),
        about.pages(installation),
        comments.pages(web.services),
        notices.pages(web.services, unit),
        associations.pages(web.services, unit),
        trial.pages(web.services, unit),
        screen.pages(web.services, installation, web.sessions.cookies.address),
        desk.pages(web.services, installation, devices),
        kiosk.pages(web.services, devices),
        contract.router(PAGES),
        example.of_pages(web.example),
    )
    for router in routers:
        made.include_router(router, dependencies=[Depends(known_parameters)])
    # A provider may add parameters to its answer, which are passed over (RFC 6749, 4.1.2).
    made.include_router(sign_in.router(web.sessions, web.provider), dependencies=[Depends(parameters_once)])
    made.mount("/static", StaticFiles(directory=STATIC))
    tell_problems(made)
    answer_instead(made)
    made.add_middleware(Personal)
    made.add_middleware(Normalization)
    made.add_middleware(Rates, limits=Limits("web", web.settings), telemetry=web.telemetry, name="web")
    return made
