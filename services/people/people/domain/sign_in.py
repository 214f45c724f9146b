"""What a sign-in proves: read from the claims of the identity provider's token each time anew, and never kept.

The claims are those of Helsinki-tunnistus: `amr` (a text or a list), `loa`, a list of groups. What is missing proves
nothing: no method, the lowest level of assurance, no role.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

R = TypeVar("R")

LEVELS = ("low", "substantial", "high")
"""The levels of assurance, the lowest first. What is unknown or missing is the lowest."""


def texts(claim: Any) -> tuple[str, ...]:
    """Return a claim that is a text or a list of texts, as such a list; nothing of what is neither."""
    if isinstance(claim, str):
        return tuple(claim.split())
    return tuple(one for one in claim if isinstance(one, str)) if isinstance(claim, list) else ()


def level(claim: Any) -> str:
    """Return the level of assurance (tunnistustaso) that a claim tells."""
    return claim if claim in LEVELS else LEVELS[0]


def roles(
    claims: Mapping[str, Any], claim: str, staff_by: Collection[str], mapping: Mapping[str, Sequence[R]]
) -> list[R]:
    """Return what a member of staff is, by the groups of this very token, each once. Nobody is staff who did not sign
    in as staff just now, and a group that is not told gives nothing."""
    if not set(texts(claims.get("amr"))) & set(staff_by):
        return []
    groups = claims.get(claim)
    told = [one for one in groups if isinstance(one, str)] if isinstance(groups, list) else []
    return _each_once(role for group in told for role in mapping.get(group, ()))


def _each_once(found: Iterable[R]) -> list[R]:
    return list(dict.fromkeys(found))
