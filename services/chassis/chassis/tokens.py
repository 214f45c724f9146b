"""Take the token of a person, which comes beside a channel's key: `Person-Token: <JWT>` (docs/adr/0024).

`people` makes it for one channel and for some minutes. It says who somebody is, by a random id, what they are to the
library, and for which associations they may act.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from chassis.access import OF_PERSONS, Caller, Role, RoleAt
from chassis.clock import Clock
from chassis.key_sets import KeySet, TokenRefused, verified
from chassis.problem import Problem

AUDIENCE = "omatoimi"
KIND = "at+jwt"
"""The type of an access token (RFC 9068): no ID token has it."""
ALGORITHM = "EdDSA"
LIVES = timedelta(minutes=5)
LONGEST = 8_000


class _At(BaseModel):
    role: str
    unit: str | None = None
    department: str | None = None


class _Claims(BaseModel):
    """What stands in a token, as far as it is needed here."""

    sub: UUID
    azp: str
    iat: float
    exp: float
    roles: tuple[_At, ...] = ()
    acts_for: frozenset[UUID] = frozenset()
    loa: Literal["low", "substantial", "high"] = "low"


class Tokens:
    """Knows whom a token speaks for, by the keys of its issuer."""

    def __init__(self, issuer: str, keys: KeySet, clock: Clock) -> None:
        self._issuer, self._keys, self._clock = issuer, keys, clock

    async def asking(self, channel: Caller, token: str) -> Caller:
        """Return the person that a channel asks for, in the place of the channel itself: what that may as such does not
        pass to them. Raises Problem."""
        try:
            claims = await self._claims(token)
            if claims.azp != channel.channel.source:
                raise TokenRefused("The token was made for another channel: each gets its own.")
        except TokenRefused as refused:
            if not self._keys.are_known:
                detail = "Who is signed in cannot be checked just now; send the same request again."
                raise Problem(503, "try-again", detail) from None
            raise Problem(401, "token-refused", f"{refused} Get one from people, and send that.") from None
        at = tuple(RoleAt(Role(one.role), one.unit, one.department) for one in claims.roles if one.role in OF_PERSONS)
        return replace(
            channel,
            roles=frozenset({Role.RESIDENT, *(one.role for one in at)}),
            person=claims.sub,
            acts_for=claims.acts_for,
            at=at,
            loa=claims.loa,
        )

    async def _claims(self, token: str) -> _Claims:
        if len(token) > LONGEST:
            raise TokenRefused("The token is longer than any of a person.")
        told = await verified(
            token,
            self._keys,
            algorithms=(ALGORITHM,),
            issuer=self._issuer,
            audience=AUDIENCE,
            typ=KIND,
            now=self._clock(),
        )
        try:
            claims = _Claims.model_validate(told)
        except ValidationError:
            raise TokenRefused("The token does not say who asks, as those of people do.") from None
        if claims.exp - claims.iat > LIVES.total_seconds():
            raise TokenRefused("The token lives longer than any of a person.")
        return claims
