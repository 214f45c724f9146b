"""Prove that a record on a request topic comes from the channel that it names as its source.

Kafka tells a reader not who wrote a record, and whoever may write a topic may write any source.
"""

import hmac
from collections.abc import Iterable

HEADER = "omatoimi-proof"
PURPOSE = b"omatoimi-proof-v1"


def proof_key(key: str) -> bytes:
    """Tell what a channel proves with, derived from its API key: whoever holds it cannot ask over HTTP with it."""
    return hmac.digest(key.encode(), PURPOSE, "sha256")


def proof(proof_key: bytes, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] = ()) -> bytes:
    """Tell what the header `omatoimi-proof` of a record holds: the HMAC-SHA-256 of its value in hexadecimal digits. In
    binary mode a line for each attribute stands before the value, `ce_id:…`, by name."""
    attributes = sorted((f"ce_{name[3:].lower()}".encode(), told or b"") for name, told in headers if ours(name))
    lines = [name + b":" + told + b"\n" for name, told in attributes]
    return hmac.digest(proof_key, b"".join([*lines, value or b""]), "sha256").hex().encode()


def ours(name: str) -> bool:
    """Tell whether a header holds an attribute of the event."""
    return name.lower().startswith(("ce_", "ce-"))
