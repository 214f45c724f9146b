"""Persons as services meet them: tokens signed with a real key, whose public half stands at an address over HTTP."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.access import Role, RoleAt
from chassis.key_sets import KeySet, over_http
from chassis.service import Service
from chassis.tokens import AUDIENCE, Tokens
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from tests.kits.chassis import Client

ISSUER = "omatoimi:people"


@dataclass
class Issuer:
    """Who makes tokens, in the place of people: its present key, those that it shows, and how often they were read.
    While it is `down` it answers nothing."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kid: str = "first"
    shown: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    url: str = ""
    reads: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.show(self.kid, self.key)

    def show(self, kid: str, key: Ed25519PrivateKey) -> None:
        """Show the public half of a key from now on."""
        told = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
        self.shown[kid] = {**told, "kid": kid, "use": "sig", "alg": "EdDSA"}

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """A token with these claims, signed with the present key whatever its header says."""
        return signed({"alg": "EdDSA", "kid": self.kid, "typ": "at+jwt", **header}, claims, self.key.sign)

    def claims(
        self,
        person: UUID,
        *,
        now: datetime,
        channel: str = "/helsinki/channels/web",
        at: Iterable[RoleAt] = (),
        acts_for: Iterable[UUID] = (),
        minutes: float = 5,
    ) -> dict[str, Any]:
        """What people says of a person at that moment."""
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(person),
            "azp": channel,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=minutes)).timestamp()),
            "jti": str(uuid4()),
            "roles": [{"role": one.role.value, "unit": one.unit, "department": one.department} for one in at],
            "acts_for": [str(one) for one in acts_for],
            "loa": "substantial",
        }

    def signs_in(
        self, client: Client, person: UUID | None = None, *, now: datetime, at: Iterable[RoleAt] = (), **more: Any
    ) -> "Client":
        """A channel's client as somebody uses it who has signed in."""
        source = client.caller.channel.source
        claims = self.claims(person or uuid4(), now=now, channel=source, at=at, **more)
        return replace(client, token=self.token(claims))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of HTTP with the keys that are shown."""
        await reader.readuntil(b"\r\n\r\n")
        self.reads += 1
        if not self.down:
            body = json.dumps({"keys": list(self.shown.values())}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A JWT (RFC 7519) put together by hand: a library makes none that is wrong."""
    signing = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    return b".".join([signing, _base64(sign(signing))]).decode()


def _base64(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    """An issuer whose keys can be read at `<url>/v1/keys`, or anywhere else there."""
    made = Issuer()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


def trust(service: Service, people: Issuer) -> None:
    """Let a service that runs already take the tokens of this issuer, and no others."""
    service.tokens = Tokens(ISSUER, KeySet(over_http(people.url)), service.clock)


def staff_of(unit: str) -> RoleAt:
    return RoleAt(Role.STAFF, unit=unit)


def of_department(department: str) -> RoleAt:
    return RoleAt(Role.DEPARTMENT, department=department)
