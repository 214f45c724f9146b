"""Check tokens of persons: signed with a key that their issuer publishes, and meant for us.

An issuer's keys are fetched at start and every ten minutes. Who sends tokens does not decide how often: a key id that
nobody knows has them fetched once in 30 s at most, all who wait share that, and a fetch that fails empties nothing.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from chassis.clock import Backoff, pause
from chassis.pulse import STUCK_SECONDS, Pulse

log = logging.getLogger("omatoimi")

Fetch = Callable[[], Awaitable[bytes]]
"""Returns a JWK set as its issuer publishes it (RFC 7517)."""
PublicKey = RSAPublicKey | Ed25519PublicKey

EVERY = 600.0
APART = 30.0
"""So many seconds pass at least between two fetches for the sake of a key that nobody knows."""
APART_AT_FIRST = 1.0
"""The same as long as no keys were ever read: their issuer may start at the same time as we do."""
UNKNOWN_FOR = 300.0
MOST_UNKNOWN = 1_000
STALE = 24 * 3600.0
"""So old may keys be that cannot be fetched anew."""
FETCH_SECONDS = 3.0
MAX_BYTES = 64_000
MOST_KEYS = 50
RSA_BITS = 2048
LEEWAY = timedelta(seconds=30)
"""So far may an issuer's clock be from ours."""
OF_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


class TokenRefused(Exception):
    """A token that is not taken, and why, in one sentence."""


