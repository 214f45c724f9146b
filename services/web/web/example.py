"""Whether example content is shown, as the services tell it: every page says so while it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chassis.clock import pause
from chassis.pulse import Pulse
from chassis.service import DemoState
from fastapi import APIRouter

from web.services import Services

WATCH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """The example content of an installation, and how much of it is there."""

    state: DemoState | Literal["none"]
    done: int
    total: int


def of_all(told: Sequence[Any]) -> Example | None:
    """Tell that of the installation from what its services tell (None: no answer): as long as it fills in somewhere, it
    fills in."""
    found = [
        Example(one["state"], one["done"], one["total"])
        for one in told
        if isinstance(one, dict) and one.get("state") in ("filling", "shown", "taken out")
    ]
    return next((one for one in found if one.state == "filling"), found[0] if found else None)


def of_pages(watched: "Watched") -> APIRouter:
    """Serve `/v1/demo`, which pages ask while it fills in, as each service answers it."""
    router = APIRouter()

    @router.get("/v1/demo")
    async def state() -> dict[str, Any]:
        return asdict(watched.now or Example("none", 0, 0))

    return router


class Watched:
    """The example content as it was some seconds ago, so that no page waits for it."""

    def __init__(self) -> None:
        self.now: Example | None = None

    async def keep(self, services: Services, stop: asyncio.Event, pulse: Pulse) -> None:
        """Look again and again until `stop` is set; while no service answers, what was known stays."""
        while not stop.is_set():
            pulse.beat("example content")
            told = await asyncio.gather(*(services.read(name, "/v1/demo") for name in services.clients))
            if any(one is not None for one in told):
                self.now = of_all(told)
            await pause(WATCH_SECONDS, stop)
