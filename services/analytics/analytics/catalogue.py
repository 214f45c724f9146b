"""The catalogue: each metric is a card (`metrics/M27.yaml`, after ISO 11620) and one query of the subjects that each of
its cells counts (`metrics/M27.subjects.sql`), of which the figure is the sum; nothing else computes it. Page, report,
API and topic read the same. Where a figure is no sum of its subjects, a query of its own (`metrics/M17.sql`)
computes it.

A changed rule is a new `definition` number (R17); the digest shows when somebody forgot.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from analytics.domain.figures import Counting, MetricKind
from analytics.store import queries
from analytics.store.queries import Query

LANGUAGES = ("fi", "sv", "en")
FIRST_SCREEN = ("M03", "M01", "M17", "M12", "M37", "M10", "M52")

_FOLDER = Path(__file__).parent / "metrics"


class Card(BaseModel):
    """What a reader must know of a metric, in one language; its fields are those of ISO 11620. `finding` is the
    sentence that tells a figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    finding: str
    objective: str
    scope: str
    definition: str
    method: str
    interpretation: str
    source: str
    numerator: str
    denominator: str


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    metric: str
    definition: int
    kind: MetricKind
    cases: bool
    persons: bool = False
    measure: str
    dimensions: tuple[str, ...]
    codes: dict[str, tuple[str, ...]] = {}
    """By dimension, the codes that stand there though nobody counts in them."""
    of_the_whole: tuple[str, ...] = ()
    """The dimensions whose cells have what is below the whole below them, and no counts beside."""
    parts: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...]
    rules: tuple[str, ...]
    events: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    card: dict[str, Card]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: how it is counted, what it counts (`measure`), the counts that stand beside (`parts`), the counting
    rules it follows, its cards by language, its query, the SHA-256 of what defines it (the numbers and the query, not
    the words), the query of the subjects that each cell counts (None: it counts the records themselves), the types of
    the events that tell of them, and those of the events that this query names one by one, by `source` and `id`."""

    counting: Counting
    measure: str
    parts: tuple[str, ...]
    rules: tuple[str, ...]
    cards: Mapping[str, Card]
    query: Query
    digest: str
    subjects: Query | None
    events: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.counting.metric


@cache
def metrics() -> dict[str, Metric]:
    """Return all metrics by id, in order."""
    return {file.stem: _metric(file) for file in sorted(_FOLDER.glob("M*.yaml"))}


def _metric(file: Path) -> Metric:
    told = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    subjects = file.with_suffix(".subjects.sql")
    behind = queries.load(subjects) if subjects.exists() else None
    own = file.with_suffix(".sql")
    if own.exists():
        query = queries.load(own)
    elif behind is None:
        raise ValueError(f"{file.name} has no query: write {subjects.name}, the subjects that each cell counts")
    else:
        query = queries.summed(
            behind, told.parts, below=told.kind == "share", codes=told.codes, of_the_whole=told.of_the_whole
        )
    needs = tuple(frozenset(f"omatoimi.{name}.v1" for name in group) for group in told.needs)
    counting = Counting(told.metric, told.definition, told.kind, told.cases, told.dimensions, needs, told.persons)
    # What was added to the cards later is no change of the definitions that do without.
    without = {"card", "events", "named"} | {
        name for name in ("persons", "codes", "of_the_whole") if not getattr(told, name)
    }
    defining = told.model_dump_json(exclude=without) + query.sql
    digest = hashlib.sha256(defining.encode()).hexdigest()
    events, named = (tuple(f"omatoimi.{name}.v1" for name in types) for types in (told.events, told.named))
    return Metric(counting, told.measure, told.parts, told.rules, told.card, query, digest, behind, events, named)
