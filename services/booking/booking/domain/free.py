"""Free time: what is left of opening hours when claims and buffers are taken away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from omatoimi_contracts.booking import Alternative
from omatoimi_contracts.vocabulary import Slot

from booking.domain import claims as claiming
from booking.domain import grid
from booking.domain.claims import CORE, Claims
from booking.domain.hours import CLOSED, DAY, Hours, day_of, local_day, moment
from booking.domain.spaces import Space

ALTERNATIVES = 3
DAYS_AHEAD = 7
"""Alternatives at another time are looked for on the wanted day and the days after it, so many in all."""


def stretches(space: Space, hours: Hours, claims: Claims, within: Slot, minimum: timedelta) -> list[Slot]:
    """Tell where a booking of the space may lie: open, free on every leaf, its buffers meeting no other booking, and at
    least so long. In order, as long as they are."""
    busy = sorted(_busy(space, claims))
    found = []
    for opens, closes in hours.stretches(within):
        start = opens
        for taken, free_again in busy:
            if taken >= closes:
                break
            if taken > start and taken - start >= minimum:
                found.append(Slot(start=start, end=taken))
            start = max(start, free_again)
        if closes > start and closes - start >= minimum:
            found.append(Slot(start=start, end=closes))
    return found


def bookable(space: Space, hours: Hours, claims: Claims, within: Slot, minimum: timedelta, now: datetime) -> list[Slot]:
    """Tell where a booking of at least so long may lie by the space's own rules too: each stretch begins and ends on
    its grid, is no shorter than its shortest booking, and begins neither sooner nor later than it may be booked now.
    Nothing, where so long is longer than its longest."""
    rules, zone = space.booking_rules, hours.zone
    if minimum > timedelta(minutes=rules.longest):
        return []
    soonest, latest = _starts_between(space, now, zone)
    minimum = max(minimum, timedelta(minutes=rules.shortest))
    begins, ends = max(within.start, soonest), min(within.end, latest + minimum)
    if begins >= ends:
        return []
    found = []
    for free in stretches(space, hours, claims, Slot(start=begins, end=ends), minimum):
        start, end = grid.after(free.start, rules.grid, zone), grid.before(free.end, rules.grid, zone)
        if end - start >= minimum:
            found.append(Slot(start=start, end=end))
    return found


def _starts_between(space: Space, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Tell from when until when a booking that is made now may begin."""
    rules = space.booking_rules
    soonest, latest = now + timedelta(minutes=rules.notice), now + timedelta(days=rules.days_ahead)
    return grid.after(soonest, rules.grid, zone), grid.before(latest, rules.grid, zone)


def from_now(space: Space, hours: Hours, claims: Claims, within: Slot, now: datetime) -> Slot | None:
    """Tell where a booking may lie that begins with the slot of the grid that is under way, or else with the next, for
    whoever stands before the empty room; None where neither is free, or nothing is booked without notice."""
    rules, zone = space.booking_rules, hours.zone
    shortest, longest = timedelta(minutes=rules.shortest), timedelta(minutes=rules.longest)
    for begins in (grid.before(now, rules.grid, zone), grid.after(now, rules.grid, zone)):
        if rules.notice or begins >= within.end:
            return None
        for free in stretches(space, hours, claims, Slot(start=begins, end=within.end), shortest):
            end = min(grid.before(free.end, rules.grid, zone), begins + longest)
            if free.start == begins and end - begins >= shortest:
                return Slot(start=begins, end=end)
    return None


def _busy(space: Space, claims: Claims) -> Iterator[tuple[datetime, datetime]]:
    """Tell when booked time of the space cannot lie: a booking keeps it away by its own buffers too."""
    for leaf in space.leaves:
        for claim in claims.on(leaf):
            if claim.layer == CORE:
                yield claim.start - space.after, claim.end + space.before
            else:
                yield claim.start, claim.end


class RoomUse(StrEnum):
    """How a room stands at a moment."""

    FREE = "free"
    TAKEN = "taken"
    LATER = "later"
    """Neither now, but it can be had later."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RoomStanding:
    """How a room stands at a moment; `until` when, or for `LATER` from when on it is free."""

    use: RoomUse
    until: datetime | None


def standing(free: Sequence[Slot], taken: Sequence[Slot], now: datetime) -> RoomStanding:
    """Tell how a room stands now, of when it is free and taken, each in order."""
    for use, slots in ((RoomUse.FREE, free), (RoomUse.TAKEN, taken)):
        for slot in slots:
            if slot.start <= now < slot.end:
                return RoomStanding(use, slot.end)
    later = next((slot.start for slot in free if slot.start > now), None)
    return RoomStanding(RoomUse.LATER if later else RoomUse.CLOSED, later)


def near(slot: Slot, zone: ZoneInfo) -> Slot:
    """Return the span in which alternatives at another time are looked for."""
    day = local_day(slot.start, zone)
    end = day_of(day + DAYS_AHEAD * DAY, zone).start + (slot.end - slot.start)
    return Slot(start=day_of(day, zone).start, end=end)


def at_the_same_time(
    slot: Slot, persons: int | None, others: Sequence[Space], hours: Hours, claims: Claims
) -> Iterator[Alternative]:
    """Yield other spaces that are for so many and free, the smallest first. `claims` must hold what meets the slot and
    their buffers."""
    if hours.kind(slot) == CLOSED:
        return
    for other in sorted(others, key=lambda space: (space.capacity, space.space)):
        # No booking has the number 0: like a booking still to be made, it meets every other's buffers.
        if other.is_for(persons) and not claims.exclude(claiming.of_booking(other, slot, 0)):
            yield Alternative(space=other.space, slot=slot)


def at_another_time(space: Space, slot: Slot, hours: Hours, claims: Claims, now: datetime) -> Iterator[Alternative]:
    """Yield the same space on the same day and the days after it: on each the free time nearest to the time of day that
    was wanted, as it may be booked now. `claims` must hold what lies `near` the slot."""
    length, zone = slot.end - slot.start, hours.zone
    wanted = slot.start.astimezone(zone)
    _, latest = _starts_between(space, now, zone)
    for offset in range(DAYS_AHEAD):
        day = local_day(slot.start, zone) + offset * DAY
        whole = day_of(day, zone)
        target = moment(day, wanted.time().replace(tzinfo=None), zone) if offset else slot.start
        starts = [
            min(max(target, free.start), free.end - length, latest)
            for free in bookable(space, hours, claims, Slot(start=whole.start, end=whole.end + length), length, now)
        ]
        if starts:
            start = min(starts, key=lambda start: (abs(start - target), start))
            yield Alternative(space=space.space, slot=Slot(start=start, end=start + length))
