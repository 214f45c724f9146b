"""Charts as SVG: bars by day, with the same numbers as the table beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from analytics.domain.figures import Figure
from analytics.domain.period import Period

LONGEST = 92
"""Days; a chart of more would show hair, not bars."""
HEIGHT = 100
STEP, WIDTH = 10, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's bar: whole units from the left and from the foot, and the day and its place among the rows."""

    x: int
    height: int
    key: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over a period; `top` is the value that reaches the upper edge."""

    bars: Sequence[Bar]
    width: int
    top: int | Decimal


def by_day(figure: Figure, period: Period) -> Chart | None:
    """Return the bars of a figure's days; None where it has none, or too many."""
    days = {row.key: row.value for row in figure.rows if row.dimension == "day" and row.value}
    length = (period.end - period.first).days
    if not days or length > LONGEST:
        return None
    top = max(days.values())
    found = []
    for number in range(length):
        key = str(period.first + timedelta(days=number))
        if value := days.get(key):
            found.append(Bar(number * STEP + 1, max(1, int(value * HEIGHT / top)), key))
    return Chart(found, length * STEP, top)