class KeySet:
    """The keys of one issuer. `seconds` is the clock by which they are fetched."""

    def __init__(self, fetch: Fetch, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._seconds = fetch, seconds
        self._keys: dict[str, dict[str, PublicKey]] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._unknown: dict[str, float] = {}
        self._fetching: asyncio.Task[bool] | None = None

    async def key(self, kid: str, alg: str) -> PublicKey | None:
        """Return the key of this id for this algorithm; None where its issuer has none, or none that fits."""
        if kid not in self._keys and self._worth_a_fetch(kid):
            fetched = await self.refresh()
            if fetched and kid not in self._keys:
                self._unknown[kid] = self._seconds()
                while len(self._unknown) > MOST_UNKNOWN:
                    del self._unknown[next(iter(self._unknown))]
        return self._keys.get(kid, {}).get(alg) if self.are_known else None

    @property
    def are_known(self) -> bool:
        """Whether there are keys by which anything can be said of a token."""
        return self._seconds() - self._fetched_at <= STALE

    def _worth_a_fetch(self, kid: str) -> bool:
        now = self._seconds()
        if now - self._unknown.get(kid, float("-inf")) < UNKNOWN_FOR:
            return False
        apart = APART if self._keys else APART_AT_FIRST
        return (self._fetching is not None and not self._fetching.done()) or now - self._tried_at >= apart

    async def refresh(self) -> bool:
        """Fetch the keys, together with whoever does so now. False when that failed: then those before stay."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._refresh())
        return await asyncio.shield(self._fetching)  # who hangs up does not end it for the others

    async def _refresh(self) -> bool:
        self._tried_at = self._seconds()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = keys_of(await self._fetch())
        except (httpx.HTTPError, OSError, ValueError) as error:
            log.warning("the keys of an issuer could not be fetched: %s", error or type(error).__name__)
            return False
        self._keys, self._fetched_at = keys, self._seconds()
        return True

    async def keep_fresh(self, issuer: str, stop: asyncio.Event, pulse: Pulse) -> None:
        """Fetch the keys again and again until `stop` is set; what failed is soon tried again."""
        backoff = Backoff(stop)
        while not stop.is_set():
            pulse.beat(f"keys of {issuer}", EVERY + STUCK_SECONDS)
            if await self.refresh():
                backoff.begin_again()
                await pause(EVERY, stop)
            elif self._keys:
                await pause(APART, stop)
            else:
                await backoff.wait()


def keys_of(document: bytes) -> dict[str, dict[str, PublicKey]]:
    """Read a JWK set: by key id and algorithm those that can sign for us. Raises ValueError where there is none."""
    told = json.loads(document)
    if not isinstance(told, dict) or not isinstance(told.get("keys"), list):
        raise ValueError("this is no JWK set")
    found: dict[str, dict[str, PublicKey]] = {}
    for one in told["keys"][:MOST_KEYS]:
        if not isinstance(one, dict) or not isinstance(one.get("kid"), str) or one.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(one).key
        except jwt.PyJWTError:
            continue  # of a kind that we do not take
        if isinstance(key, RSAPublicKey) and key.key_size >= RSA_BITS:
            found[one["kid"]] = dict.fromkeys([alg for alg in OF_RSA if one.get("alg", alg) == alg], key)
        elif isinstance(key, Ed25519PublicKey):
            found[one["kid"]] = {"EdDSA": key}
    if not found:
        raise ValueError("no key in it can be used")
    return found


async def verified(
    token: str,
    keys: KeySet,
    *,
    algorithms: Sequence[str],
    issuer: str,
    audience: str,
    now: datetime,
    typ: str | None = None,
    required: Sequence[str] = ("iss", "sub", "aud", "iat", "exp"),
) -> dict[str, Any]:
    """Return the claims of a token that its issuer signed for this audience, and that is not over. Raises TokenRefused.

    What its header says of keys (`jku`, `x5u`, `jwk`) is never looked at, and its algorithm only compared."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise TokenRefused("This is no signed token.") from None
    alg, kid, kind = str(header.get("alg")), header.get("kid"), str(header.get("typ", "")).lower()
    if alg not in algorithms or "crit" in header:
        raise TokenRefused("The token is signed by an algorithm that is not taken here.")
    if typ is not None and kind.removeprefix("application/") != typ:
        raise TokenRefused(f"The token is of another type than {typ}.")
    key = await keys.key(kid, alg) if isinstance(kid, str) else None
    if key is None:
        raise TokenRefused("The token is signed by a key that its issuer does not publish.")
    # Its times are checked below, by our clock.
    options: jwt.types.Options = {
        "require": list(required),
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[alg],
            audience=audience,
            issuer=issuer,
            options=options,
        )
    except jwt.InvalidAudienceError:
        raise TokenRefused("The token is meant for another audience.") from None
    except jwt.InvalidIssuerError:
        raise TokenRefused("The token is of another issuer.") from None
    except jwt.PyJWTError:
        raise TokenRefused("The token's signature or form does not hold.") from None
    _check_times(claims, now)
    return claims


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    moments = {name: claims.get(name, 0) for name in ("exp", "iat", "nbf")}
    if any(isinstance(at, bool) or not isinstance(at, int | float) for at in moments.values()):
        raise TokenRefused("The token's times are no numbers.")
    if moments["exp"] + LEEWAY.total_seconds() <= now.timestamp():
        raise TokenRefused("The token is over.")
    if max(moments["iat"], moments["nbf"]) - LEEWAY.total_seconds() > now.timestamp():
        raise TokenRefused("The token is not valid yet.")


def over_http(address: str) -> Fetch:
    """Fetch a JWK set from where it stands."""

    async def fetch() -> bytes:
        return await _fetched(address)

    return fetch


def by_discovery(issuer: str) -> Fetch:
    """Fetch the JWK set that an OpenID provider names in its configuration (OpenID Connect Discovery)."""

    async def fetch() -> bytes:
        told = json.loads(await _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if not isinstance(told, dict) or told.get("issuer") != issuer:
            raise ValueError(f"the configuration of {issuer} is another issuer's")
        address = str(told.get("jwks_uri", ""))
        if not is_safe(address):
            raise ValueError("the keys do not stand at an https address")
        return await _fetched(address)

    return fetch


def is_safe(address: str) -> bool:
    """Tell whether what an address answers can be believed: it is https, or on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        here = host == "localhost" or ip_address(host).is_loopback if parts.scheme == "http" else False
    except ValueError:
        return False
    return here or (parts.scheme == "https" and bool(host))


@cache
def _authorities() -> SSLContext:
    """Return whom this process trusts; read anew for each fetch it would hold the loop for 30 ms."""
    return httpx.create_ssl_context(trust_env=False)


async def _fetched(address: str) -> bytes:
    """Fetch what stands there, within bounds; redirects are not followed, no proxy of the environment's is asked."""
    whole = bytearray()
    async with (
        httpx.AsyncClient(verify=_authorities(), timeout=FETCH_SECONDS, trust_env=False) as client,
        client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError(f"{address} answers {answer.status_code}")
        async for part in answer.aiter_raw():
            whole += part
            if len(whole) > MAX_BYTES:
                raise ValueError(f"{address} answers more than {MAX_BYTES} bytes")
    return bytes(whole)
