"""Sessions: who has signed in at this browser, from its cookie to what a page may know.

The cookie is a random secret; the database has its hash, and under a key made from the secret the name and the
provider's tokens. Who reads the database, or a copy of it, reads neither.
"""

import asyncio
import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from chassis.clock import Clock, pause, system_clock
from chassis.database import OF_DATABASE, Pool
from chassis.pulse import Pulse
from chassis.settings import Settings
from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import HTTPConnection

from web import database
from web.cookies import Cookies, personal
from web.exchange import Exchange, PersonToken, PersonUnknown, RoleAt
from web.store import attempts, kiosks
from web.store import sessions as store
from web.store.sessions import Session

IDLE, ABSOLUTE = timedelta(hours=2), timedelta(hours=24)
"""So long a session lives without use, and at most."""
STAFF_IDLE, STAFF_ABSOLUTE = timedelta(minutes=30), timedelta(hours=10)
"""The same of who works at the desk."""
EXPIRES_SOON = timedelta(seconds=10)
FORGET_EVERY = 600.0


@dataclass(frozen=True, slots=True)
class ProviderTokens:
    """What the provider gave: its access token and when that ends, by what it is renewed, and the ID token, by which it
    is told of the sign-out."""

    access: str
    access_ends: datetime
    refresh: str = ""
    id_token: str = ""


class Renews(Protocol):
    """Who renews the provider's tokens: None while it does not answer. Raises PersonUnknown when it will not."""

    async def renew(self, tokens: ProviderTokens) -> ProviderTokens | None: ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """What of a session only its cookie opens: the name, the tokens, and what people told last."""

    name: str
    tokens: ProviderTokens
    person: UUID | None = None
    roles: tuple[RoleAt, ...] = ()
    organisations: tuple[UUID, ...] = ()

    def knowing(self, token: PersonToken) -> "Sealed":
        """Return the same, with what people tells now."""
        return replace(self, person=token.person, roles=token.roles, organisations=token.organisations)

    def close(self, secret: str) -> bytes:
        return Fernet(_key(secret)).encrypt(json.dumps(asdict(self), default=str).encode())

    @classmethod
    def open(cls, sealed: bytes, secret: str) -> "Sealed":
        """Open what was sealed. Raises InvalidToken when it is not of this cookie."""
        told: dict[str, Any] = json.loads(Fernet(_key(secret)).decrypt(sealed))
        tokens = told["tokens"] | {"access_ends": datetime.fromisoformat(told["tokens"]["access_ends"])}
        return cls(
            told["name"],
            ProviderTokens(**tokens),
            UUID(told["person"]) if told["person"] else None,
            tuple(RoleAt(**one) for one in told["roles"]),
            tuple(UUID(one) for one in told["organisations"]),
        )


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """Who has signed in here, and the token that speaks for them, if people gives one now."""

    session: Session
    secret: str
    sealed: Sealed
    token: str | None

    def is_of(self, who: "ProviderIdentity") -> bool:
        """Tell whether it came from this very session of the provider's."""
        mine = (self.session.issuer, self.session.subject, self.session.sid)
        return mine == (who.issuer, who.subject, who.sid)


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """Who the provider says has signed in, in what session of its own."""

    issuer: str
    subject: str
    sid: str | None
    name: str
    staff: bool
    authenticated_at: datetime
    tokens: ProviderTokens


