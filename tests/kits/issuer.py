"""An identity provider as far as services know it: it publishes its configuration and its keys over HTTP, and signs
what a test wants signed. It can be told to fail, and counts how often it was asked for its keys."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

Private = RSAPrivateKey | Ed25519PrivateKey


def rsa(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


def public_jwk(key: Private, kid: str, **more: Any) -> dict[str, Any]:
    """A key as it is published."""
    if isinstance(key, Ed25519PrivateKey):
        x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", **more}
    told: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**{name: told[name] for name in ("kty", "n", "e")}, "kid": kid, "use": "sig", "alg": "RS256", **more}


@dataclass
class Issuer:
    """The provider. `fails` is the status that it answers with instead of its keys; None when it is well."""

    url: str = ""
    keys: dict[str, Private] = field(default_factory=lambda: {"first": rsa()})
    fetched: int = 0
    fails: int | None = None
    body: bytes | None = None
    """What it answers instead of its keys, where a test says so."""

    def jwks(self) -> bytes:
        return json.dumps({"keys": [public_jwk(key, kid) for kid, key in self.keys.items()]}).encode()

    def sign(self, claims: dict[str, Any], kid: str = "first", alg: str = "RS256", **headers: Any) -> str:
        return jwt.encode(claims, self.keys[kid], algorithm=alg, headers={"kid": kid, **headers})

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        status, body = 404, b""
        if path.endswith("/.well-known/openid-configuration"):
            status, body = 200, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode()
        elif path.endswith("/jwks"):
            self.fetched += 1
            status, body = self.fails or 200, self.jwks() if self.body is None else self.body
        writer.write(b"HTTP/1.1 %d .\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """Run a provider on a port of its own."""
    issuer = Issuer()
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/auth/realms/helsinki-tunnistus"
    async with server:
        yield issuer
