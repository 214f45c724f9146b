"""Our own tokens: the keys that sign them, as they are published, and what a token says (docs/adr/0023)."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
"""RFC 9068: so that no ID token passes as one."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key: its id, and from when on it signs. What it is made of shows in no text."""

    kid: str
    signs_from: datetime
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls, signs_from: datetime) -> Self:
        return cls(secrets.token_urlsafe(12), signs_from, Ed25519PrivateKey.generate())

    @classmethod
    def kept(cls, kid: str, secret: bytes, signs_from: datetime) -> Self:
        return cls(kid, signs_from, Ed25519PrivateKey.from_private_bytes(secret))

    def secret(self) -> bytes:
        """Return what it is made of, for its table alone."""
        return self.private.private_bytes_raw()

    def jwk(self) -> dict[str, str]:
        """Return its public half (RFC 8037)."""
        x = base64.urlsafe_b64encode(self.private.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def signed(self, claims: dict[str, Any]) -> str:
        """Return a token that says this."""
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.kid, "typ": TYPE})
