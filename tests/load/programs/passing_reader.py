"""A service that only reads: `python -m tests.load.programs.passing_reader worker`.

It takes attended bookings and reads a topic of confirmed ones: each record is fetched, validated and passed over, and
the offset moves in PostgreSQL.
"""

from pathlib import Path

from chassis import Registry, Service, Settings, Transaction
from chassis.run import run
from omatoimi_contracts.booking import BookingAttended
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.topics import BOOKING_EVENTS

registry = Registry()


@registry.on(BookingAttended)
async def note(event: FactEvent[BookingAttended], tx: Transaction) -> None:
    raise AssertionError(f"{event.id} is no confirmed booking")


def service() -> Service:
    return Service(
        name="passing",
        handlers=registry,
        writes=BOOKING_EVENTS.name,
        migrations=Path(__file__).parent / "no-migrations",
        settings=Settings(),
    )


if __name__ == "__main__":
    run(service)
