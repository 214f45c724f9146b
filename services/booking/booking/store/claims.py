"""Claims come and go here, and nowhere else: every path to a reservation passes the one constraint."""

import logging
from collections.abc import Sequence
from uuid import UUID

from chassis import Connection
from chassis.locks import StartOver

from booking.domain.claims import Claim

# With rivals in line behind the locks nothing can conflict here. Should a path have forgotten to lock, this form waits
# for the other's outcome and leaves out what is taken; a plain insert would end in a deadlock (ADR: locks first).
CLAIM = """
insert into booking.claim (of, space, during, layer)
select of, space, tstzrange(lo, hi), int8range(low, high)
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::bigint[])
    c(of, space, lo, hi, low, high)
order by space, lo
on conflict do nothing
returning 1
"""
RELEASE = "delete from booking.claim where of = any($1::uuid[])"

log = logging.getLogger("omatoimi")


async def claim(conn: Connection, claims: Sequence[tuple[UUID, Claim]]) -> None:
    """Write the claims of bookings and blocks, all or none: if one cannot stand although the look said so, a path did
    not lock. That is counted, and the transaction begins again."""
    if not claims:
        return
    rows = await conn.fetch(
        CLAIM,
        [of for of, _ in claims],
        [claim.space for _, claim in claims],
        [claim.start for _, claim in claims],
        [claim.end for _, claim in claims],
        [claim.layer.low for _, claim in claims],
        [claim.layer.high for _, claim in claims],
    )
    if len(rows) < len(claims):
        lost = await conn.fetchval("select nextval('booking.lost_claim')")
        log.error("a claim was lost after the look: some path did not lock", extra={"fields": {"lost_claims": lost}})
        raise StartOver


async def release(conn: Connection, of: Sequence[UUID]) -> None:
    """Give back everything that these bookings, holds or blocks claim."""
    if of:
        await conn.execute(RELEASE, of)
