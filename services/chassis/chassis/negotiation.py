"""What a reader would rather have: the Accept headers of RFC 9110, with their weights."""

import re
from collections.abc import Iterable, Sequence

_WEIGHT = re.compile(r";\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def weighted(header: str) -> list[tuple[str, float]]:
    """Return the ranges of an Accept header in lower case, each with its weight; what has no weight that can be read
    has 1."""
    told = []
    for part in header.split(","):
        if name := part.partition(";")[0].strip().lower():
            found = _WEIGHT.search(part)
            told.append((name, float(found[1]) if found else 1.0))
    return told


def language_of(header: str, offered: Sequence[str]) -> str:
    """Return the offered language that is asked for first, by lookup (RFC 4647, 3.4): `sv-FI` is `sv`, and `fil` is no
    `fi`. The first of those offered when none is asked for; one with the weight 0 is not wanted."""
    ranges = weighted(header)
    refused = {name for name, weight in ranges if not weight}
    for name, weight in sorted(ranges, key=lambda one: -one[1]):
        subtags = name.split("-")
        for length in range(len(subtags), 0, -1):
            found = "-".join(subtags[:length])
            if weight and found in offered and found not in refused:
                return found
    return next((one for one in offered if one not in refused), offered[0])


def media_type_of(header: str, offered: Iterable[str]) -> str | None:
    """Return the offered media type with the highest weight, the first of those that have it; None when none is wanted.
    Of ranges that fit a type the narrowest counts (RFC 9110, 12.5.1). Without a header anything is."""
    ranges = dict(reversed(weighted(header))) or {"*/*": 1.0}

    def weight(media: str) -> float:
        kind = media.partition("/")[0]
        return next((ranges[one] for one in (media, f"{kind}/*", "*/*") if one in ranges), 0.0)

    best = max(offered, key=weight)
    return best if weight(best) else None


def takes_gzip(header: str) -> bool:
    """Tell whether a body may be compressed: gzip is asked for, by its name or as any, and not with the weight 0.
    Without a header it is not: who cannot unpack says nothing either."""
    weights = {name.removeprefix("x-"): weight for name, weight in weighted(header)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0
