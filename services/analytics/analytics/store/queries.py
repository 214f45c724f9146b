"""SQL in files of its own, with named parameters (`$start`) and shared parts (`$openings` is `_openings.sql`).

Tables stand without a schema: the same text reads the facts as they are (schema `facts`) and as they were at an earlier
position of the log (temporary tables of the same names). `search_path` tells which; it is always set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

LIVE = "facts, analytics, pg_temp"
SHADOW = "pg_temp, facts, analytics"


@dataclass(frozen=True, slots=True)
class Query:
    """A statement as PostgreSQL takes it, and the names of its parameters in order."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """The values of its parameters in order."""
        return [given[name] for name in self.names]


class _Numbers(dict[str, str]):
    """Numbers the parameters as they are met, and fills in the shared parts."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.names: list[str] = []

    def __missing__(self, name: str) -> str:
        part = self.folder / f"_{name}.sql"
        if part.exists():
            self[name] = Template(part.read_text(encoding="utf-8").rstrip()).substitute(self)
        else:
            self.names.append(name)
            self[name] = f"${len(self.names)}"
        return self[name]


def load(file: Path) -> Query:
    """The statement in a file, its parts filled in."""
    numbers = _Numbers(file.parent)
    sql = Template(file.read_text(encoding="utf-8")).substitute(numbers)
    return Query(sql, tuple(numbers.names))


SUMMED = """with subjects as (
{query}
), cells as (
    select dimension, key, numerator, denominator{parts} from subjects
    union all
    select '', '', 0, {below}{noughts}
)
select dimension, key, coalesce(sum(numerator), 0) as numerator, sum(denominator) as denominator,
    jsonb_build_object({told}) as parts
from cells
group by dimension, key"""
"""The whole is there though nobody counts in it."""


def summed(subjects: Query, parts: Sequence[str], *, below: bool) -> Query:
    """Return the figure of a query of subjects: what they come to in each cell, with the counts that stand beside.
    `below` tells whether there is a denominator."""
    columns = [f'"{name}"' for name in parts]
    sql = SUMMED.format(
        query=subjects.sql.rstrip(),
        parts="".join(f", {column}" for column in columns),
        noughts=", 0" * len(columns),
        below="0" if below else "null::numeric",
        told=", ".join(f"'{name}', coalesce(sum({column}), 0)" for name, column in zip(parts, columns, strict=True)),
    )
    return Query(sql, subjects.names)
