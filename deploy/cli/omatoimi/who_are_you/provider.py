"""The provider: the authorization code flow with PKCE (S256), and nothing besides."""

import base64
import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from chassis.clock import Clock, system_clock
from chassis.kafka import Fatal
from chassis.pages import LANGUAGES, Pages, language
from chassis.problem import Problem, tell_problems
from chassis.settings import Settings
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from omatoimi.who_are_you.persons import BY_KEY, PERSONS, Person
from omatoimi.who_are_you.tokens import LIVES, Signer

log = logging.getLogger("omatoimi")

PAGES = Pages(Path(__file__).parent)
CODE_LIVES = timedelta(seconds=60)
MOST_CODES = 1_000
NO_STORE = {"Cache-Control": "no-store"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """The one client: the web channel."""

    id: str
    secret: str
    redirect: str
    signed_out: str
    notices: str


@dataclass(slots=True)
class AuthorizationGrant:
    """What a code stands for, and whether it was used."""

    person: Person
    challenge: str
    nonce: str
    scope: str
    sid: str
    at: datetime
    used: bool = False


class OAuthError(Exception):
    """An error as OAuth names it."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


def hold_local(settings: Settings, issuer: str) -> None:
    """Hold that this is local mode: whoever asks is on this machine, and no other provider was chosen. Raises Fatal."""
    others = [name for name in settings.allowed_hosts.split(",") if name.strip() and name.strip() not in LOOPBACK]
    if urlsplit(issuer).hostname not in LOOPBACK or settings.host not in LOOPBACK or others or settings.trusted_proxies:
        raise Fatal(
            "make run signs people in without a password, so it serves this machine alone: leave out OMATOIMI_HOST,"
            " OMATOIMI_ALLOWED_HOSTS and OMATOIMI_TRUSTED_PROXIES, or run the services and python -m web by themselves"
        )
    if settings.identity_issuer is not None:
        raise Fatal(
            "make run has an identity provider of its own: leave out OMATOIMI_IDENTITY_ISSUER, or run the services and"
            " python -m web by themselves"
        )


class WhoAreYou:
    """The provider at an issuer's address."""

    def __init__(self, issuer: str, client: ClientRegistration, clock: Clock = system_clock) -> None:
        self.issuer, self.client, self.clock = issuer, client, clock
        self._signer = Signer(issuer, client.id)
        self._codes: dict[str, AuthorizationGrant] = {}

    def configuration(self) -> dict[str, Any]:
        """Tell what it tells of itself (OpenID Connect Discovery)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email", "ad_groups"],
            "ui_locales_supported": list(LANGUAGES),
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }

    def key_set(self) -> dict[str, Any]:
        """Return its public key."""
        return self._signer.key_set()

    def is_for_client(self, asked: dict[str, str]) -> bool:
        """Tell whether a sign-in may lead back to where it asks: to that one address, letter by letter."""
        return (asked.get("client_id"), asked.get("redirect_uri")) == (self.client.id, self.client.redirect)

    def fault(self, asked: dict[str, str]) -> str | None:
        """Tell what is wrong with a sign-in that leads back to the client."""
        if asked.get("response_type") != "code" or asked.get("response_mode", "query") != "query":
            return "unsupported_response_type"
        if "openid" not in asked.get("scope", "").split():
            return "invalid_scope"
        challenge = asked.get("code_challenge", "")
        if asked.get("code_challenge_method") != "S256" or len(challenge) != 43 or not asked.get("state"):
            return "invalid_request"
        return None

    def back(self, asked: dict[str, str], **told: str) -> str:
        """Return where the browser goes back to, with an answer."""
        query = told | {"state": asked.get("state", ""), "iss": self.issuer}
        return f"{self.client.redirect}?{urlencode(query)}"

    def code(self, asked: dict[str, str], person: Person) -> str:
        """Return a code for somebody who has chosen who they are."""
        while len(self._codes) >= MOST_CODES:
            self._codes.pop(next(iter(self._codes)))
        code, sid = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        challenge, nonce, scope = (asked.get(name, "") for name in ("code_challenge", "nonce", "scope"))
        self._codes[code] = AuthorizationGrant(person, challenge, nonce, scope, sid, self.clock())
        return code

    async def tokens(self, asked: dict[str, str], authorization: str) -> dict[str, Any]:
        """Return the tokens for a code. A code that comes twice was stolen once: what was given for it ends. Raises
        Refused."""
        own = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        if not hmac.compare_digest(authorization.encode(), f"Basic {own}".encode()):
            raise OAuthError("invalid_client", 401)
        if asked.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type")
        grant, now = self._codes.get(asked.get("code", "")), self.clock()
        if grant is None or asked.get("redirect_uri") != self.client.redirect:
            raise OAuthError("invalid_grant")
        if grant.used:
            await self.end(grant.person.subject, grant.sid)
            raise OAuthError("invalid_grant")
        grant.used = True
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        fits = hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), grant.challenge)
        if not fits or now >= grant.at + CODE_LIVES:
            raise OAuthError("invalid_grant")
        access = self._signer.access_token(grant.person, grant.scope, grant.sid, now)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(LIVES.total_seconds()),
            "scope": grant.scope,
            "id_token": self._signer.id_token(grant.person, grant.nonce, access, grant.sid, now),
        }

    async def sign_out(self, asked: dict[str, str]) -> str:
        """End the session that a hint names, and return where the browser goes."""
        named = self._signer.of_hint(asked.get("id_token_hint", ""))
        if named is not None:
            await self.end(*named)
        return self.client.signed_out if asked.get("post_logout_redirect_uri") == self.client.signed_out else "/"

    async def end(self, subject: str, sid: str) -> None:
        """Tell the client that a session has ended."""
        token = self._signer.logout_token(subject, sid, self.clock())
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
                answer = await http.post(self.client.notices, data={"logout_token": token})
            if answer.status_code not in (200, 204):
                log.warning("the web channel takes no notice of a sign-out: status %s", answer.status_code)
        except httpx.HTTPError as error:
            log.warning("the web channel takes no notice of a sign-out: %s", type(error).__name__)


def app(provider: WhoAreYou) -> FastAPI:
    """Return its HTTP application, to be mounted at its issuer's path."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _for_browsers(made, provider)

    @made.get("/.well-known/openid-configuration")
    async def configuration() -> JSONResponse:
        return JSONResponse(provider.configuration())

    @made.get("/jwks")
    async def keys() -> JSONResponse:
        return JSONResponse(provider.key_set())

    @made.post("/token")
    async def tokens(request: Request) -> JSONResponse:
        _of_this_machine(request)
        asked = {name: str(value) for name, value in (await request.form(max_files=0, max_fields=20)).items()}
        try:
            return JSONResponse(await provider.tokens(asked, request.headers.get("authorization", "")), 200, NO_STORE)
        except OAuthError as refused:
            return JSONResponse({"error": refused.error}, refused.status, NO_STORE)

    tell_problems(made)
    return made


def _for_browsers(made: FastAPI, provider: WhoAreYou) -> None:
    @made.get("/authorize", response_class=HTMLResponse)
    async def ask(request: Request) -> Response:
        asked = _of_this_machine(request)
        if not provider.is_for_client(asked):
            return PAGES.render(request, "cannot-begin.html", 400)
        if (fault := provider.fault(asked)) is not None:
            return RedirectResponse(provider.back(asked, error=fault), 303)
        wanted = next((one for one in asked.get("ui_locales", "").split() if one in LANGUAGES), None)
        if wanted is not None and "lang" not in asked:
            return RedirectResponse(request.url.include_query_params(lang=wanted), 303)
        action = f"{request.url.path}?{request.url.query}"
        back = provider.back(asked, error="access_denied")
        page = PAGES.render(request, "who-are-you.html", persons=PERSONS, action=action, back=back)
        page.headers.update(NO_STORE)
        return page

    @made.post("/authorize")
    async def chosen(request: Request) -> Response:
        asked = _of_this_machine(request)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Problem(403, "not-from-here", "Who somebody is, is chosen on the provider's own page.")
        person = BY_KEY.get(str((await request.form(max_files=0, max_fields=5)).get("person")))
        if not provider.is_for_client(asked) or provider.fault(asked) is not None or person is None:
            return PAGES.render(request, "cannot-begin.html", 400)
        return RedirectResponse(provider.back(asked, code=provider.code(asked, person)), 303, NO_STORE)

    @made.get("/logout")
    async def sign_out(request: Request) -> Response:
        where = await provider.sign_out(_of_this_machine(request))
        return RedirectResponse(f"{where}?lang={language(request)}", 303, NO_STORE)


def _of_this_machine(request: Request) -> dict[str, str]:
    """Return what is asked by somebody on this machine; whoever comes from another finds nothing here."""
    host = request.client.host if request.client else ""
    try:
        near = not host or ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near or request.url.hostname not in (*LOOPBACK, "[::1]"):
        raise Problem(404, "unknown", "There is nothing at this address.")
    return dict(request.query_params)
