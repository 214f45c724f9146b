"""The identity provider of the installation: the tokens that it gives, as far as we believe them.

Whatever we know of its claims stands here and in `domain/sign_in.py`; recorded examples are in the tests.
"""

from collections.abc import Mapping
from typing import Any

from chassis import Problem, Service, Settings
from chassis.installation import Identity
from chassis.key_sets import KeySet, TokenRefused, by_discovery, verified

OF_AN_ID_TOKEN = ("at_hash", "c_hash", "s_hash")
"""Claims of which an access token has none."""


def key_sets(settings: Settings) -> Mapping[str, KeySet]:
    """Return the provider's keys, by its name as an issuer; none where the installation has no provider."""
    identity = settings.identity
    return {} if identity is None else {identity.issuer: KeySet(by_discovery(identity.issuer))}


def identity_of(service: Service) -> Identity:
    """Return who signs persons in here. Raises Problem where nobody does."""
    if (identity := service.settings.identity) is None:
        raise Problem(404, "no-provider", "This installation has no identity provider: nobody signs in here.")
    return identity


async def access_token(service: Service, token: str) -> dict[str, Any]:
    """Return the claims of an access token that the provider gave for us. Raises TokenRefused."""
    identity = identity_of(service)
    claims = await verified(
        token,
        service.key_sets[identity.issuer],
        algorithms=identity.allowed_algorithms,
        issuer=identity.issuer,
        audience=identity.audience,
        now=service.clock(),
    )
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise TokenRefused("The token names nobody.")
    if claims.get("typ") in ("ID", "Refresh", "Logout") or any(name in claims for name in OF_AN_ID_TOKEN):
        raise TokenRefused("This is no access token.")
    return claims


def client_of(claims: Mapping[str, Any]) -> str:
    """Return the client that a token was given to."""
    return str(claims.get("azp") or claims.get("client_id") or "")
