"""decisions: what is decided about the area, made visible; and what became of what residents said."""

from pathlib import Path

from chassis import Service, Settings
from chassis.clock import Clock, system_clock
from chassis.run import run
from omatoimi_contracts.decisions import (
    CaseChanged,
    CaseRemoved,
    DecisionChanged,
    DecisionRemoved,
    MotionChanged,
    MotionRemoved,
    RecordReceived,
    RecordRefused,
)

from decisions import api, documents, handlers, pages, scheduled, topics
from decisions.reading import LAYOUTS
from decisions.store import example
from decisions.tables import check

REASONS = {
    "already-answered": (409, "It has been answered already."),
    "bad-characters": (409, "The record holds signs that no text has: take them out."),
    "bad-field": (409, "A field of the record is not of the kind it should be."),
    "bad-id": (409, "The record's id, key, case or body has signs that no such name has."),
    "bad-markup": (409, "The record's HTML is nested deeper than any page of the city."),
    "bad-record": (409, "The record is no JSON object."),
    "bad-time": (409, "A field of the record that should hold a time does not."),
    "lapsed": (409, "The time to answer is over; it is counted as not answered."),
    "no-body": (409, "The record does not say who decided."),
    "no-id": (409, "The record does not say which one it is."),
    "no-time": (409, "The record does not say when."),
    "not-minutes": (409, "The text is not in the layout of the city's printed minutes."),
    "too-long": (409, "The record is longer, or dearer to read, than any record of the city: it was not read."),
    "unknown-case": (404, "There is no such case here, or it was removed."),
    "unknown-feedback": (404, "There is no such feedback."),
    "unknown-kind": (409, "No record of this kind can be taken in in this form."),
    "unknown-record": (404, "No such record was taken in: name it by its own id, or a decision by its key."),
    "withheld": (409, "The record is not public: nothing of it is kept or shown."),
}


def service(settings: Settings | None = None, clock: Clock = system_clock) -> Service:
    """The service, with nothing running yet."""
    settings = settings or Settings()
    for named in settings.installation.registers:
        if named not in LAYOUTS.values():
            raise ValueError(f"registers: there is no layout {named}: name {' or '.join(sorted({*LAYOUTS.values()}))}")
    check(settings.installation)
    made = Service(
        name="decisions",
        handlers=handlers.registry(settings.installation),
        writes=topics.EVENTS,
        documents={topics.DOCUMENTS: lambda conn, key: documents.present(made, conn, key)},
        api=api.router,
        pages=pages.router,
        scheduled=scheduled.jobs(settings.installation.library_of),
        migrations=Path(__file__).parent / "migrations",
        locks=scheduled.RANKS,
        reasons=REASONS,
        statuses={
            CaseChanged: 200,
            CaseRemoved: 200,
            DecisionChanged: 200,
            DecisionRemoved: 200,
            MotionChanged: 200,
            MotionRemoved: 200,
            RecordReceived: 200,
            RecordRefused: 409,
        },
        resources=lambda conn, outcomes: api.resources(made, conn, outcomes),
        take_out=example.take_out,
        settings=settings,
        clock=clock,
    )
    return made


if __name__ == "__main__":
    run(service)