class Sessions:
    """The sessions of the web channel."""

    def __init__(
        self, cookies: Cookies, exchange: Exchange, clock: Clock = system_clock, renews: Renews | None = None
    ) -> None:
        self.cookies, self.clock, self.migrated = cookies, clock, asyncio.Event()
        self._exchange, self._renews = exchange, renews
        self._pool: Pool | None = None

    async def open(self, settings: Settings) -> None:
        """Make the pool of its database; who asks before finds no database."""
        self._pool = await database.open_pool(settings)

    async def keep(self, stop: asyncio.Event, pulse: Pulse) -> None:
        """Migrate the database, and forget what has ended, until `stop` is set."""
        await database.migrate_once_there(self.database, stop)
        self.migrated.set()
        while not stop.is_set():
            pulse.beat("sessions", FORGET_EVERY * 3)
            with suppress(*OF_DATABASE):
                await store.forget_ended(self.database, self.clock())
                await attempts.forget(self.database, self.clock())
                await kiosks.forget(self.database, self.clock())
            await pause(FORGET_EVERY, stop)

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            await self._pool.close()

    @property
    def database(self) -> Pool:
        """Its database. Raises TimeoutError while there is none."""
        if self._pool is None:
            raise TimeoutError("the database of the web channel is not open yet")
        return self._pool

    async def begin(self, request: HTTPConnection, who: ProviderIdentity) -> SignedInSession | None:
        """Begin a session under a new cookie, and end the one that this browser had; None where the provider has told
        meanwhile that it ended. Raises PersonUnknown when people will not have it."""
        now, pool, visit = self.clock(), self.database, self.visit_of(request)
        before = self.cookies.read(request, self.cookies.session)
        secret = self.cookies.give(request, self.cookies.session)
        id_ = hash_of(secret)
        token = await self._exchange.token(id_, who.tokens.access)
        sealed = Sealed(who.name, who.tokens)
        if token is not None:
            sealed = sealed.knowing(token)
        idle, absolute = (STAFF_IDLE, STAFF_ABSOLUTE) if who.staff or sealed.roles else (IDLE, ABSOLUTE)
        session = Session(id_, visit, who.issuer, who.subject, who.sid, sealed.close(secret), now, idle, now + absolute)
        async with pool.acquire() as conn, conn.transaction():
            if before is not None:
                await store.end(conn, hash_of(before))
            if not await store.begin(conn, session, who.authenticated_at):
                self.take_back(request)
                return None
        self.cookies.tell_script(request, True)
        personal(request, signed_in=True)
        return SignedInSession(session, secret, sealed, token.token if token else None)

    async def find(self, request: HTTPConnection) -> SignedInSession | None:
        """Return who has signed in at this browser. A cookie of a session that has ended is taken back."""
        secret = self.cookies.read(request, self.cookies.session)
        if secret is None:
            return None
        session = await store.find(self.database, hash_of(secret), self.clock())
        found = await self._opened(session, secret) if session else None
        if found is None:
            self.take_back(request)
            return None
        personal(request, signed_in=True)
        return found

    async def end(self, request: HTTPConnection) -> SignedInSession | None:
        """End the session of this browser, and the visit with it: the next one here is somebody else. Returns whose it
        was."""
        found = await self.find(request)
        if found is not None:
            await store.end(self.database, found.session.id)
            self._exchange.forget(found.session.id)
        self.take_back(request)
        self.cookies.take(request, self.cookies.visit)
        return found

    async def forget_person(self, request: HTTPConnection) -> None:
        """End every session of whoever has signed in at this browser, also those in other browsers: they are erased."""
        found = await self.end(request)
        if found is not None:
            async with self.database.acquire() as conn, conn.transaction():
                await store.forget_person(conn, found.session.issuer, found.session.subject)

    def take_back(self, request: HTTPConnection) -> None:
        """Take the cookies of a session back."""
        self.cookies.take(request, self.cookies.session)
        self.cookies.tell_script(request, False)

    def visit_of(self, request: HTTPConnection) -> UUID:
        """Return the random id of the visit; one begins where there is none."""
        return _visit(self.visit_secret(request))

    def visit_secret(self, request: HTTPConnection) -> str:
        """Return the secret of the visit's cookie."""
        return self.cookies.read(request, self.cookies.visit) or self.cookies.give(request, self.cookies.visit)

    async def _opened(self, session: Session, secret: str) -> SignedInSession | None:
        try:
            sealed = Sealed.open(session.sealed, secret)
            kept = await self._renewed(sealed)
            token = await self._exchange.token(session.id, kept.tokens.access)
            if token is not None and kept.person not in (None, token.person):
                raise PersonUnknown  # who began this session is erased: to people it is somebody new who comes
        except (InvalidToken, PersonUnknown):
            # Neither the provider nor people knows them any more: nobody has signed in.
            await store.end(self.database, session.id)
            return None
        if token is not None:
            kept = kept.knowing(token)
        if kept != sealed:
            await store.seal(self.database, session, kept.close(secret))
        return SignedInSession(session, secret, kept, token.token if token else None)

    async def _renewed(self, sealed: Sealed) -> Sealed:
        if sealed.tokens.access_ends - EXPIRES_SOON > self.clock():
            return sealed
        if self._renews is None or not sealed.tokens.refresh:
            raise PersonUnknown  # a session ends with what it was begun by, where that cannot be had anew
        renewed = await self._renews.renew(sealed.tokens)
        return sealed if renewed is None else replace(sealed, tokens=renewed)


def hash_of(secret: str) -> bytes:
    """Return by what the database knows a secret."""
    return hashlib.sha256(secret.encode()).digest()


def derived(secret: str, what: str) -> bytes:
    """Return a value that follows from a secret and does not tell it."""
    return hashlib.sha256(f"{what} {secret}".encode()).digest()


def _visit(secret: str) -> UUID:
    return UUID(bytes=derived(secret, "visit")[:16], version=4)


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(derived(secret, "seal"))
