"""Tell things by the digest of their canonical JSON (RFC 8785), as events name words that they must not hold.

Whoever reads such a digest can compute it again, in any language. What stays within one service, and only tells it
whether something has changed, needs no canonical form.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def canonical(document: Mapping[str, object]) -> bytes:
    """Return the canonical JSON (RFC 8785) of a document."""
    plain: dict[str, Any] = {**document}
    return rfc8785.dumps(plain)


def digest(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of the canonical JSON of a document, in hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()
