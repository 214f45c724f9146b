"""The facts: what the records of the ledger come to. One set of statements folds them, whatever is folded:

new records into the facts as they are, in the transaction that writes the ledger; all records up to an earlier
position, into temporary tables; all records anew, to compare. Each statement computes the state of the subjects that
are touched from all their records, so order and copies cannot matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chassis import Connection

from analytics.store import queries
from analytics.store.queries import Query

PATIENCE = 60.0
"""Seconds for a statement of a report or a rebuild; a handler's have five."""

_FOLDER = Path(__file__).parent.parent / "facts"
_TYPES = re.compile(r"^-- types: (.+)$", re.MULTILINE)
_READS = re.compile(r"json_to_record\(data\(raw\)\) as told\([^)]*\)")

# Those that a later event of the same subject overtakes are the only ones that no fold reads.
OVERTAKEN = """
select count(told) from (
    select raw from (select * from ledger where number > $1 offset 0) fresh
    where class = 'folded' and type = any($2::text[]) and exists (
        select from ledger later
        where later.subject = fresh.subject and later.class = 'folded' and later.type = any($2::text[])
            and (later.sequence, later.time, later.id) > (fresh.sequence, fresh.time, fresh.id)
    )
    offset 0
) overtaken,
"""


@dataclass(frozen=True, slots=True)
class Fold:
    """One table of facts: the statement that folds records into it, the event types that it folds (none: all), and the
    statement that reads what the fold would read of records that are overtaken (none where it has no such)."""

    table: str
    query: Query
    types: frozenset[str]
    overtaken: str | None


def _fold(file: Path) -> Fold:
    query = queries.load(file)
    named, reads = _TYPES.search(query.sql), _READS.search(query.sql)
    types = frozenset(f"omatoimi.{name}.v1" for name in (named[1].split() if named else ()))
    # What begins with its subjects may leave some of their records unread; all others read each record.
    by_subject = reads and ("touched as (" in query.sql or "ranked as (" in query.sql)
    return Fold(file.stem, query, types, OVERTAKEN + reads[0] if reads and by_subject else None)


FOLDS = tuple(_fold(file) for file in sorted(_FOLDER.glob("[a-z]*.sql")))


async def fold(conn: Connection, since: int, types: Iterable[str] | None = None) -> None:
    """Fold what came after the ledger's row `since` into the facts that `search_path` names; `types` are those among
    the new records, where known."""
    present = None if types is None else frozenset(types)
    for each in FOLDS:
        if present is None or not each.types or each.types & present:
            given = {"since": since, "types": sorted(each.types)}
            await conn.execute(each.query.sql, *each.query.arguments(given), timeout=PATIENCE)


async def read_overtaken(conn: Connection, since: int, types: Iterable[str]) -> None:
    """Read what came after the ledger's row `since` and was overtaken at once as a fold would: whether the facts can
    hold a record must not depend on what stands beside it. Raises what PostgreSQL does when they cannot."""
    present = frozenset(types)
    for each in FOLDS:
        if each.overtaken and each.types & present:
            await conn.execute(each.overtaken, since, sorted(each.types), timeout=PATIENCE)
