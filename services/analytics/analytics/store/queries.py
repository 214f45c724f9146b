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
AS_OF = "pg_temp, facts, analytics"


@dataclass(frozen=True, slots=True)
class Query:
    """A statement as PostgreSQL takes it, and the names of its parameters in order."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values of its parameters in order."""
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
    """Return the statement in a file, its parts filled in."""
    numbers = _Numbers(file.parent)
    sql = Template(file.read_text(encoding="utf-8")).substitute(numbers)
    return Query(sql, tuple(numbers.names))


SUMMED = """with subjects as (
{query}
), cells as (
    select dimension, key, numerator, denominator{parts} from subjects
    union all
    select '', '', 0, {below}{noughts}{codes}
)
select dimension, key, coalesce(sum(numerator), 0) as numerator, {denominator} as denominator,
    {told} as parts
from cells
group by dimension, key"""
"""The whole is there though nobody counts in it."""
CODE = """
    union all
    select '{dimension}', '{key}', 0, {below}{noughts}"""
OF_THE_WHOLE = """case when dimension in ({dimensions})
        then (select coalesce(sum(denominator), 0) from subjects where dimension = '') else sum(denominator) end"""
BESIDE = "case when dimension in ({dimensions}) then '{{}}' else {told} end"


def summed(
    subjects: Query,
    parts: Sequence[str],
    *,
    below: bool,
    codes: Mapping[str, Sequence[str]],
    of_the_whole: Sequence[str],
) -> Query:
    """Return the figure of a query of subjects: what they come to in each cell, with the counts that stand beside.

    `below` tells whether there is a denominator; `codes` which cells are there though nobody counts in them;
    `of_the_whole` in which dimensions the denominator is the whole's, and nothing stands beside."""
    columns = [f'"{name}"' for name in parts]
    nought = {"below": "0" if below else "null::numeric", "noughts": ", 0" * len(columns)}
    told = ", ".join(f"'{name}', coalesce(sum({column}), 0)" for name, column in zip(parts, columns, strict=True))
    told, denominator = f"jsonb_build_object({told})", "sum(denominator)"
    if of_the_whole:
        dimensions = ", ".join(f"'{name}'" for name in of_the_whole)
        told = BESIDE.format(dimensions=dimensions, told=told)
        denominator = OF_THE_WHOLE.format(dimensions=dimensions)
    sql = SUMMED.format(
        query=subjects.sql.rstrip(),
        parts="".join(f", {column}" for column in columns),
        codes="".join(CODE.format(dimension=name, key=key, **nought) for name, keys in codes.items() for key in keys),
        denominator=denominator,
        told=told,
        **nought,
    )
    return Query(sql, subjects.names)
