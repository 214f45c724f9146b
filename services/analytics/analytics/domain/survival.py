"""How long things take when some of them are not finished yet (Kaplan and Meier 1958).

Leaving the open ones out would make a slow service look quick: only its quick cases are over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MEDIAN = Fraction(1, 2)
P90 = Fraction(9, 10)


@dataclass(frozen=True, slots=True)
class LifeTableRow:
    """After `minutes`, so many things were done and so many were still open when last seen."""

    minutes: Decimal
    done: int
    open: int


def quantile(ended: Iterable[LifeTableRow], share: Fraction) -> Decimal | None:
    """Return the time within which that share is done; None when the open ones leave it unknown.

    At one time, what is done comes before what was only seen so far. Exact: no rounding decides a tie.
    """
    rows = sorted(ended, key=lambda row: row.minutes)
    at_risk = sum(row.done + row.open for row in rows)
    surviving = Fraction(1)
    for row in rows:
        if row.done:
            surviving *= Fraction(at_risk - row.done, at_risk)
            if surviving <= 1 - share:
                return row.minutes
        at_risk -= row.done + row.open
    return None
