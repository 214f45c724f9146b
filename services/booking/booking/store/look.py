"""The one look before a decision, and the claims around it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import Connection, Transaction
from omatoimi_contracts.premises import WeeklyHours
from omatoimi_contracts.vocabulary import Slot
from pydantic import TypeAdapter

from booking.domain.claims import Claim, Claims, Layer
from booking.domain.hours import Hours, begins, of_weeks
from booking.domain.organisers import Proof
from booking.domain.proposals import Proposal
from booking.domain.rules import Situation
from booking.domain.spaces import Space
from booking.store.register import booking_rules_of

# Everything that a decision depends on, in one round trip. It is a statement of its own, after the locks: its snapshot
# is younger than the wait for them. `offset 0` is a fence: claims are looked up by the index, space by space, also by a
# plan that was made while there were none. A booking counts in the month of its start and, over midnight at the month's
# end, in the next; none is so long that it touches a third.
LOOK = """
with asked as materialized (
    select a.space, a.lo, a.hi, s.premises, s.leaves,
        tstzrange(a.lo - make_interval(mins => s.buffer_before), a.hi + make_interval(mins => s.buffer_after)) as during
    from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) a(space, lo, hi)
    join booking.space s using (space)
), here as (
    select premises, min(lo) as since from asked group by premises
)
select
    (select array_agg(row(s.space, s.premises, p.owner, p.unit, s.leaves, s.capacity,
            make_interval(mins => s.buffer_before), make_interval(mins => s.buffer_after), s.task,
            coalesce((s.about ->> 'minimum')::int, 1), (s.house_rules ->> 'version')::int,
            coalesce((s.house_rules ->> 'to_accept')::boolean, false), s.booking_rules::text))
        from here join booking.premises p using (premises) join booking.space s using (premises)
        where s.retired_at is null and p.retired_at is null) as spaces,
    (select array_agg(row(h.premises, h.valid_from, h.week::text)) from here join booking.hours h using (premises)
        where h.valid_from >= coalesce((select max(e.valid_from) from booking.hours e
            where e.premises = here.premises and e.valid_from < here.since::date), '-infinity')) as hours,
    (select array_agg(distinct row(c.space, lower(c.during), upper(c.during), lower(c.layer), upper(c.layer),
            case when c.of = any($7::uuid[]) then c.of end))
        from asked, unnest(asked.leaves) leaf, lateral (
            select * from booking.claim where space = leaf and during && asked.during
            offset 0
        ) c) as claims,
    (select array_agg(row(o.organisation, o.class, o.department)) from booking.organisation o
        where o.organisation = any($4::uuid[]) and o.verified) as proofs,
    (select array_agg(row(w.organisation, w.month, (select count(*) from booking.booking b
            where b.organisation = w.organisation and b.cancelled_at is null and b.ends > w.begins
            and b.month between (w.month - interval '1 month')::date and w.month)))
        from unnest($4::uuid[], $5::date[], $6::timestamptz[]) w(organisation, month, begins)
        where w.month is not null) as held,
    (select array_agg(nextval('booking.number')) from asked) as numbers
"""
WITHIN = """
select distinct c.space, lower(c.during), upper(c.during), lower(c.layer), upper(c.layer)
from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) w(space, lo, hi), lateral (
    select * from booking.claim where space = w.space and during && tstzrange(w.lo, w.hi) offset 0
) c
"""
WEEK = TypeAdapter(tuple[WeeklyHours, ...])


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the look found: the situation, and a number for each booking that may come of it."""

    situation: Situation
    numbers: list[int]


async def look(tx: Transaction, proposals: Sequence[Proposal]) -> Surroundings:
    """Tell what stands around the proposed spaces and slots, in whose place they come among it, and for the
    organisations and the quotas that they touch."""
    zone = tx.installation.time_zone
    asked = [one for proposal in proposals for one in proposal.occurrences]
    holders = list(dict.fromkeys(holder for proposal in proposals for holder in _holders(proposal, zone)))
    row = await tx.conn.fetchrow(
        LOOK,
        [one.space for one in asked],
        [one.slot.start for one in asked],
        [one.slot.end for one in asked],
        [organisation for organisation, _ in holders],
        [month for _, month in holders],
        [begins(month, zone) if month else None for _, month in holders],
        [one.id for one in asked if one.previous],
    )
    assert row is not None
    spaces = [_space(fields) for fields in row["spaces"] or ()]
    situation = Situation(
        tx.now,
        zone,
        {space.space: space for space in spaces},
        hours_by_premises(row["hours"] or (), zone),
        Claims(_claim(*fields) for fields in row["claims"] or ()),
        {organisation: Proof(class_, department) for organisation, class_, department in row["proofs"] or ()},
        {(organisation, month): count for organisation, month, count in row["held"] or ()},
    )
    return Surroundings(situation, row["numbers"] or [])


def _holders(proposal: Proposal, zone: ZoneInfo) -> Iterator[tuple[UUID, date | None]]:
    """Yield the organisations to look up, each with a month in which it counts, or None."""
    yield from proposal.quotas(zone)
    for other in proposal.coorganisers:
        if other.organisation:
            yield other.organisation, None


async def claims_within(conn: Connection, windows: Iterable[tuple[str, Slot]]) -> Claims:
    """Return the claims on leaf spaces that meet the windows."""
    unique = {(leaf, slot.start, slot.end) for leaf, slot in windows}
    if not unique:
        return Claims()
    return Claims(_claim(*row) for row in await conn.fetch(WITHIN, *map(list, zip(*unique, strict=True))))


def hours_by_premises(rows: Iterable[tuple[str, date, str]], zone: ZoneInfo) -> dict[str, Hours]:
    """Return hours from rows of premises, date and week as JSON."""
    weeks: dict[str, list[tuple[date, Sequence[WeeklyHours]]]] = {}
    for premises, valid_from, text in rows:
        weeks.setdefault(premises, []).append((valid_from, week(text)))
    return {premises: of_weeks(found, zone) for premises, found in weeks.items()}


@lru_cache(maxsize=1024)
def week(text: str) -> tuple[WeeklyHours, ...]:
    """Return a week from its JSON."""
    return WEEK.validate_json(text)


def _space(fields: Sequence[Any]) -> Space:
    space, premises, owner, unit, leaves, *rest, rules = fields
    return Space(space, premises, owner, unit, tuple(leaves), *[*rest, booking_rules_of(rules)])


def _claim(
    space: str, start: datetime, end: datetime, low: int | None, high: int | None, of: UUID | None = None
) -> Claim:
    return Claim(space, start, end, Layer(low, high), of)
