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


@dataclass(frozen=True, slots=True)
class Fold:
    """One table of facts: the statement that folds records into it, and the event types that it folds (none: all)."""

    table: str
    query: Query
    types: frozenset[str]


def _fold(file: Path) -> Fold:
    query = queries.load(file)
    named = _TYPES.search(query.sql)
    return Fold(file.stem, query, frozenset(f"omatoimi.{name}.v1" for name in (named[1].split() if named else ())))


FOLDS = tuple(_fold(file) for file in sorted(_FOLDER.glob("[a-z]*.sql")))


async def fold(conn: Connection, since: int, types: Iterable[str] | None = None) -> None:
    """Fold what came after the ledger's row `since` into the facts that `search_path` names; `types` are those among
    the new records, where known."""
    present = None if types is None else frozenset(types)
    for each in FOLDS:
        if present is None or not each.types or each.types & present:
            given = {"since": since, "types": sorted(each.types)}
            await conn.execute(each.query.sql, *each.query.arguments(given), timeout=PATIENCE)
