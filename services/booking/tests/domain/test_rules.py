"""The rules, what a batch has promised, and what is offered instead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from booking.domain import free, grid, hours
from booking.domain.claims import CORE, Claim, Claims, of_booking
from booking.domain.hours import DAY, of_weeks
from booking.domain.organisers import Proof
from booking.domain.proposals import Occurrence, Previous, Proposal, ProposalKind, claims_of
from booking.domain.rules import A_MONTH, REFUSALS, Refusal, Situation, alternatives, decide, windows
from booking.domain.spaces import Space
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.booking import Rule
from omatoimi_contracts.premises import OpenSpan, WeeklyHours
from omatoimi_contracts.rooms import BookingRulesInForce
from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser, Slot

HELSINKI = ZoneInfo("Europe/Helsinki")
day_of, moment = partial(hours.day_of, zone=HELSINKI), partial(hours.moment, zone=HELSINKI)
local_day = partial(hours.local_day, zone=HELSINKI)
NOW = datetime(2026, 3, 27, 10, 7, 31, tzinfo=UTC)
"""Two days before the clock springs forward."""
GROUP = UUID(int=7)
NOTHING = timedelta()


def _space(code: str, *leaves: str, capacity: int = 10, before: int = 0, after: int = 0) -> Space:
    buffers = timedelta(minutes=before), timedelta(minutes=after)
    return Space(code, "house", "library", "vallila", leaves or (code,), capacity, *buffers, None)


OWN = BookingRulesInForce(version=4, grid=30, shortest=60, longest=240, notice=90, days_ahead=4)
SPACES = [
    _space("a", before=15),
    _space("b", after=30),
    _space("c", capacity=30),
    replace(_space("own", capacity=30, after=15), booking_rules=OWN),
    _space("hall", "a", "b", capacity=20),
]
ITS_OWN = SPACES[3]
WEEK = [
    WeeklyHours(weekday=day, spans=(OpenSpan(opens="08:00", closes="21:00", kind="staffed"),)) for day in range(1, 8)
]


def _situation(claims: Sequence[Claim] = (), now: datetime = NOW) -> Situation:
    weeks = of_weeks([(date(2020, 1, 1), WEEK)], HELSINKI)
    return Situation(
        now,
        HELSINKI,
        {s.space: s for s in SPACES},
        {"house": weeks},
        Claims(claims),
        {GROUP: Proof("association", None)},
    )


@st.composite
def _proposals(draw: st.DrawFn, number: int = 0, *, possible: bool = False) -> Proposal:
    start = moment(
        date(2026, 3, 27) + draw(st.integers(0, 4)) * DAY,
        time(draw(st.integers(7, 21)), draw(st.sampled_from([0, 30]))),
    )
    length = timedelta(minutes=30 * draw(st.integers(1, 8 if possible else 26)))
    slot = Slot(start=start, end=start + length)
    organisers: list[AskedOrganiser | Organiser] = [
        Organiser(class_="private"),
        Organiser(class_="association", organisation=GROUP),
        AskedOrganiser(organisation=UUID(int=1)),
    ]
    organiser = draw(st.sampled_from(organisers))
    space = draw(st.sampled_from(SPACES)).space
    return Proposal(
        (Occurrence(space, slot, number=number),), persons=draw(st.none() | st.integers(1, 35)), organiser=organiser
    )


def _numbered(proposal: Proposal, number: int, **changed: Any) -> Proposal:
    return replace(proposal, occurrences=(replace(proposal.occurrences[0], number=number),), **changed)


def _claims(proposals: Sequence[Proposal]) -> list[Claim]:
    spaces = _situation().spaces
    return [
        claim
        for proposal in proposals
        for one in proposal.occurrences
        for claim in claims_of(proposal.kind, spaces[one.space], one.slot, one.number)
    ]


def _refusal(proposal: Proposal, situation: Situation) -> Refusal | None:
    """What is decided, without a promise."""
    return decide(proposal, replace(situation, claims=situation.claims.copy(), quota_used=dict(situation.quota_used)))


def test_every_rule_of_the_contract_is_there_once() -> None:
    known = Rule.__metadata__[0].json_schema_extra["x-known-values"]  # type: ignore[attr-defined]
    assert sorted(rule.code for rule in REFUSALS) == sorted(known)


@given(st.lists(_proposals(), max_size=12), st.integers(A_MONTH - 3, A_MONTH))
def test_a_batch_is_decided_as_its_requests_would_be_one_by_one(proposals: list[Proposal], held: int) -> None:
    batch = _situation()
    batch.quota_used[GROUP, date(2026, 3, 1)] = held
    standing: list[Proposal] = []
    for number, proposal in enumerate(proposals, 1):
        numbered = _numbered(proposal, number)
        alone = _situation(_claims(standing))
        alone.quota_used = {(GROUP, month): 0 for month in (date(2026, 3, 1), date(2026, 4, 1))}
        alone.quota_used[GROUP, date(2026, 3, 1)] = held
        for quota in (quota for one in standing for quota in one.quotas(HELSINKI)):
            alone.quota_used[quota] += 1
        expected = _refusal(numbered, alone)
        assert decide(numbered, batch) == expected
        if expected is None:
            standing.append(numbered)


def _standing(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those of the proposals that fit beside each other, in their order."""
    situation, standing = _situation(), []
    for number, proposal in enumerate(proposals, 1):
        numbered = _numbered(proposal, number, organiser=Organiser(class_="private"))
        if decide(numbered, situation) is None:
            standing.append(numbered)
    return standing


