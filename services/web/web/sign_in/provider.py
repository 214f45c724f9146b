"""The identity provider as the web channel asks it: where it is, whom it vouches for, and what it tells of sign-outs.

Every check of a token stands here, and is needed: docs/adr/0025 says against what.
"""

import asyncio
import base64
import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import jwt
from chassis.clock import Clock
from chassis.key_sets import KeySet, TokenRefused, by_discovery, verified

from web.exchange import PersonUnknown
from web.sessions import ABSOLUTE, ProviderTokens
from web.store.attempts import SignOut

log = logging.getLogger("omatoimi")

SECONDS = 5.0
MAX_ANSWER = 256_000
KNOWN_FOR = timedelta(minutes=1)
"""So long what the provider tells of itself is taken as what it would tell now."""
ALGORITHMS = ("RS256", "PS256")
"""What we take, whatever a token says of itself."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
SCOPES = "openid profile email ad_groups"


class ProviderAway(Exception):
    """The provider does not answer, or not what a provider does."""


class Refused(Exception):
    """What the provider gave, or somebody in its name, is not to be believed."""


@dataclass(frozen=True, slots=True)
class Client:
    """The web channel as the provider knows it; `address` is the web channel's own."""

    issuer: str
    id: str
    secret: str
    address: str
    scopes: str = SCOPES

    @property
    def redirect(self) -> str:
        """Where the provider sends browsers back to."""
        return f"{self.address}/sign-in/callback"

    @property
    def signed_out(self) -> str:
        """Where it sends who has signed out."""
        return f"{self.address}/signed-out"

    @property
    def notices(self) -> str:
        """Where it tells of sign-outs by itself."""
        return f"{self.address}/sign-out/backchannel"


@dataclass(frozen=True, slots=True)
class Granted:
    """What a sign-in brought: the claims of the ID token, and the tokens."""

    claims: dict[str, Any]
    tokens: ProviderTokens


