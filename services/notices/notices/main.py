"""notices: the library as a channel for residents' associations and other activity."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.notices import NoticeChanged, NoticeRejected, NoticeSubmitted, NoticeWithdrawn
from omatoimi_contracts.organisations import OrganisationWithdrawn

from notices import api, documents, handlers, pages, scheduled, topics
from notices.store import example

REASONS = {
    "already-over": (409, "It is over: a notice can be changed and approved until it ends, and ends once."),
    "booking-cancelled": (409, "The booking that it is tied to has been cancelled."),
    "follows-booking": (409, "Its time follows its booking: move the booking."),
    "needs-approval": (
        409,
        "Its words need approval: withdraw it and post it anew, or ask the library to change them.",
    ),
    "never-shown": (422, "'until' must be after 'publish_from'."),
    "not-verified": (409, "The organisation is not verified."),
    "not-waiting": (409, "The notice does not wait for approval any more."),
    "nothing-to-change": (422, "Say what to change: words, 'until' or 'slot' other than now, or 'withdraw'."),
    "title-missing": (422, "Give a title, and one in each language that has a text."),
    "too-far-ahead": (422, "A notice may reach five years ahead."),
}


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """The service, with nothing running yet."""
    made = Service(
        name="notices",
        handlers=handlers.registry,
        writes=topics.EVENTS,
        documents={topics.DOCUMENTS: lambda conn, key: documents.present(made, conn, key)},
        api=api.router,
        pages=pages.router,
        scheduled=[scheduled.publish, scheduled.expire, scheduled.forget],
        migrations=Path(__file__).parent / "migrations",
        locks=("organisation", "booking", "decision", "notice"),
        reasons=REASONS,
        statuses={
            NoticeSubmitted: 202,
            NoticeChanged: 200,
            NoticeWithdrawn: 200,
            NoticeRejected: 200,
            OrganisationWithdrawn: 200,
        },
        resources=api.resources,
        take_out=example.take_out,
        settings=settings or Settings(),
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
