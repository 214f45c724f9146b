"""Run the web channel alone: `python -m web [api]`, with its health and metrics on an internal port."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence

from chassis.kafka import Fatal
from chassis.public import PublicPort
from chassis.run import tune_interpreter
from chassis.server import listen, serve
from chassis.settings import in_one_sentence
from chassis.telemetry import log_json
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from web.main import Web, app, web
from web.settings import WebSettings

log = logging.getLogger("omatoimi")

ROLES = ("api",)


def internal(web: Web, opened: asyncio.Event) -> Starlette:
    """Return the application of the internal port. Ready is who may be sent visitors: a service that does not answer
    has its sentence on a page, and is no reason to show none."""

    async def live(_: Request) -> JSONResponse:
        stuck = web.pulse.stuck()
        return JSONResponse({"alive": not stuck, "stuck": {"web": stuck}}, 503 if stuck else 200)

    async def ready(_: Request) -> JSONResponse:
        there = opened.is_set()
        return JSONResponse({"ready": {"web": there}, "faults": []}, 200 if there else 503)

    async def metrics(_: Request) -> Response:
        content = generate_latest(web.telemetry.registry)
        return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)])


async def run_until(web: Web, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Its health is told before anything else."""
    settings, opened = web.settings, asyncio.Event()
    told, tasks = asyncio.create_task(stop.wait()), list[asyncio.Task[None]]()
    await web.sessions.open(settings)
    try:
        if settings.internal_port is not None:
            sock = listen(settings.host, settings.internal_port, "OMATOIMI_INTERNAL_PORT")
            tasks.append(asyncio.create_task(serve(internal(web, opened), sock, stop, settings)))
        tasks.append(asyncio.create_task(web.watch(stop)))
        sock = listen(settings.host, settings.port)
        tasks.append(asyncio.create_task(serve(PublicPort(app(web), settings), sock, stop, settings)))
        opened.set()
        log.info("web runs", extra={"fields": {"roles": list(ROLES)}})
        done, _ = await asyncio.wait({told, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {told}:
            task.result()
    finally:
        stop.set()
        await asyncio.gather(told, *tasks, return_exceptions=True)
        await web.close()


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `python -m web [api]`."""
    import uvloop

    parser = argparse.ArgumentParser(description="Run the web channel.")
    parser.add_argument("roles", nargs="*", choices=[*ROLES, []], help="its only role, which may be left out")
    parser.parse_args(arguments)
    log_json()
    try:
        settings = WebSettings()
    except ValueError as error:
        sys.exit(in_one_sentence(error))
    tune_interpreter()
    try:
        uvloop.run(_run_with_signals(settings))
    except Fatal as error:
        logging.shutdown()
        sys.exit(f"{error}")


async def _run_with_signals(settings: WebSettings) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_until(web(settings), stop)
