"""A request is known by the digest of its canonical JSON (RFC 8785), whoever computes it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from chassis.inbox import digest
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.catalogue import TYPES, topics_of
from omatoimi_contracts.codec import read
from omatoimi_contracts.topics import TOPICS

CONTRACTS = Path(__file__).parents[3] / "contracts"
EXAMPLES = sorted(
    path
    for path in (CONTRACTS / "examples").glob("*/*.json")
    if not all(TOPICS[topic].compacted for topic in topics_of(TYPES[path.parent.name]))
)
FEEDBACK = json.loads((CONTRACTS / "examples" / "omatoimi.feedback.requested.v1" / "full.json").read_bytes())


def by_the_book(raw: bytes) -> bytes:
    event = read(raw)
    data = event.data.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(rfc8785.dumps({"type": event.type, "subject": event.data.subject(), "data": data})).digest()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_digest_of_an_event_is_that_of_its_canonical_json(path: Path) -> None:
    raw = path.read_bytes()
    assert digest(read(raw)) == by_the_book(raw)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50))
def test_whatever_people_write_has_one_digest(text: str) -> None:
    raw = json.dumps({**FEEDBACK, "data": {**FEEDBACK["data"], "text": f"x{text}"}}).encode()
    assert digest(read(raw)) == by_the_book(raw)


def fractions(schema: Any) -> bool:
    """Whether a schema has numbers that may be told in more than one way."""
    if isinstance(schema, dict):
        return schema.get("type") == "number" or any(map(fractions, schema.values()))
    return isinstance(schema, list) and any(map(fractions, schema))


def test_no_event_that_is_known_by_its_digest_has_a_fraction() -> None:
    """They are written in more than one way; what stands on a compacted topic is known by its place alone."""
    with_fractions = [kind for kind in TYPES.values() if fractions(kind.model_json_schema())]
    assert with_fractions
    assert all(TOPICS[topic].compacted for kind in with_fractions for topic in topics_of(kind))