class Provider:
    """One identity provider."""

    def __init__(self, client: Client, http: httpx.AsyncClient, clock: Clock, keys: KeySet | None = None) -> None:
        self.client = client
        self._http, self._clock = http, clock
        self._told: dict[str, Any] = {}
        self._told_at = datetime.min.replace(tzinfo=UTC)
        self.keys = keys or KeySet(by_discovery(client.issuer))

    async def sign_in_address(self, state: str, nonce: str, verifier: str, language: str) -> str:
        """Return where a browser is to go to sign in. Raises ProviderAway when nobody would answer there."""
        told = await self._metadata(KNOWN_FOR)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.client.redirect,
            "scope": self.client.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _with(told["authorization_endpoint"], query)

    async def sign_out_address(self, id_token: str, language: str) -> str | None:
        """Return where a browser is to go to end the provider's own session; None where there is no such place, or
        nobody answers."""
        try:
            told = await self._metadata(KNOWN_FOR)
        except ProviderAway:
            return None
        query = {
            "id_token_hint": id_token,
            "client_id": self.client.id,
            "post_logout_redirect_uri": self.client.signed_out,
            "ui_locales": language,
        }
        return _with(told["end_session_endpoint"], query) if told.get("end_session_endpoint") else None

    async def granted(self, code: str, verifier: str, nonce: str, iss: str | None) -> Granted:
        """Return what a code stands for. Raises Refused and ProviderAway."""
        told = await self._metadata()
        if iss != self.client.issuer and (iss or told.get("authorization_response_iss_parameter_supported")):
            raise Refused("the answer is another issuer's")
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect,
            "code_verifier": verifier,
        }
        answer = await self._tokens(asked)
        claims = await self._claims(answer.get("id_token"), ["iss", "sub", "aud", "exp", "iat", "nonce"])
        if claims["nonce"] != nonce:
            raise Refused("the ID token is of another sign-in")
        _same_hash(claims.get("at_hash"), str(answer.get("access_token", "")))
        return Granted(claims, self._read(answer, ProviderTokens("", self._clock())))

    async def renew(self, tokens: ProviderTokens) -> ProviderTokens | None:
        """Return tokens anew; None while the provider does not answer. Raises PersonUnknown when it will not."""
        try:
            answer = await self._tokens({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        except ProviderAway:
            return None
        except Refused:
            raise PersonUnknown from None
        return self._read(answer, tokens)

    async def sign_out(self, token: str) -> SignOut:
        """Return what a logout token tells (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises Refused and
        ProviderAway."""
        claims = await self._claims(token, ["iss", "aud", "exp", "iat", "jti"], ("logout+jwt", "JWT", None))
        events, subject, sid = claims.get("events"), claims.get("sub"), claims.get("sid")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
            raise Refused("it tells of no sign-out")
        if "nonce" in claims:
            raise Refused("it has a nonce, as an ID token")
        if not all(one is None or isinstance(one, str) for one in (subject, sid)) or not (subject or sid):
            raise Refused("it does not say whose")
        now = self._clock()
        return SignOut(
            claims["iss"],
            str(claims["jti"]),
            subject,
            sid,
            datetime.fromtimestamp(claims["iat"], UTC),
            now + ABSOLUTE,
        )

    async def _claims(
        self, token: object, required: list[str], types: tuple[str | None, ...] | None = None
    ) -> dict[str, Any]:
        """Return the claims of a token that the provider has signed for us."""
        if not isinstance(token, str):
            raise Refused("there is no token")
        try:
            claims = await verified(
                token,
                self.keys,
                algorithms=ALGORITHMS,
                issuer=self.client.issuer,
                audience=self.client.id,
                now=self._clock(),
                required=required,
            )
        except TokenRefused as why:
            raise Refused(str(why)) from None
        kind = jwt.get_unverified_header(token).get("typ")
        if types is not None and kind not in types:
            raise Refused("it is another kind of token")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.client.id) != self.client.id:
            raise Refused("it was made for another client")
        return claims

    def _read(self, answer: dict[str, Any], before: ProviderTokens) -> ProviderTokens:
        try:
            ends = self._clock() + timedelta(seconds=min(float(answer.get("expires_in", 60)), 86_400))
            access = str(answer["access_token"])
        except (KeyError, TypeError, ValueError):
            raise Refused("there is no access token") from None
        return replace(
            before,
            access=access,
            access_ends=ends,
            refresh=str(answer.get("refresh_token") or before.refresh),
            id_token=str(answer.get("id_token") or before.id_token),
        )

    async def _tokens(self, asked: dict[str, str]) -> dict[str, Any]:
        told = await self._metadata()
        # Encoded as a form's fields before they are joined (RFC 6749, 2.3.1).
        identified = (quote_plus(self.client.id), quote_plus(self.client.secret)) if self.client.secret else None
        more = {} if identified else {"client_id": self.client.id}
        status, answer = await self._ask("POST", told["token_endpoint"], data=asked | more, auth=identified)
        if status != 200:
            raise Refused(f"the provider gives no tokens: {str(answer.get('error'))[:60]}")
        return answer

    async def _metadata(self, for_: timedelta | None = None) -> dict[str, Any]:
        """Return what the provider tells of itself, not older than that; at all, where no age is given."""
        if self._told and (for_ is None or self._told_at + for_ > self._clock()):
            return self._told
        address = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
        status, told = await self._ask("GET", address)
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if status != 200 or told.get("issuer") != self.client.issuer or not all(told.get(one) for one in needed):
            raise ProviderAway("it does not describe itself as this issuer")
        self._told, self._told_at = told, self._clock()
        return told

    async def _ask(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        whole = bytearray()
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            async with asyncio.timeout(SECONDS), self._http.stream(method, address, headers=headers, **more) as answer:
                async for part in answer.aiter_raw():
                    whole += part
                    if len(whole) > MAX_ANSWER:
                        raise ProviderAway("its answer is too long")
            told = json.loads(whole)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise ProviderAway(type(error).__name__) from None
        if answer.status_code >= 500 or not isinstance(told, dict):
            raise ProviderAway(f"status {answer.status_code}")
        return answer.status_code, told


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _same_hash(told: object, access: str) -> None:
    """Hold that an ID token was given with this access token, where it says with which (at_hash)."""
    if told is None:
        return
    half = hashlib.sha256(access.encode()).digest()[:16]
    if told != base64.urlsafe_b64encode(half).rstrip(b"=").decode():
        raise Refused("the access token is another one's")
