"""What of the ledger is in quarantine, by reason."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypedDict

from chassis import Connection

OF_EACH = 3
"""So many records of a reason are shown, the newest."""
RECENT = timedelta(days=7)
"""So long somebody is shown at the desk that there is something new: what is in quarantine stays there."""

LIST = """
with each as (
    select number, log, partition, "offset", timestamp, reason,
        row_number() over (partition by reason order by number desc) as nth,
        count(*) over kind as records,
        count(*) filter (where timestamp >= $2) over kind as open,
        min(timestamp) over kind as first_at
    from analytics.ledger where class = 'quarantined'
    window kind as (partition by reason)
)
select *, max(number) over (partition by reason) as newest from each where nth <= $1 order by newest desc, number desc
"""
RECENT_ONES = "select count(*) from analytics.ledger where class = 'quarantined' and timestamp >= $1"


class QuarantinedRecord(TypedDict):
    """Where a record stands that no figure counts, and from when it is."""

    number: int
    topic: str
    partition: int
    offset: int
    at: str


class QuarantinedKind(TypedDict):
    """Why records are in quarantine: in words, how many, how many of them lately (`open`), and the last of them. The
    names are those of what other services put aside."""

    code: str
    reason: str
    count: int
    open: int
    first_at: str
    last_at: str
    letters: list[QuarantinedRecord]


async def recent(conn: Connection, now: datetime) -> int:
    """Tell how many records came into quarantine lately."""
    found: int = await conn.fetchval(RECENT_ONES, _since(now))
    return found


async def kinds(conn: Connection, words: Mapping[str, str], now: datetime) -> list[QuarantinedKind]:
    """Return the reasons, the one with the newest record first, each with its last records."""
    rows = await conn.fetch(LIST, OF_EACH, _since(now))
    found: list[QuarantinedKind] = []
    for reason, group in groupby(rows, key=lambda row: row["reason"]):
        records = list(group)
        found.append(
            {
                "code": reason,
                "reason": words[f"quarantine.{reason}"],
                "count": records[0]["records"],
                "open": records[0]["open"],
                "first_at": _moment(records[0]["first_at"]),
                "last_at": _moment(records[0]["timestamp"]),
                "letters": [
                    {
                        "number": row["number"],
                        "topic": row["log"].partition(".log")[0],
                        "partition": row["partition"],
                        "offset": row["offset"],
                        "at": _moment(row["timestamp"]),
                    }
                    for row in records
                ],
            }
        )
    return found


def _since(now: datetime) -> int:
    return int((now - RECENT).timestamp() * 1000)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
