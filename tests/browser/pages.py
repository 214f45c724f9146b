"""The pages that people see, in every state that they can be in. All checks of this folder go over this list, in every
language, at every width."""

from dataclasses import dataclass
from typing import Literal

State = Literal["empty", "progress", "data", "refusal", "error"]
STATES: tuple[State, ...] = ("empty", "progress", "data", "refusal", "error")
"""In the order in which an installation comes by them: nothing has happened yet; example content is filling in; it is
shown, and much has happened beside it; what was asked for cannot be had; the databases are away."""

LANGUAGES = ("fi", "sv", "en")
WIDTHS = {"desk": 1280, "phone": 360}
"""In pixels; at the last one all else is looked at."""


@dataclass(frozen=True)
class Page:
    """A page in a state. `address` may name what happened (`{notice}`, see town.py); `status` is the HTTP status."""

    name: str
    state: State
    address: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.state}/{self.name}"


MENU = ("/rooms", "/notices/", "/decisions/", "/analytics/")
"""The entries of the menu of every page, in their order: what residents do, and no more than fits a phone."""

PAGES = (
    Page("start", "empty", "/"),
    Page("try", "empty", "/try"),
    Page("who-are-you", "empty", "/sign-in"),
    Page("signed-out", "empty", "/signed-out"),
    Page("find", "empty", "/rooms"),
    Page("contact", "empty", "/contact"),
    Page("accessibility", "empty", "/accessibility"),
    Page("privacy", "empty", "/privacy"),
    Page("developers", "empty", "/developers"),
    Page("kiosk-to-be-paired", "empty", "/kiosk"),
    Page("rooms", "empty", "/booking/?unit=kallio"),
    Page("notices", "empty", "/notices/"),
    Page("decisions", "empty", "/decisions/?unit=kallio"),
    Page("search", "empty", "/decisions/search"),
    Page("search-without-hits", "empty", "/decisions/search?q=raitiovaunu"),
    Page("figures", "empty", "/analytics/"),
    Page("outbox", "empty", "/people/outbox"),
    Page("report", "empty", "/analytics/v1/report.html"),
    Page("start", "progress", "/"),
    Page("try", "progress", "/try"),
    Page("rooms", "progress", "/booking/"),
    Page("figures", "progress", "/analytics/"),
    Page("start", "data", "/"),
    Page("find", "data", "/rooms?minutes=120&persons=8"),
    Page("room", "data", "/rooms/olohuone"),
    Page("screen", "data", "/screen?unit=vallila"),
    Page("room-of-parts", "data", "/rooms/sali"),
    Page("try-booked", "data", "/try?{tried_booked}"),
    Page("try-done", "data", "/try?{tried_taken}"),
    Page("rooms", "data", "/booking/"),
    Page("notices", "data", "/notices/"),
    Page("notice", "data", "/notices/notice/{notice}"),
    Page("notice-in-one-language", "data", "/notices/notice/{finnish_notice}"),
    Page("decisions", "data", "/decisions/"),
    Page("search", "data", "/decisions/search?q=Vallila"),
    Page("decision", "data", "/decisions/decisions/{decision}"),
    Page("section-50", "data", "/decisions/decisions/{section_50}"),
    Page("case", "data", "/decisions/cases/{case}"),
    Page("figures", "data", "/analytics/"),
    Page("figures-of-unit", "data", "/analytics/?unit=vallila"),
    Page("figure", "data", "/analytics/metrics/M01"),
    Page("figure-of-persons", "data", "/analytics/metrics/M14"),
    Page("figure-of-persons", "refusal", "/analytics/metrics/M14?from=2026-01-01&to=2026-01-02"),
    Page("events-of-figure", "data", "/analytics/metrics/M01/events"),
    Page("events-of-cell", "data", "/analytics/metrics/M01/events?dimension=organiser&key=private"),
    Page("event", "data", "/analytics/events/1"),
    Page("report", "data", "/analytics/v1/report.html"),
    Page("room-unknown", "refusal", "/rooms/nowhere", 404),
    Page("find-nothing", "refusal", "/rooms?house=kirjasto&persons=70"),
    Page("try-refused", "refusal", "/try?{tried_again}"),
    Page("try-unknown", "refusal", "/try?booked=00000000-0000-4000-8000-000000000000", 404),
    Page("nowhere", "refusal", "/no/such/page", 404),
    Page("sign-in-cannot-begin", "refusal", "/who-are-you/authorize?client_id=nobody", 400),
    Page("rooms-not-understood", "refusal", "/booking/?unit=%20", 422),
    Page("notice-waits", "refusal", "/notices/notice/{waiting_notice}"),
    Page("notice-rejected", "refusal", "/notices/notice/{rejected_notice}", 410),
    Page("notice-withdrawn", "refusal", "/notices/notice/{withdrawn_notice}", 410),
    Page("notice-unknown", "refusal", "/notices/notice/00000000-0000-7000-8000-000000000000", 404),
    Page("decision-unknown", "refusal", "/decisions/decisions/nobody/2026-01-01/1", 404),
    Page("case-taken-back", "refusal", "/decisions/cases/{removed_case}", 410),
    Page("decisions-of-no-library", "refusal", "/decisions/?unit=nowhere", 404),
    Page("figure-unknown", "refusal", "/analytics/metrics/M99", 404),
    Page("figures-of-no-period", "refusal", "/analytics/?from=2026-05-01&to=2026-04-01", 422),
    Page("start", "error", "/"),
    Page("try", "error", "/try"),
    Page("find", "error", "/rooms"),
    Page("screen", "error", "/screen"),
    Page("room", "error", "/rooms/sali", 503),
    Page("rooms", "error", "/booking/", 503),
    Page("notices", "error", "/notices/", 503),
    Page("decisions", "error", "/decisions/", 503),
    Page("search", "error", "/decisions/search?q=Vallila", 503),
    Page("figures", "error", "/analytics/", 503),
    Page("report", "error", "/analytics/v1/report.html", 503),
)