@given(st.lists(_proposals(possible=True), max_size=25), _proposals(number=99, possible=True))
def test_every_alternative_would_be_granted_and_none_is_the_slot_that_was_refused(
    proposals: list[Proposal], proposal: Proposal
) -> None:
    claims = _claims(_standing(proposals))
    situation = _situation(claims)
    situation.quota_used[GROUP, date(2026, 4, 1)] = A_MONTH
    refusal, (wanted,) = _refusal(proposal, situation), proposal.occurrences
    if refusal is None:
        return
    near = _near(claims, windows(proposal, refusal, situation))
    found = alternatives(proposal, refusal, situation, near)
    assert len(found) <= 3
    assert len(set(found)) == len(found)
    for one in found:
        assert (one.space, one.slot) != (wanted.space, wanted.slot)
        assert one.slot.minutes == wanted.slot.minutes
        instead = replace(wanted, space=one.space, slot=one.slot)
        assert _refusal(replace(proposal, occurrences=(instead,)), situation) is None


def _near(claims: Sequence[Claim], windows: Sequence[tuple[str, Slot]]) -> Claims:
    """What the store would find: only claims that meet the windows."""
    return Claims(
        claim
        for claim in claims
        if any(leaf == claim.space and claim.start < w.end and w.start < claim.end for leaf, w in windows)
    )


@given(st.lists(_proposals(possible=True), max_size=25), _proposals(number=99, possible=True))
def test_whoever_is_told_taken_is_offered_something_if_there_is_anything(
    proposals: list[Proposal], proposal: Proposal
) -> None:
    proposal = replace(proposal, organiser=Organiser(class_="private"))
    claims = _claims(_standing(proposals))
    situation, (wanted,) = _situation(claims), proposal.occurrences
    refusal = _refusal(proposal, situation)
    if refusal is None or refusal.rule.code != "taken":
        return
    found = alternatives(proposal, refusal, situation, _near(claims, windows(proposal, refusal, situation)))
    length = wanted.slot.end - wanted.slot.start
    slots = (
        Slot(start=start, end=start + length)
        for days in range(free.DAYS_AHEAD)
        for half in range(0, 48)
        if (start := day_of(local_day(wanted.slot.start) + days * DAY).start + half * timedelta(minutes=30)) >= NOW
    )
    instead = (replace(proposal, occurrences=(replace(wanted, slot=slot),)) for slot in slots)
    assert bool(found) or all(_refusal(one, situation) for one in instead)


@given(st.lists(_proposals(possible=True), max_size=25), st.sampled_from(SPACES), st.integers(0, 3))
def test_free_time_is_all_the_time_that_would_be_granted_and_no_more(
    proposals: list[Proposal], space: Space, days: int
) -> None:
    claims = Claims(_claims(_standing(proposals)))
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


