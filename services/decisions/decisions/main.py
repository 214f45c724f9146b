"""decisions: what is decided about the area, made visible; and what became of what residents said."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.topics import (
    BOOKING_EVENTS,
    DECISIONS_DOCUMENTS,
    DECISIONS_EVENTS,
    DECISIONS_REQUESTS,
    PEOPLE_EVENTS,
    PEOPLE_REQUESTS,
)

from decisions import api, documents, handlers, pages, scheduled
from decisions.reading import LAYOUTS
from decisions.store import example
from decisions.tables import check


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """Return the service, with nothing running yet."""
    settings = settings or Settings()
    for named in settings.installation.registers:
        if named not in LAYOUTS.values():
            raise ValueError(f"registers: there is no layout {named}: name {' or '.join(sorted({*LAYOUTS.values()}))}")
    check(settings.installation)
    made = Service(
        name="decisions",
        handlers=handlers.registry(settings.installation),
        reads=[DECISIONS_REQUESTS.name, BOOKING_EVENTS.name, PEOPLE_EVENTS.name],
        writes=DECISIONS_EVENTS.name,
        asks=[PEOPLE_REQUESTS.name],
        documents={DECISIONS_DOCUMENTS.name: lambda conn, key: documents.present(made, conn, key)},
        api=api.router,
        pages=pages.router,
        scheduled=scheduled.jobs(settings.installation.library_of),
        migrations=Path(__file__).parent / "migrations",
        locks=scheduled.RANKS,
        resources=lambda conn, outcomes: api.resources(made, conn, outcomes),
        take_out=example.take_out,
        settings=settings,
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
