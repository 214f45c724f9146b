"""Bookings that are hearings on a case, from booking's own facts."""

from collections.abc import Collection
from uuid import UUID

import asyncpg
from chassis import Connection

from decisions.domain.hearing import Hearing

# A copy may follow at any time: what is not newer changes nothing.
LEARN = """
insert into decisions.hearing as h (booking, case_key, premises, spaces, starts, ends, sequence, cancelled)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (booking) do update set case_key = excluded.case_key, premises = excluded.premises,
    spaces = excluded.spaces, starts = excluded.starts, ends = excluded.ends, sequence = excluded.sequence,
    cancelled = excluded.cancelled
where h.sequence < excluded.sequence
returning true
"""


async def apply(conn: Connection, hearing: Hearing) -> bool:
    """Keep the newest state of a hearing; False when we knew as much."""
    return bool(
        await conn.fetchval(
            LEARN,
            UUID(hearing.booking),
            hearing.case,
            hearing.premises,
            hearing.spaces,
            hearing.starts,
            hearing.ends,
            hearing.sequence,
            hearing.cancelled,
        )
    )


async def of_cases(conn: Connection, cases: Collection[str]) -> list[Hearing]:
    """Return the hearings on these cases, cancelled ones too."""
    rows = await conn.fetch(
        "select * from decisions.hearing where case_key = any($1::text[]) order by starts, booking", list(cases)
    )
    return [_hearing(row) for row in rows]


def _hearing(row: asyncpg.Record) -> Hearing:
    return Hearing(
        booking=str(row["booking"]),
        case=row["case_key"],
        premises=row["premises"],
        spaces=tuple(row["spaces"]),
        starts=row["starts"],
        ends=row["ends"],
        sequence=row["sequence"],
        cancelled=row["cancelled"],
    )