def _at(hour: float, day: int = 30) -> datetime:
    """A time of day in Helsinki on a day of March 2026."""
    return day_of(date(2026, 3, 1) + (day - 1) * DAY).start + timedelta(hours=hour)


def _of(group: UUID, *occurrences: Occurrence, kind: ProposalKind = ProposalKind.BOOKING) -> Proposal:
    return Proposal(occurrences, kind, organiser=Organiser(class_="association", organisation=group))


def _open_all_day(claims: Sequence[Claim] = ()) -> Situation:
    spans = (OpenSpan(opens="00:00", closes="24:00", kind="staffed"),)
    week = [WeeklyHours(weekday=day, spans=spans) for day in range(1, 8)]
    return replace(_situation(claims), hours={"house": of_weeks([(date(2020, 1, 1), week)], HELSINKI)})


def test_a_booking_over_midnight_at_the_end_of_a_month_needs_room_in_both() -> None:
    night = Slot(start=_at(22, 31), end=_at(25, 31))
    march, april = (GROUP, date(2026, 3, 1)), (GROUP, date(2026, 4, 1))
    for held, code in (({}, None), ({march: A_MONTH}, "quota"), ({april: A_MONTH}, "quota")):
        situation = replace(_open_all_day(), quota_used=dict(held))
        refusal = decide(_of(GROUP, Occurrence("a", night)), situation)
        assert (refusal and refusal.rule.code) == code
    situation = _open_all_day()
    assert decide(_of(GROUP, Occurrence("a", night)), situation) is None
    assert situation.quota_used == {march: 1, april: 1}


def test_what_ends_at_midnight_is_not_in_the_next_month() -> None:
    assert list(_of(GROUP, Occurrence("a", Slot(start=_at(22, 31), end=_at(24, 31)))).quotas(HELSINKI)) == [
        (GROUP, date(2026, 3, 1))
    ]


def test_a_move_counts_once_in_a_month_that_is_full_and_gives_room_where_it_leaves() -> None:
    full = {(GROUP, date(2026, 3, 1)): A_MONTH, (GROUP, date(2026, 4, 1)): A_MONTH}
    before = Previous("house", ("a",), Slot(start=_at(10), end=_at(11)))

    def moved(start: datetime, situation: Situation) -> str | None:
        to = Occurrence("a", Slot(start=start, end=start + timedelta(hours=1)), before, UUID(int=3), 3)
        refusal = decide(_of(GROUP, to), situation)
        return refusal.rule.code if refusal else None

    assert moved(_at(12), replace(_situation(), quota_used=dict(full))) is None
    assert moved(_at(12), replace(_situation(), quota_used={(GROUP, date(2026, 3, 1)): A_MONTH + 1})) is None
    assert moved(_at(12, 32), replace(_situation(), quota_used=dict(full))) == "quota"
    situation = replace(_situation(), quota_used={**full, (GROUP, date(2026, 4, 1)): 0})
    assert moved(_at(12, 32), situation) is None
    assert situation.quota_used == {(GROUP, date(2026, 3, 1)): A_MONTH - 1, (GROUP, date(2026, 4, 1)): 1}


def test_several_occurrences_are_promised_all_or_none() -> None:
    """In several spaces, back to back, and counted one by one in the quota; the refusal names which."""
    slots = [Slot(start=_at(hour), end=_at(hour + 1)) for hour in (10, 12, 14)]
    wanted = [Occurrence(space, slot, number=n) for n, (space, slot) in enumerate(zip("abc", slots, strict=True), 1)]
    situation = _situation()
    assert decide(_of(GROUP, *wanted), situation) is None
    assert situation.quota_used == {(GROUP, date(2026, 3, 1)): 3}
    assert [len(situation.claims.on(leaf)) for leaf in "abc"] == [2, 2, 1]

    again = replace(wanted[2], number=4)
    other = _of(GROUP, Occurrence("b", Slot(start=_at(18), end=_at(19)), number=5), again)
    refusal = decide(other, situation)
    assert refusal is not None
    assert (refusal.rule.code, refusal.wanted) == ("taken", again)
    assert situation.quota_used == {(GROUP, date(2026, 3, 1)): 3}
    assert len(situation.claims.on("b")) == 2

    nearly = replace(_situation(), quota_used={(GROUP, date(2026, 3, 1)): A_MONTH - 2})
    assert (refusal := decide(_of(GROUP, *wanted), nearly)) is not None
    assert (refusal.rule.code, refusal.wanted) == ("quota", wanted[2])
    itself = [Occurrence("a", slots[0], number=1), Occurrence("hall", slots[0], number=2)]
    assert (refusal := decide(_of(GROUP, *itself), _situation())) is not None
    assert refusal.rule.code == "taken"


