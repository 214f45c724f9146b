"""Analytics (selvitys): what the numbers are, how we know, and what they do not show."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.topics import USAGE_EVENTS

from analytics import api, pages
from analytics.handlers import log, usage
from analytics.registry import registry

assert log and usage  # their handlers have entered the registry


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """The service, ready to be run."""
    made = Service(
        name="analytics",
        handlers=registry,
        writes=USAGE_EVENTS.name,
        api=api.router,
        pages=pages.router,
        migrations=Path(__file__).parent / "migrations",
        settings=settings or Settings(),
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
