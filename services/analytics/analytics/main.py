"""Analytics (selvitys): what the numbers are, how we know, and what they do not show."""

from functools import partial
from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.topics import ANALYTICS_METRICS, USAGE_EVENTS, USAGE_REQUESTS

from analytics import api, demo, documents, handlers, pages, scheduled
from analytics.handlers import log
from analytics.handlers.usage import RANKS
from analytics.kept import Analytics


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """Return the service, ready to be run."""
    settings = settings or Settings()
    libraries = settings.installation.libraries
    made = Analytics(
        name="analytics",
        handlers=handlers.registry(libraries),
        reads=[USAGE_REQUESTS.name, *(topic.name for topic in log.TOPICS)],
        writes=USAGE_EVENTS.name,
        locks=RANKS,
        api=api.router,
        pages=pages.router,
        migrations=Path(__file__).parent / "migrations",
        settings=settings,
        clock=clock,
    )
    made.take_out = partial(demo.take_out, made)
    made.scheduled = [scheduled.PUBLISHING, scheduled.forget_begun]
    made.documents = {ANALYTICS_METRICS.name: partial(documents.present, made)}
    return made


if __name__ == "__main__":
    run(service)
