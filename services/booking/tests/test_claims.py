"""The table's constraint and the rules say the same of claims."""

import random
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from booking.domain.claims import BLOCK, CORE, Claim, Claims, buffer
from omatoimi_contracts.requests import CancellationRequested

from tests.kits.booking import City, at, booking_request, verdict

INSERT = "insert into booking.claim values ($1, $2, tstzrange($3, $4), int8range($5, $6))"


async def test_what_the_rules_say_excludes_each_other_the_table_refuses_and_nothing_else(city: City) -> None:
    seed = 4
    print(f"seed {seed}")
    chance = random.Random(seed)
    standing, refused = Claims(), 0
    for _ in range(600):
        start = at(8) + timedelta(minutes=chance.randrange(600))
        layer = chance.choice([CORE, BLOCK, buffer(chance.randrange(1, 6)), buffer(chance.randrange(1, 6))])
        end = start + timedelta(minutes=chance.randrange(1, 40))
        claim = Claim(chance.choice("ab"), start, end, layer)
        try:
            await city.conn.execute(INSERT, uuid4(), claim.space, claim.start, claim.end, *claim.layer)
            taken = False
            standing.add([claim])
        except asyncpg.ExclusionViolationError:
            taken = True
            refused += 1
        assert standing.exclude([claim]) or taken
        assert taken == Claims(c for c in standing.on(claim.space) if c is not claim).exclude([claim])
    assert 100 < refused < 500


@pytest.mark.parametrize(
    ("start", "end", "answer"),
    [
        (11.5, 12.5, "confirmed"),
        (11.25, 12.5, "taken"),
        (8.5, 9.5, "confirmed"),
        (8.5, 9.75, "taken"),
        (10, 11, "taken"),
        (9.5, 11.5, "taken"),
        (10.25, 10.75, "taken"),
        (10.75, 11.75, "taken"),
    ],
)
async def test_buffers_of_two_bookings_may_overlap_and_a_buffer_and_a_booking_may_not(
    city: City, start: float, end: float, answer: str
) -> None:
    """The studio asks for 15 minutes before and 30 after: between two bookings lie 30."""
    await city.booked("studio", at(10), at(11))
    assert verdict(await city.book("studio", at(start), at(end))) == answer
    assert verdict((await city.ask_all([booking_request("studio", at(start, 3), at(end, 3))]))[0]) == "confirmed"
    (other,) = [*await city.ask_all([booking_request("studio", at(10, 3), at(11, 3))])]
    assert verdict(other) == answer


async def test_what_is_given_back_is_free_at_once_with_its_buffers(city: City) -> None:
    booking = await city.booked("studio", at(10), at(11))
    await city.ask(CancellationRequested(booking=booking))
    assert await city.conn.fetchval("select count(*) from booking.claim") == 0
    await city.booked("studio", at(10.5), at(11.5))