def test_a_series_may_move_into_its_own_time() -> None:
    spaces = _situation().spaces
    standing = [Slot(start=_at(hour), end=_at(hour + 1)) for hour in (10, 11, 12)]
    claims = [
        replace(claim, of=UUID(int=n))
        for n, slot in enumerate(standing, 1)
        for claim in claims_of(ProposalKind.BOOKING, spaces["c"], slot, n)
    ]
    later = [
        Occurrence(
            "c",
            Slot(start=slot.start + timedelta(hours=1), end=slot.end + timedelta(hours=1)),
            Previous("house", ("c",), slot),
            UUID(int=n),
            n,
        )
        for n, slot in enumerate(standing, 1)
    ]
    situation = _situation(claims)
    assert decide(_of(GROUP, *later), situation) is None
    assert sorted(claim.start for claim in situation.claims.on("c")) == [_at(11), _at(12), _at(13)]
    rival = replace(claims[0], start=_at(13.5), end=_at(15), of=UUID(int=9))
    situation = _situation([*claims, rival])
    assert (refusal := decide(_of(GROUP, *later), situation)) is not None
    assert (refusal.rule.code, refusal.wanted) == ("taken", later[2])
    assert len(situation.claims.on("c")) == 4


def test_a_block_is_kept_out_by_what_stands_and_by_nothing_else() -> None:
    """It may lie in the past, at night and be as long as it likes."""
    long = Slot(start=_at(0, 1), end=_at(24, 31))
    assert decide(Proposal((Occurrence("a", long),), ProposalKind.BLOCK), _situation()) is None
    standing = claims_of(ProposalKind.BOOKING, _situation().spaces["hall"], Slot(start=_at(10), end=_at(11)), 1)
    refusal = decide(Proposal((Occurrence("a", long),), ProposalKind.BLOCK), _situation(standing))
    assert refusal is not None
    assert refusal.rule.code == "taken"


@given(st.lists(_proposals(possible=True), max_size=25), st.sampled_from(SPACES), st.integers(0, 4))
def test_what_is_shown_as_bookable_is_all_that_the_rules_of_the_space_would_grant_and_no_more(
    proposals: list[Proposal], space: Space, days: int
) -> None:
    situation = _situation(_claims(_standing(proposals)))
    rules, day = space.booking_rules, day_of(local_day(NOW) + days * DAY)
    length = timedelta(minutes=rules.shortest)
    shown = free.bookable(space, situation.hours["house"], situation.claims, day, length, NOW)
    assert all(not _refusal(_alone(space, one.start, one.start + length), situation) for one in shown)
    assert all(not _refusal(_alone(space, one.end - length, one.end), situation) for one in shown)
    start = max(day.start, NOW)
    while start + length <= day.end:
        if not _refusal(_alone(space, start, start + length), situation):
            assert any(one.start <= start and start + length <= one.end for one in shown)
        start = grid.after(start + timedelta.resolution, rules.grid, HELSINKI)


def _alone(space: Space, start: datetime, end: datetime) -> Proposal:
    return Proposal((Occurrence(space.space, Slot(start=start, end=end)),), persons=space.minimum)


