"""How sure a share is when few cases stand behind it (R15)."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

SMALL = 30
"""Below so many cases a share is told as "7 / 12", with its interval."""

_Z = Decimal("1.959963984540054")
_FOUR = Decimal("0.0001")


def wilson(successes: int, cases: int) -> tuple[Decimal, Decimal]:
    """Return the 95 % interval of a share (Wilson 1927), to four decimals; `cases` is at least 1 and at least
    `successes`."""
    with localcontext(Context(prec=40, rounding=ROUND_HALF_EVEN)):
        share, n, z2 = Decimal(successes) / cases, Decimal(cases), _Z * _Z
        centre = share + z2 / (2 * n)
        spread = _Z * (share * (1 - share) / n + z2 / (4 * n * n)).sqrt()
        width = 1 + z2 / n
        low, high = (centre - spread) / width, (centre + spread) / width
        return max(low, Decimal(0)).quantize(_FOUR), min(high, Decimal(1)).quantize(_FOUR)
