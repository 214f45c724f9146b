"""The core that every reservation goes through, asked as the callers to come will ask: several slots and spaces at
once, holds that become bookings, series that move."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from booking.domain.proposals import Occurrence, Previous, Proposal, ProposalKind
from booking.reserving import Verdict, reserve
from booking.store.locks import of_proposals
from chassis import Transaction
from omatoimi_contracts.vocabulary import AskedOrganiser, Slot

from tests.kits.booking import City, at, booking_request, verdict


def _slot(start: float, end: float, day: int = 2) -> Slot:
    return Slot(start=at(start, day), end=at(end, day))


@asynccontextmanager
async def _transaction(city: City) -> AsyncIterator[tuple[Transaction, list[str]]]:
    """A transaction, and the statements that it has sent."""
    sent: list[str] = []
    async with city.services[0].pool.acquire() as conn, conn.transaction():
        conn.add_query_logger(log := lambda query: sent.append(query.query))
        try:
            yield city.services[0].transaction(conn), sent
        finally:
            conn.remove_query_logger(log)


async def _reserve(city: City, *proposals: Proposal, offer: bool = False) -> list[Verdict]:
    async with _transaction(city) as (tx, _):
        return await reserve(tx, proposals, offer=offer)


async def _claims(city: City) -> list[tuple[UUID, str]]:
    """Whose claims stand, and where."""
    rows = await city.conn.fetch("select of, space from booking.claim order by space, during")
    return [(row["of"], row["space"]) for row in rows]


async def test_several_slots_in_several_spaces_are_claimed_all_or_none(city: City) -> None:
    wanted = (
        Occurrence("hall", _slot(10, 11)),
        Occurrence("club", _slot(10, 11)),
        Occurrence("hall", _slot(10, 11, 3)),
    )
    (verdict,) = await _reserve(city, Proposal(wanted))
    assert verdict.rule is None
    ids = [one.id for one in verdict.occurrences]
    assert len(set(ids)) == 3
    assert sorted(await _claims(city)) == sorted(
        [(ids[1], "club")] + [(id_, leaf) for id_ in (ids[0], ids[2]) for leaf in ("room-a", "room-b", "room-c")]
    )

    fits, taken = Occurrence("gym", _slot(10, 11)), Occurrence("room-b", _slot(10.5, 12, 3))
    (verdict,) = await _reserve(city, Proposal((fits, taken)), offer=True)
    assert verdict.rule is not None
    assert (verdict.rule.code, verdict.rule.version, verdict.slot) == ("taken", 1, taken.slot)
    assert [one.space for one in verdict.alternatives] == ["studio", "room-b", "room-b"]
    assert len(await _claims(city)) == 7


async def test_each_proposal_of_a_call_has_its_own_verdict_and_sees_what_those_before_it_got(city: City) -> None:
    one, two = Occurrence("room-a", _slot(10, 11)), Occurrence("room-a", _slot(10.5, 12))
    verdicts = await _reserve(
        city, *(Proposal((wanted,)) for wanted in (one, two, Occurrence("cellar", one.slot), one))
    )
    codes = [verdict.rule.code if verdict.rule else None for verdict in verdicts]
    assert codes == [None, "taken", "unknown-space", "taken"]


async def test_a_hold_keeps_others_out_and_becomes_the_booking_under_its_own_id(city: City) -> None:
    wanted = Occurrence("studio", _slot(10, 11))
    (held,) = await _reserve(city, Proposal((wanted,), ProposalKind.HOLD))
    (rival,) = await _reserve(city, Proposal((wanted,)))
    assert rival.rule is not None
    (hold,) = held.occurrences
    previous = Previous(hold.space.premises, hold.space.leaves, hold.slot)
    (taken,) = await _reserve(city, Proposal((Occurrence("studio", hold.slot, previous, hold.id, hold.number),)))
    assert taken.rule is None
    assert [one.id for one in taken.occurrences] == [hold.id]
    assert await _claims(city) == [(hold.id, "studio")] * 3


async def test_a_series_moves_into_its_own_time_or_stays_where_it_was(city: City) -> None:
    organisation = uuid4()
    await city.verify(organisation)
    organiser = AskedOrganiser(organisation=organisation)
    slots = [_slot(hour, hour + 1) for hour in (10, 11, 12)]
    (series,) = await _reserve(city, Proposal(tuple(Occurrence("gym", slot) for slot in slots), organiser=organiser))
    assert series.organiser.class_ == "association"

    def later(hours: float) -> Proposal:
        by = timedelta(hours=hours)
        moved = [
            Occurrence(
                "gym",
                Slot(start=one.slot.start + by, end=one.slot.end + by),
                Previous("school", one.space.leaves, one.slot),
                one.id,
                one.number,
            )
            for one in series.occurrences
        ]
        return Proposal(tuple(moved), organiser=series.organiser)

    await city.booked("gym", at(15), at(16))
    before = await _claims(city)
    (too_far,) = await _reserve(city, later(3))
    assert too_far.rule is not None
    assert await _claims(city) == before
    (moved,) = await _reserve(city, later(1))
    assert moved.rule is None
    starts = await city.conn.fetch("select lower(during) from booking.claim where space = 'gym' order by 1")
    assert [row["lower"] for row in starts] == [at(11), at(12), at(13), at(15)]


async def test_the_locks_of_proposals_are_every_leaf_and_every_quota_that_they_touch(city: City) -> None:
    organisation = uuid4()
    moves = Occurrence("hall", _slot(22, 25, 31), Previous("library", ("studio",), _slot(10, 11, 61)), uuid4(), 1)
    proposals = [
        Proposal((moves,), organiser=AskedOrganiser(organisation=organisation)),
        Proposal((Occurrence("gym", _slot(10, 11)), Occurrence("cellar", _slot(10, 11))), ProposalKind.BLOCK),
    ]
    keys = await of_proposals(city.services[0].transaction(city.conn), proposals)
    assert keys == {("space", leaf) for leaf in ("room-a", "room-b", "room-c", "studio", "gym", "cellar")} | {
        ("quota", f"{organisation}/{month}") for month in ("2026-12", "2027-01")
    }


@pytest.mark.parametrize("count", [1, 20])
async def test_a_call_costs_two_statements_however_much_is_proposed(city: City, count: int) -> None:
    """A look and the claims; one more where something is given back, and one where alternatives are asked for."""
    slots = [_slot(8 + n / 2, 8.5 + n / 2) for n in range(count)]
    async with _transaction(city) as (tx, sent):
        # A connection first asks what the types of the tables are.
        for _ in range(2):
            await reserve(tx, [Proposal((Occurrence("club", slots[0]),))], offer=True)
        sent.clear()
        verdicts = await reserve(tx, [Proposal((Occurrence("hall", slot),)) for slot in slots], offer=True)
        assert [verdict.rule for verdict in verdicts] == [None] * count
        assert len(sent) == 2, sent
        again: Sequence[Proposal] = [Proposal((Occurrence("hall", slot),)) for slot in slots]
        assert all(verdict.rule for verdict in await reserve(tx, again, offer=True))
        assert len(sent) == 4, sent


@pytest.mark.parametrize("count", [2, 20])
async def test_a_batch_of_bookings_costs_what_it_did(city: City, count: int) -> None:
    """Locks asked twice and held, inbox, look, claims, bookings, tasks, counters, codes, outbox, outcomes: fourteen
    with the transaction, whatever the number."""
    await city.booked("gym", at(18), at(19))
    items = [city.request(booking_request("gym", at(8, day), at(9, day))) for day in range(2, 2 + count)]
    sent: list[str] = []
    async with city.services[0].pool.acquire() as conn:
        conn.add_query_logger(lambda query: sent.append(query.query))
    told = await city.apply(items)
    assert [verdict(one.answer) for one in told if one.answer] == ["confirmed"] * count
    assert len(sent) <= 14, sent