@pytest.mark.parametrize("now", [_at(10, 30), _at(10.2, 30), _at(3.5, 29)])
def test_who_stands_before_an_empty_room_may_book_it_from_the_slot_under_way(now: datetime) -> None:
    situation = replace(_open_all_day(), now=now)
    for space in (SPACES[1], replace(ITS_OWN, booking_rules=OWN.model_copy(update={"notice": 0}))):
        here = replace(situation, spaces={**situation.spaces, space.space: space})
        hours, day = here.hours["house"], day_of(local_day(now))
        slot = free.from_now(space, hours, Claims(), day, now)
        assert slot is not None
        assert slot.start <= now < slot.end
        assert decide(Proposal((Occurrence(space.space, slot),)), here) is None
        minutes = timedelta(minutes=space.booking_rules.grid)
        taken = [Claim(space.space, slot.start, slot.start + timedelta(minutes=1), CORE)]
        following = free.from_now(space, hours, Claims(taken), day, now)
        assert following is None if now == slot.start else following and following.start == slot.start + minutes
        taken.append(Claim(space.space, slot.start + minutes, slot.end, CORE))
        assert free.from_now(space, hours, Claims(taken), day, now) is None
    assert free.from_now(ITS_OWN, situation.hours["house"], Claims(), day_of(local_day(now)), now) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"start": timedelta(minutes=15)}, "off-grid"),
        ({"end": timedelta(microseconds=1)}, "off-grid"),
        ({"end": timedelta(minutes=-30)}, "too-short"),
        ({"end": timedelta(hours=3, minutes=30)}, "too-long"),
        ({"start": timedelta(days=4), "end": timedelta(days=4)}, "too-far-ahead"),
        ({"start": timedelta(hours=-2), "end": timedelta(hours=-2)}, "too-soon"),
    ],
)
def test_a_space_refuses_by_its_own_rules_and_names_their_version(
    change: dict[str, timedelta], code: str | None
) -> None:
    situation = replace(_open_all_day(), now=_at(8, 28))
    slot = Slot(start=_at(11, 28) + change.get("start", NOTHING), end=_at(12, 28) + change.get("end", NOTHING))
    refusal = decide(Proposal((Occurrence("own", slot),), persons=5), situation)
    assert (refusal and (refusal.rule.code, refusal.version)) == (code and (code, OWN.version))


def test_another_room_is_offered_where_its_own_rules_let_it_be_booked() -> None:
    situation = replace(_open_all_day(), now=_at(8, 28))
    for end, offered in ((12, ["c"]), (12.5, ["c", "own"])):
        proposal = Proposal((Occurrence("a", Slot(start=_at(11.5, 28), end=_at(end, 28))),), persons=25)
        refusal = _refusal(proposal, situation)
        assert refusal is not None
        assert refusal.rule.code == "capacity"
        assert [one.space for one in alternatives(proposal, refusal, situation, Claims())] == offered


def test_free_time_begins_and_ends_on_the_grid_though_what_was_there_does_not() -> None:
    odd = Claims([Claim("own", _at(11, 28), _at(12.2, 28), CORE), Claim("own", _at(15.9, 28), _at(17, 28), CORE)])
    day, hour = day_of(date(2026, 3, 28)), timedelta(hours=1)
    found = free.bookable(ITS_OWN, _open_all_day().hours["house"], odd, day, hour, _at(8, 28))
    assert [(one.start, one.end) for one in found][1:2] == [(_at(12.5, 28), _at(15.5, 28))]


def test_an_edge_that_stays_is_not_asked_anew_whether_it_lies_on_the_grid() -> None:
    situation = replace(_open_all_day(), now=_at(8, 28))
    odd = Slot(start=_at(11, 28) + timedelta(minutes=7), end=_at(12, 28) + timedelta(minutes=7))
    previous = Previous("house", ("own",), odd, "own")
    for end, code in ((_at(13, 28), None), (_at(13, 28) + timedelta(minutes=7), "off-grid")):
        moved = Occurrence("own", Slot(start=odd.start, end=end), previous, UUID(int=3), 3)
        refusal = _refusal(Proposal((moved,), persons=5), situation)
        assert (refusal and refusal.rule.code) == code


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"])
@pytest.mark.parametrize("minutes", [5, 15, 20, 60])
def test_the_grid_is_that_of_the_local_clock_also_when_it_changes(zone: str, minutes: int) -> None:
    local, start = ZoneInfo(zone), datetime(2026, 3, 1, tzinfo=UTC)
    for hour in range(24 * 400):
        at = start + timedelta(hours=hour, minutes=7)
        next_one, last = grid.after(at, minutes, local), grid.before(at, minutes, local)
        assert last <= at <= next_one <= last + timedelta(minutes=2 * minutes)
        assert last.astimezone(local).minute % minutes == next_one.astimezone(local).minute % minutes == 0
