"""The token of people for who is signed in (RFC 8693): asked for with the provider's, and kept until
shortly before it ends.

What it says of the person, the roles and the organisations is what the services will believe; here it only decides what
a page offers.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from chassis.clock import Clock, system_clock

log = logging.getLogger("omatoimi")

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind of token
EARLY = timedelta(seconds=60)
"""So long before its end a token is asked for anew."""
AWAY = timedelta(seconds=5)
"""So long people is not asked again after it did not answer."""
SECONDS = 3.0
KEPT = 10_000


class PersonUnknown(Exception):
    """People takes the provider's token no longer: it ended, or the person is gone."""


@dataclass(frozen=True, slots=True)
class RoleAt:
    """A role, and where it holds: in a library, in a department's houses, or everywhere."""

    role: str
    unit: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class PersonToken:
    """A token of people, and what it tells."""

    token: str
    person: UUID
    roles: tuple[RoleAt, ...]
    organisations: tuple[UUID, ...]
    ends: datetime

    @classmethod
    def read(cls, token: str) -> "PersonToken":
        """Read a token that people itself has given us. Raises ValueError when it is none."""
        try:
            body = token.split(".")[1]
            told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            roles = tuple(
                RoleAt(str(one["role"]), one.get("unit"), one.get("department")) for one in told.get("roles", ())
            )
            organisations = tuple(UUID(one) for one in told.get("acts_for", ()))
            return cls(token, UUID(told["sub"]), roles, organisations, datetime.fromtimestamp(told["exp"], UTC))
        except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"people gave what is no token: {type(error).__name__}") from None


class Exchange:
    """Exchanges the provider's tokens at people, with the `key` of the channel; without people nobody has one."""

    def __init__(self, people: httpx.AsyncClient | None, key: Callable[[], str], clock: Clock = system_clock) -> None:
        self._people, self._key, self._clock = people, key, clock
        self._known: dict[bytes, PersonToken] = {}
        self._asked: dict[bytes, asyncio.Task[PersonToken | None]] = {}
        self._away_until = datetime.min.replace(tzinfo=UTC)

    async def token(self, session: bytes, given: str) -> PersonToken | None:
        """Return the token of a session, for what the provider has given; None while people does not answer. Raises
        PersonUnknown."""
        known, now = self._known.get(session), self._clock()
        if known is not None and known.ends - EARLY > now:
            return known
        if session not in self._asked:
            self._asked[session] = asyncio.create_task(self._ask(session, given))
        # Who hangs up must not end the exchange for the other pages of this session.
        fresh = await asyncio.shield(self._asked[session])
        return fresh or (known if known is not None and known.ends > now else None)

    def keep(self, session: bytes, token: PersonToken) -> None:
        """Keep the token of a session; of too many, the oldest goes."""
        self._known.pop(session, None)
        while len(self._known) >= KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[session] = token

    def forget(self, session: bytes) -> None:
        """Forget the token of a session that has ended."""
        self._known.pop(session, None)

    async def _ask(self, session: bytes, given: str) -> PersonToken | None:
        try:
            token = await self._exchanged(given)
            if token is not None:
                self.keep(session, token)
            return token
        except PersonUnknown:
            self.forget(session)
            raise
        finally:
            self._asked.pop(session, None)

    async def _exchanged(self, given: str) -> PersonToken | None:
        now = self._clock()
        if self._people is None or not (key := self._key()) or now < self._away_until:
            return None
        asked = {
            "grant_type": GRANT,
            "subject_token": given,
            "subject_token_type": ACCESS_TOKEN,
            "audience": "omatoimi",
        }
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._people.post("/v1/token", data=asked, headers={"Authorization": f"Bearer {key}"})
            told = answer.json()
            if answer.status_code == 200:
                return PersonToken.read(str(told["access_token"]))
            if answer.status_code == 400 and told.get("error") == "invalid_grant":
                raise PersonUnknown
            log.warning("people exchanges no token: status %s", answer.status_code)
        except (TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("people exchanges no token: %s", type(error).__name__)
        self._away_until = now + AWAY
        return None
