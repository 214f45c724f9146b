"""notices: the library as a channel for residents' associations and other activity."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.topics import (
    BOOKING_EVENTS,
    DECISIONS_DOCUMENTS,
    DECISIONS_EVENTS,
    NOTICES_DOCUMENTS,
    NOTICES_EVENTS,
    NOTICES_REQUESTS,
    PEOPLE_EVENTS,
    PEOPLE_REQUESTS,
)

from notices import api, documents, handlers, pages, scheduled
from notices.store import example


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """Return the service, with nothing running yet."""
    made = Service(
        name="notices",
        handlers=handlers.registry,
        reads=[
            NOTICES_REQUESTS.name,
            BOOKING_EVENTS.name,
            DECISIONS_EVENTS.name,
            DECISIONS_DOCUMENTS.name,
            PEOPLE_EVENTS.name,
        ],
        writes=NOTICES_EVENTS.name,
        asks=[PEOPLE_REQUESTS.name],
        documents={NOTICES_DOCUMENTS.name: lambda conn, key: documents.present(made, conn, key)},
        api=api.router,
        pages=pages.router,
        scheduled=[scheduled.publish, scheduled.expire, scheduled.forget],
        migrations=Path(__file__).parent / "migrations",
        locks=("organisation", "booking", "decision", "notice"),
        resources=api.resources,
        take_out=example.take_out,
        settings=settings or Settings(),
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
