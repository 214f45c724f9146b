"""The running installation as commands reach it: a service on its database, the HTTP port with a channel's key."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from omatoimi_platform import databases
from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home

NOT_RUNNING = "Omatoimi does not run: start it with omatoimi up."


def addresses() -> tuple[Home, dict[str, Any]]:
    """Return the home and the addresses of what runs. Raises PlatformError when nothing does."""
    home = homes.home()
    found = homes.load(home).addresses if homes.is_held(home) else {}
    if not found:
        raise PlatformError(NOT_RUNNING)
    return home, found


def url() -> str:
    """Tell where the system answers, without a slash at the end."""
    return str(addresses()[1]["url"]).rstrip("/")


def channel(name: str) -> tuple[str, str]:
    """Return source and API key of a channel of this installation."""
    home, _ = addresses()
    keys = json.loads(home.keys.read_text())
    if name not in keys:
        raise PlatformError(f"There is no channel {name}; there are: {', '.join(sorted(keys))}.")
    if not keys[name]["key"]:
        raise PlatformError(f"All keys of {name} were revoked: omatoimi key rotate {name} makes another.")
    return keys[name]["source"], keys[name]["key"]


def kafka() -> str:
    """Return the bootstrap address of the broker."""
    return str(addresses()[1]["kafka"])


def dsns() -> dict[str, str]:
    """Return the address of each service's own database, by service."""
    home, found = addresses()
    return databases.addresses(found["postgres"], home)


def dsn(service: str) -> str:
    """Return the address of a service's own database."""
    return dsns()[service]


@asynccontextmanager
async def connected(name: str, **settings: Any) -> AsyncIterator[Any]:
    """Provide a service with its pool open, in this process: for work that no endpoint offers."""
    from chassis.settings import Settings
    from pydantic import SecretStr

    from omatoimi.services import MAKERS

    service = MAKERS[name](Settings(kafka=kafka(), postgres=SecretStr(dsn(name)), **settings))
    await service.connect()
    try:
        yield service
    finally:
        await service.disconnect()


@asynccontextmanager
async def all_connected(**settings: Any) -> AsyncIterator[list[Any]]:
    """Yield all services, booking first, each with its pool open."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(name, **settings)) for name in databases.SERVICES]
