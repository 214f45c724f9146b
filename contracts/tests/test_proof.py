"""The proof is what the README says: computed here as a stranger would, with the standard library."""

import hmac
import json
from pathlib import Path

from omatoimi_contracts.proof import proof, proof_key

VECTORS = json.loads((Path(__file__).parents[1] / "proof.json").read_text("utf-8"))


def test_the_proof_of_a_record_is_the_hmac_of_its_value_with_a_key_made_of_the_channels_key() -> None:
    for vector in VECTORS:
        own = hmac.digest(vector["key"].encode(), b"omatoimi-proof-v1", "sha256")
        lines = "".join(f"{name}:{told}\n" for name, told in sorted(vector["headers"].items()))
        assert own.hex() == vector["proof_key"]
        assert hmac.new(own, (lines + vector["value"]).encode(), "sha256").hexdigest() == vector["proof"]


def test_ours_is_the_same_whatever_else_stands_in_the_headers() -> None:
    for vector in VECTORS:
        headers = [(name.upper(), told.encode()) for name, told in reversed(vector["headers"].items())]
        given = proof(proof_key(vector["key"]), vector["value"].encode(), [*headers, ("x", b"any"), ("y", None)])
        assert given.decode() == vector["proof"]


def test_another_key_value_or_attribute_is_another_proof() -> None:
    structured, binary = VECTORS
    key = proof_key(structured["key"])
    headers = [(name, told.encode()) for name, told in binary["headers"].items()]
    value = binary["value"].encode()
    others = [
        proof(key, structured["value"].encode()),
        proof(proof_key("another"), structured["value"].encode()),
        proof(key, structured["value"].replace("12", "13").encode()),
        proof(key, value, headers),
        proof(key, value, headers[1:]),
        proof(key, value, [(headers[0][0], b"other"), *headers[1:]]),
        proof(key, value),
    ]
    assert len(set(others)) == len(others)
