"""The services side by side in one process, behind one port, each at its name (`/booking`, `/people` ...); and the web
channel, at all other addresses.

The same code runs one process a service and role (`python -m booking api`, `python -m web api`).
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from chassis import channels, http, server
from chassis import run as running
from chassis.access import Role
from chassis.installation import EXAMPLE, Installation, load
from chassis.kafka import Fatal
from chassis.public import PublicPort
from chassis.running import Running
from chassis.service import Service
from chassis.settings import Settings, in_one_sentence
from chassis.telemetry import Telemetry, log_json
from fastapi import FastAPI
from omatoimi_example import beginning, start_content
from omatoimi_platform import databases
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.process import Serving
from pydantic import SecretStr
from web.services import client as asked_at
from web.sign_in.provider import Client, Provider

from omatoimi import keys, one_port
from omatoimi.keys import Installed
from omatoimi.services import MAKERS
from omatoimi.who_are_you import provider as local

WHO_ARE_YOU = "who-are-you"
CHANNELS = ("web", "kiosk", "staff", "phone")
"""The channels of a fresh installation; `staff` may do what staff may."""
ASKING = ("booking", "notices", "decisions")
"""The services that ask others, to whom each is a channel."""


async def serve(on: Serving) -> None:
    """Run the HTTP ports, the relays, the workers and the jobs of all services until told to stop. Raises PlatformError
    with one sentence when a part ends for good."""
    log_json()
    running.tune_interpreter()
    try:
        await _serve(on, Home(on.home, on.home / "jars"))
    except Fatal as error:
        raise PlatformError(str(error)) from None


async def _serve(on: Serving, home: Home) -> None:
    telemetry = Telemetry()
    addresses, address = databases.addresses(on.postgres, home), f"http://127.0.0.1:{on.port}"
    issuer = f"{address}/{WHO_ARE_YOU}"
    found: dict[str, Any] = {"identity_issuer": issuer, "people_url": f"{address}/people"}
    try:
        local.hold_local(Settings(), issuer)
        told = _of_local_mode(Settings(kafka=on.kafka, public_url=address, **found), home)
        known = installed_channels(home, told.installation)
        services = [make(_of_service(name, told, addresses, known)) for name, make in MAKERS.items()]
    except ValueError as error:
        raise PlatformError(in_one_sentence(error)) from None
    async with AsyncExitStack() as stack:
        parts = await asyncio.gather(
            *(stack.enter_async_context(running.started(service, running.ROLES, telemetry)) for service in services)
        )
        installation = services[0].installation
        await asyncio.gather(*(_register(service, known) for service in services))
        # The start content and the example content are made of the example's rooms and streets.
        ours = installation.municipality == load(EXAMPLE).municipality
        example = await beginning.at_first_start(services) if ours else None
        # The premises of the example content are those of the start content, registered by its own clock.
        asked = {service.name: service for service in services if ours and not (example and service.name == "booking")}
        await start_content.ask_once(asked, known["staff"].caller)
        apps = {service.name: http.app(service) for service in services}
        dsn = databases.address(on.postgres, home, databases.CHANNEL)
        settings = services[0].settings.model_copy(update={"postgres": SecretStr(dsn)})
        client = Client(issuer, "omatoimi-web", secrets.token_urlsafe(32), address)
        provider = Provider(client, asked_at(""), services[0].clock)
        key, kiosk = (partial(keys.current, home, name) for name in (databases.CHANNEL, "kiosk"))
        web = one_port.web(apps, settings, address, key, telemetry, provider, kiosk)
        await web.sessions.open(settings)
        stack.push_async_callback(web.close)
        beside = {WHO_ARE_YOU: _who_are_you(client)}
        public = PublicPort(one_port.app(apps | beside, web), settings)
        inside = server.listen("127.0.0.1", on.internal_port, "OMATOIMI_INTERNAL_PORT")
        listening = ((public, server.listen("127.0.0.1", on.port)), (one_port.internal(parts), inside))
        servers = [asyncio.create_task(server.serve(asgi, sock, on.stop, settings)) for asgi, sock in listening]
        servers.append(asyncio.create_task(web.watch(on.stop)))
        if example and example.state == "filling":
            filling = asyncio.create_task(beginning.keep_filling("omatoimi.filling", on.kafka, addresses))
            stack.push_async_callback(_ended, filling)
            await beginning.rooms_are_there(services[0], filling, on.stop)
        await web.sessions.migrated.wait()
        on.ready()
        await _until_stopped(on.stop, parts, servers)


async def _until_stopped(stop: asyncio.Event, parts: Sequence[Running], servers: Sequence[asyncio.Task[None]]) -> None:
    """Wait until told to stop, or until a part ends, whose error is raised; then end all of them."""
    waiting = asyncio.create_task(stop.wait())
    tasks = [*servers, waiting, *(task for part in parts for task in part.tasks)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for each in (stop, *(part.stop for part in parts)):
        each.set()  # at once: what one of them waits for, the others do not wait for after it
    await asyncio.gather(*servers)
    for task in done - {waiting}:
        task.result()


def _who_are_you(client: Client) -> FastAPI:
    """Return the local identity provider, which knows the web channel alone."""
    who = local.ClientRegistration(client.id, client.secret, client.redirect, client.signed_out, client.notices)
    return local.app(local.WhoAreYou(client.issuer, who))


def _of_local_mode(settings: Settings, home: Home) -> Settings:
    """Return the settings of all services; where no place for mails was named they are kept in a folder."""
    if settings.smtp_url is not None or settings.mail_folder is not None:
        return settings
    return settings.model_copy(update={"mail_folder": home.mail})


def _of_service(
    name: str, settings: Settings, addresses: Mapping[str, str], known: Mapping[str, Installed]
) -> Settings:
    """Return the settings of one service: its database, and the key by which it asks others."""
    key = known[name].key if name in known else None
    return settings.model_copy(update={"postgres": SecretStr(addresses[name]), "channel_key": SecretStr(key or "")})


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def installed_channels(home: Home, installation: Installation) -> dict[str, Installed]:
    """Return the channels of this installation, with keys that are made once and kept in `keys.json`; unless they say
    another library, all are the first library's."""
    kept = keys.read(home)
    fresh: dict[str, dict[str, Any]] = {
        name: {"source": f"/{installation.municipality}/channels/{name}", "key": channels.new_key()}
        for name in (*CHANNELS, *ASKING)
        if name not in kept
    }
    for name in fresh.keys() & set(ASKING):
        fresh[name]["roles"] = [Role.SERVICE]
    if fresh:
        keys.write(home, kept | fresh)
    return keys.installed(kept | fresh, next(iter(installation.libraries)))


async def _register(service: Service, known: dict[str, Installed]) -> None:
    async with service.pool.acquire() as conn:
        for channel in known.values():
            await channels.register(conn, channel.caller, channel.key, service.clock())
