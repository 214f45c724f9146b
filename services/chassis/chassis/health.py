"""Health and metrics, for an internal port: whether the loops turn, whether the parts are ready and why not."""

import asyncio
from collections.abc import Sequence

from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.running import Running


def internal(parts: Sequence[Running]) -> Starlette:
    """Return the application of the internal port; it is served before a part has its database."""

    async def live(_: Request) -> JSONResponse:
        stuck = {part.service.name: part.pulse.stuck() for part in parts}
        alive = not any(stuck.values())
        return JSONResponse({"alive": alive, "stuck": stuck}, 200 if alive else 503)

    async def ready(_: Request) -> JSONResponse:
        answering = await asyncio.gather(*(_answers(part) for part in parts))
        states = {part.service.name: part.ready and there for part, there in zip(parts, answering, strict=True)}
        faults = [fault for part in parts for fault in part.faults()]
        good = all(states.values()) and not faults
        return JSONResponse({"ready": states, "faults": faults}, 200 if good else 503)

    async def metrics(_: Request) -> Response:
        for part in parts:
            if part.relay is not None and await _answers(part):
                await part.relay.measure()
        content = b"".join(
            generate_latest(registry) for registry in {id(p.telemetry): p.telemetry.registry for p in parts}.values()
        )
        return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)])


async def _answers(part: Running) -> bool:
    return part.connected and await part.service.answers()
