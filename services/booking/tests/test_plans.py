"""What a decision reads does not grow with the bookings, also by a plan that was made when the database knew of few:
booking's sessions plan a statement once, and nothing replaces the plan before the database next analyses its tables."""

from booking.domain.proposals import Occurrence, Proposal
from booking.store.bookings import find_all
from booking.store.locks import of_bookings
from booking.store.look import claims_within, look
from chassis import Connection
from omatoimi_contracts.requests import CancellationRequested
from omatoimi_contracts.vocabulary import Slot

from tests.kits.booking import STAFF, City, at

MANY = 3_000
BOOKINGS = """
insert into booking.booking
select (jsonb_populate_record(b, jsonb_build_object('booking', gen_random_uuid(), 'number', b.number + n))).*
from booking.booking b, generate_series(1, $1::int) n
"""
CLAIMS = """
insert into booking.claim
select gen_random_uuid(), 'elsewhere', tstzrange(now() + n * interval '1 hour', now() + (n + 1) * interval '1 hour'),
    int8range(null, null)
from generate_series(1, $1::int) n
"""
READ = """
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int from pg_stat_xact_user_tables
where schemaname = 'booking' and relname in ('booking', 'claim', 'task')
"""


async def test_what_a_decision_reads_does_not_grow_with_the_bookings(city: City) -> None:
    slot = Slot(start=at(18), end=at(19))
    booking = await city.booked("studio", slot.start, slot.end)

    async def decide(conn: Connection) -> int:
        """Read all that decisions read; returns how many rows of bookings and claims that were."""
        async with conn.transaction():
            before = await conn.fetchval(READ)
            tx = city.services[0].transaction(conn)
            await look(tx, [Proposal((Occurrence("studio", slot),))])
            await claims_within(conn, [("studio", slot)])
            await find_all(conn, [booking])
            await of_bookings(tx, [city.request(CancellationRequested(booking=booking), STAFF)])
            return int(await conn.fetchval(READ) - before)

    async with city.services[0].pool.acquire() as conn:
        await city.conn.execute("analyze booking.booking, booking.claim, booking.task")
        among_few = await decide(conn)
        await city.conn.execute(BOOKINGS, MANY)
        await city.conn.execute(CLAIMS, MANY)
        assert await decide(conn) == among_few > 0
