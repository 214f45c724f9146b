"""Booking (varaus): the rooms the city manages in the area, who has them when, and the service tasks around it."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.topics import (
    BOOKING_EVENTS,
    BOOKING_REQUESTS,
    NOTICES_EVENTS,
    PEOPLE_EVENTS,
    PEOPLE_REQUESTS,
)

from booking import api, example, handlers, pages, scheduled
from booking.store.locks import RANKS


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """Return the service, ready to be run."""
    made = Service(
        name="booking",
        handlers=handlers.registry,
        reads=[BOOKING_REQUESTS.name, NOTICES_EVENTS.name, PEOPLE_EVENTS.name],
        writes=BOOKING_EVENTS.name,
        asks=[PEOPLE_REQUESTS.name],
        scheduled=[scheduled.remind, scheduled.forget_codes],
        locks=RANKS,
        api=api.router,
        pages=pages.router,
        resources=lambda conn, outcomes: api.resources(made, conn, outcomes),
        take_out=example.take_out,
        migrations=Path(__file__).parent / "migrations",
        # Each statement is planned once a connection: to plan the look before a decision takes longer than the look. By
        # index always: a plan made among few rows is kept when there are many.
        postgres={"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"},
        settings=settings or Settings(),
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
