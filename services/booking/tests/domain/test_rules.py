"""The rules, what a batch has promised, and what is offered instead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from booking.domain import free
from booking.domain.claims import Claim, Claims, of_booking
from booking.domain.hours import DAY, day_of, local_day, moment, of_weeks
from booking.domain.rules import A_MONTH, RULES, Situation, Wish, alternatives, refusal, windows
from booking.domain.spaces import Space
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.premises import OpenSpan, WeeklyHours
from omatoimi_contracts.vocabulary import Organiser, Rule, Slot

NOW = datetime(2026, 3, 27, 10, 7, 31, tzinfo=UTC)
"""Two days before the clock springs forward."""
GROUP = UUID(int=7)


def _space(code: str, *leaves: str, capacity: int = 10, before: int = 0, after: int = 0) -> Space:
    buffers = timedelta(minutes=before), timedelta(minutes=after)
    return Space(code, "house", "library", "vallila", leaves or (code,), capacity, *buffers, None)


SPACES = [
    _space("a", before=15),
    _space("b", after=30),
    _space("c", capacity=30),
    _space("hall", "a", "b", capacity=20),
]
WEEK = [
    WeeklyHours(weekday=day, spans=(OpenSpan(opens="08:00", closes="21:00", kind="staffed"),)) for day in range(1, 8)
]


def _situation(claims: Sequence[Claim] = (), now: datetime = NOW) -> Situation:
    return Situation(now, {s.space: s for s in SPACES}, {"house": of_weeks([(date(2020, 1, 1), WEEK)])}, Claims(claims))


@st.composite
def _wishes(draw: st.DrawFn, number: int = 0, *, possible: bool = False) -> Wish:
    start = moment(
        date(2026, 3, 27) + draw(st.integers(0, 4)) * DAY,
        time(draw(st.integers(7, 21)), draw(st.sampled_from([0, 30]))),
    )
    length = timedelta(minutes=30 * draw(st.integers(1, 8 if possible else 26)))
    organiser = draw(
        st.sampled_from([Organiser(class_="private"), Organiser(class_="association", organisation=GROUP), None])
    )
    persons = draw(st.none() | st.integers(1, 35))
    return Wish(number, draw(st.sampled_from(SPACES)), Slot(start=start, end=start + length), persons, organiser)


def test_every_rule_of_the_contract_is_there_once() -> None:
    known = Rule.__metadata__[0].json_schema_extra["x-known-values"]  # type: ignore[attr-defined]
    assert sorted(rule.code for rule in RULES) == sorted(known)


@given(st.lists(_wishes(), max_size=12), st.integers(A_MONTH - 3, A_MONTH))
def test_a_batch_is_decided_as_its_requests_would_be_one_by_one(wishes: list[Wish], held: int) -> None:
    numbered = [replace(wish, number=number) for number, wish in enumerate(wishes, 1)]
    batch = _situation()
    batch.held[GROUP, date(2026, 3, 1)] = held
    standing: list[Wish] = []
    for wish in numbered:
        alone = _situation([claim for one in standing for claim in one.claims])
        alone.held = {(GROUP, month): 0 for month in (date(2026, 3, 1), date(2026, 4, 1))}
        alone.held[GROUP, date(2026, 3, 1)] = held
        for one in standing:
            if one.holder:
                alone.held[one.holder] += 1
        rule = refusal(wish, batch)
        assert rule == refusal(wish, alone)
        if rule is None:
            batch.promise(wish)
            standing.append(wish)


def _standing(wishes: Sequence[Wish]) -> list[Wish]:
    """Those of the wishes that fit beside each other, in their order."""
    situation, standing = _situation(), []
    for number, wish in enumerate(wishes, 1):
        numbered = replace(wish, number=number, organiser=Organiser(class_="private"))
        if refusal(numbered, situation) is None:
            situation.promise(numbered)
            standing.append(numbered)
    return standing


@given(st.lists(_wishes(possible=True), max_size=25), _wishes(number=99, possible=True))
def test_every_alternative_would_be_granted_and_none_is_the_slot_that_was_refused(
    wishes: list[Wish], wish: Wish
) -> None:
    claims = [claim for one in _standing(wishes) for claim in one.claims]
    situation = _situation(claims)
    situation.held[GROUP, date(2026, 4, 1)] = A_MONTH
    rule = refusal(wish, situation)
    if rule is None:
        return
    near = _near(claims, windows(wish, rule, situation))
    found = alternatives(wish, rule, situation, near)
    assert len(found) <= 3
    assert len(set(found)) == len(found)
    for one in found:
        space = situation.spaces[one.space]
        assert (one.space, one.slot) != (wish.space.space, wish.slot)
        assert one.slot.minutes == wish.slot.minutes
        assert refusal(replace(wish, space=space, slot=one.slot), situation) is None


def _near(claims: Sequence[Claim], windows: Sequence[tuple[str, Slot]]) -> Claims:
    """What the store would find: only claims that meet the windows."""
    return Claims(
        claim
        for claim in claims
        if any(leaf == claim.space and claim.start < w.end and w.start < claim.end for leaf, w in windows)
    )


@given(st.lists(_wishes(possible=True), max_size=25), _wishes(number=99, possible=True))
def test_whoever_is_told_taken_is_offered_something_if_there_is_anything(wishes: list[Wish], wish: Wish) -> None:
    wish = replace(wish, organiser=Organiser(class_="private"))
    claims = [claim for one in _standing(wishes) for claim in one.claims]
    situation = _situation(claims)
    rule = refusal(wish, situation)
    if rule is None or rule.code != "taken":
        return
    found = alternatives(wish, rule, situation, _near(claims, windows(wish, rule, situation)))
    possible = any(
        refusal(replace(wish, slot=Slot(start=start, end=start + (wish.slot.end - wish.slot.start))), situation) is None
        for days in range(free.DAYS_AHEAD)
        for half in range(0, 48)
        if (start := day_of(local_day(wish.slot.start) + days * DAY).start + half * timedelta(minutes=30)) >= NOW
    )
    assert bool(found) or not possible


@given(st.lists(_wishes(possible=True), max_size=25), st.sampled_from(SPACES), st.integers(0, 3))
def test_free_time_is_all_the_time_that_would_be_granted_and_no_more(
    wishes: list[Wish], space: Space, days: int
) -> None:
    claims = Claims(claim for one in _standing(wishes) for claim in one.claims)
    day = day_of(date(2026, 3, 28) + days * DAY)
    hours = _situation().hours["house"]
    minimum = timedelta(minutes=30)
    free_now = free.stretches(space, hours, claims, day, minimum)
    start = day.start
    while start < day.end:
        slot = Slot(start=start, end=start + minimum)
        granted = hours.kind(slot) != "closed" and not claims.exclude(of_booking(space, slot, 999))
        assert granted == any(span.start <= slot.start and slot.end <= span.end for span in free_now)
        start += timedelta(minutes=15)
