"""What the provider signs, with a key that is made at each start: nothing it ever signed outlives it."""

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from omatoimi.who_are_you.persons import Person

AUDIENCE = "omatoimi-api"
LIVES = timedelta(hours=24)
"""An access token lives as long as a session may: there is none to renew it by."""
NOTICE_LIVES = timedelta(minutes=2)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class Signer:
    """Signs for one client of this issuer."""

    def __init__(self, issuer: str, client: str) -> None:
        self._issuer, self._client = issuer, client
        self._key, self._kid = rsa.generate_private_key(65537, 2048), secrets.token_hex(8)

    def key_set(self) -> dict[str, Any]:
        """Return the public key (RFC 7517)."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": "RS256"}]}

    def access_token(self, person: Person, scope: str, sid: str, now: datetime) -> str:
        """Make a token for the audience of people (RFC 9068)."""
        claims = person.claims() | {
            "aud": AUDIENCE,
            "azp": self._client,
            "client_id": self._client,
            "scope": scope,
            "sid": sid,
        }
        return self._signed(claims, now, LIVES, "at+jwt")

    def id_token(self, person: Person, nonce: str, access: str, sid: str, now: datetime) -> str:
        """Tell the client who has signed in."""
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = person.claims() | {
            "aud": self._client,
            "azp": self._client,
            "nonce": nonce,
            "sid": sid,
            "auth_time": int(now.timestamp()),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        return self._signed(claims, now, LIVES, "JWT")

    def logout_token(self, subject: str, sid: str, now: datetime) -> str:
        """Make the notice that a session has ended (Back-Channel Logout 1.0)."""
        claims = {"aud": self._client, "sub": subject, "sid": sid, "events": {LOGOUT: {}}}
        return self._signed(claims, now, NOTICE_LIVES, "logout+jwt")

    def of_hint(self, id_token: str) -> tuple[str, str] | None:
        """Return the subject and session of an ID token of ours, which may be over; None for anything else."""
        try:
            told = jwt.decode(
                id_token,
                self._key.public_key(),
                algorithms=["RS256"],
                audience=self._client,
                issuer=self._issuer,
                options={"verify_exp": False, "verify_iat": False},
            )
            return str(told["sub"]), str(told["sid"])
        except (jwt.PyJWTError, KeyError):
            return None

    def _signed(self, claims: dict[str, Any], now: datetime, lives: timedelta, kind: str) -> str:
        issued = {"iss": self._issuer, "iat": int(now.timestamp()), "exp": int((now + lives).timestamp())}
        headers = {"kid": self._kid, "typ": kind}
        return jwt.encode(claims | issued | {"jti": secrets.token_hex(16)}, self._key, "RS256", headers)
