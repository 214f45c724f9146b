"""people: who persons are to us. The only service in which a name stands; all others know a random id."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.key_sets import KeySet
from chassis.run import run
from omatoimi_contracts.topics import BOOKING_EVENTS, MESSAGES_EVENTS, PEOPLE_EVENTS, PEOPLE_REQUESTS

from people import api, keys, mail, pages, provider, scheduled
from people.handlers.messages import sending_by


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """Return the service, with nothing running yet."""
    settings = settings or Settings()
    made = Service(
        name="people",
        handlers=sending_by(mail.post(settings)),
        reads=[PEOPLE_REQUESTS.name, PEOPLE_EVENTS.name, BOOKING_EVENTS.name],
        writes=PEOPLE_EVENTS.name,
        also_writes=[MESSAGES_EVENTS.name],
        api=api.router,
        pages=pages.router,
        scheduled=scheduled.jobs(settings),
        migrations=Path(__file__).parent / "migrations",
        locks=("organisation", "person"),
        # Our own keys are read where they stand, not over HTTP.
        key_sets={settings.people_issuer: KeySet(lambda: keys.document(made)), **provider.key_sets(settings)},
        settings=settings,
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
