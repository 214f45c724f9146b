"""What associations and the library tell: evenings in rooms they have booked, calls for hands, and small news."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from omatoimi_contracts import requests as ask

from omatoimi_example.acts import Act, OfEarlier, act
from omatoimi_example.calendar import DAY, at, days, first_day, local_day, nobody_meets
from omatoimi_example.diary import PlannedBooking
from omatoimi_example.posters import EVENINGS, NEWS, NOT_PUBLISHED, Poster
from omatoimi_example.town import ASSOCIATIONS, UNIT

LIBRARY = {"class": "library", "department": "library"}


def notices(seed: int, day: date, bookings: Sequence[PlannedBooking]) -> Iterator[Act]:
    """Yield notices of evenings, news twice a month, and what waits for the library's word."""
    random = Random(f"{seed} {day} notices")
    yield from _evenings(random, day, bookings)
    yield from _news(random, day)
    yield from _waiting(random, day)


def _evenings(random: Random, day: date, bookings: Sequence[PlannedBooking]) -> Iterator[Act]:
    """Tell of an evening that is open to all a fortnight before, and not before notices know of its booking, two days
    after that; of what is every week one in five. The notice goes with the booking, wherefore each that will be given
    back is told."""
    told: dict[str, int] = {}
    for booking in sorted(bookings, key=lambda one: one.start):
        posters = EVENINGS.get(booking.by, ())
        told_on = max(local_day(booking.made) + 2 * DAY, local_day(booking.start) - 13 * DAY)
        when = at(told_on, "10:00", random.randint(0, 400))
        soon_enough = when < min(booking.start - timedelta(hours=20), at(day, "00:00"))
        given_back = booking.fate.startswith("cancelled")
        left_out = booking.of_term and not given_back and random.random() < 0.8
        if not booking.public or not posters or not soon_enough or left_out:
            continue
        told[booking.by] = told.get(booking.by, -1) + 1
        poster = posters[told[booking.by] % len(posters)]
        data = _words(poster) | {
            "kind": "event",
            "until": booking.end.isoformat(),
            "slot": {"start": booking.start.isoformat(), "end": booking.end.isoformat()},
            "booking": OfEarlier(booking.label, "booking"),
            "organiser": _organiser(booking.by),
            "purpose": "event",
            "unit": UNIT,
        }
        channel = "staff" if booking.by == "library" else "web"
        if given_back and _over_by(booking, when):
            continue
        label = f"poster {booking.label}"
        yield act(when, channel, ask.NoticeRequested, data, label=label, language=poster.language)


def _over_by(booking: PlannedBooking, when: datetime) -> bool:
    """Tell whether a booking that is given back may be so before its notice comes, which would then be refused."""
    return when > booking.start - timedelta(days=6)


def _news(random: Random, day: date) -> Iterator[Act]:
    """Post twice a month something that has no room: hands wanted, a wall to look at, hours that change. A week later
    the one or the other is said better, or withdrawn."""
    number = 0
    for one in days(first_day(day) + 4 * DAY, day):
        if one.day not in (5, 19) or nobody_meets(one):
            continue
        poster = NEWS[number % len(NEWS)]
        number += 1
        label, when = f"news {one}", at(one, "09:30", random.randint(0, 300))
        until = at(one + random.randint(12, 24) * DAY, "20:00")
        data = _words(poster) | {
            "kind": poster.kind,
            "until": until.isoformat(),
            "organiser": _organiser(poster.by),
            "unit": UNIT,
        }
        channel = "staff" if poster.by == "library" else "web"
        yield act(when, channel, ask.NoticeRequested, data, label=label, language=poster.language)
        later = when + timedelta(days=6)
        if later >= at(day, "00:00"):
            continue
        notice = {"notice": OfEarlier(label, "notice")}
        if number % 5 == 0:
            longer = notice | {"until": (until + timedelta(days=7)).isoformat()}
            yield act(later, channel, ask.NoticeChangeRequested, longer)
        elif number % 11 == 0:
            yield act(later, channel, ask.NoticeChangeRequested, notice | {"withdraw": True}, ends="notice.withdrawn")


def _waiting(random: Random, day: date) -> Iterator[Act]:
    """Let groups without proof ask each month; the library publishes most, and says why it does not publish the
    others."""
    for number, one in enumerate(one for one in days(first_day(day) + 9 * DAY, day - 3 * DAY) if one.day == 12):
        poster, reason = NOT_PUBLISHED[number % len(NOT_PUBLISHED)]
        when, label = at(one, "13:00", random.randint(0, 200)), f"waiting {one}"
        data = _words(poster) | {"kind": poster.kind, "until": at(one + 20 * DAY, "18:00").isoformat(), "unit": UNIT}
        data["organiser"] = {"class": "informal"}
        yield act(
            when, "kiosk", ask.NoticeRequested, data, label=label, ends="notice.submitted", language=poster.language
        )
        decided, notice = when + timedelta(hours=random.randint(3, 30)), {"notice": OfEarlier(label, "notice")}
        if reason:
            yield act(decided, "staff", ask.RejectionRequested, notice | {"reason": reason})
        else:
            yield act(decided, "staff", ask.ApprovalRequested, notice)


def _words(poster: Poster) -> dict[str, Any]:
    return {"titles": dict(poster.titles), "texts": dict(poster.texts)}


def _organiser(by: str) -> dict[str, Any]:
    return dict(LIBRARY) if by == "library" else {"class": "association", "organisation": ASSOCIATIONS[by].id}
