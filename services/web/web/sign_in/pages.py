"""The addresses of sign-in: there and back, sign-out here and at the provider, and who it is for the header of every
page."""

import logging
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from chassis.pages import language
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from web.exchange import PersonUnknown
from web.rendering import PAGES
from web.sessions import ProviderIdentity, Sessions, hash_of
from web.sign_in.provider import Granted, Provider, ProviderAway, Refused
from web.sign_in.return_path import START, return_path
from web.store import attempts
from web.store.attempts import Attempt
from web.visitors import Visitor, checked_form, visitor

log = logging.getLogger("omatoimi")

MAX_NOTICE = 16_000
MOST_OF_A_NAME = 100
NO_STORE = {"Cache-Control": "no-store"}


def router(sessions: Sessions, provider: Provider | None) -> APIRouter:
    """Serve the addresses of sign-in; without a provider they say that nobody can."""
    made = APIRouter()
    _in(made, sessions, provider)
    _out(made, sessions, provider)

    @made.get("/account", response_class=HTMLResponse)
    async def account(request: Request, by: Annotated[Visitor, Depends(visitor)]) -> Response:
        """Show who has signed in, for the header of a page that does not know; nothing where nobody has."""
        return PAGES.render(request, "account.html", visitor=by) if by.signed_in else Response(status_code=204)

    return made


def _in(made: APIRouter, sessions: Sessions, provider: Provider | None) -> None:
    """Serve the way there and back."""

    @made.get("/sign-in")
    async def begin(request: Request, by: Annotated[Visitor, Depends(visitor)], next: str = START) -> Response:
        return_to = return_path(next)
        if by.signed_in:
            return RedirectResponse(return_to, 303)
        if provider is None:
            return failed(request, "none", 404)
        if (elsewhere := _own_address(request, provider)) is not None:
            return RedirectResponse(elsewhere, 303)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        try:
            address = await provider.sign_in_address(state, nonce, verifier, language(request))
        except ProviderAway as why:
            log.warning("nobody can sign in: the identity provider does not answer: %s", why)
            return failed(request, "away", 503, return_to)
        visit = hash_of(sessions.visit_secret(request))
        attempt = Attempt(visit, nonce, verifier, return_to, sessions.clock())
        await attempts.begin(sessions.database, hash_of(state), attempt)
        return RedirectResponse(address, 303, NO_STORE)

    @made.get("/sign-in/callback")
    async def ended(
        request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
    ) -> Response:
        attempt = await attempts.take(sessions.database, hash_of(state), sessions.clock()) if provider else None
        if attempt is None or provider is None:
            return RedirectResponse(START, 303, NO_STORE)  # read again, or too late: nothing is done twice
        if attempt.visit != hash_of(sessions.visit_secret(request)):
            log.warning("a sign-in was refused: another browser had begun it")
            return failed(request, "elsewhere", 403)
        if error or not code:
            return failed(request, "denied" if error == "access_denied" else "refused", 403, attempt.return_to)
        try:
            granted = await provider.granted(code, attempt.verifier, attempt.nonce, iss)
            begun = await _begun(sessions, request, granted)
        except ProviderAway as why:
            log.warning("a sign-in cannot be ended: the identity provider does not answer: %s", why)
            return failed(request, "away", 503, attempt.return_to)
        except (Refused, PersonUnknown) as why:
            log.warning("a sign-in was refused: %s", why or "people does not take it")
            return failed(request, "refused", 403, attempt.return_to)
        return RedirectResponse(attempt.return_to, 303) if begun else failed(request, "refused", 403)


def _out(made: APIRouter, sessions: Sessions, provider: Provider | None) -> None:
    """Serve the way out: asked for on a page, or noticed by the provider."""

    @made.post("/sign-out", dependencies=[Depends(checked_form)])
    async def end(request: Request) -> Response:
        found = await sessions.end(request)
        id_token = found.sealed.tokens.id_token if found else ""
        there = await provider.sign_out_address(id_token, language(request)) if provider and id_token else None
        if there is None:
            answer: Response = RedirectResponse(f"/signed-out?lang={language(request)}", 303)
        else:
            # Not a redirect: after a form no browser follows one to another origin (`form-action 'self'`).
            answer = PAGES.render(request, "sign-out.html", there=there)
        answer.headers.update(NO_STORE | {"Clear-Site-Data": '"cache"'})
        return answer

    @made.get("/signed-out", response_class=HTMLResponse)
    async def signed_out(request: Request, by: Annotated[Visitor, Depends(visitor)]) -> HTMLResponse:
        return PAGES.render(request, "signed-out.html", visitor=by)

    @made.post("/sign-out/backchannel")
    async def told(request: Request) -> Response:
        """Take the provider's own notice of a sign-out, which no browser sends."""
        try:
            if provider is None or int(request.headers.get("content-length", MAX_NOTICE)) >= MAX_NOTICE:
                raise Refused("it is too long, or there is no provider")
            token = (await request.form(max_files=0, max_fields=5)).get("logout_token")
            notice = await provider.sign_out(str(token))
            async with sessions.database.acquire() as conn, conn.transaction():
                if not await attempts.sign_out(conn, notice):
                    raise Refused("it was told before")
        except (Refused, ProviderAway, ValueError) as why:
            log.warning("a notice of a sign-out was refused: %s", why)
            return JSONResponse({"error": "invalid_request", "error_description": str(why)[:200]}, 400, NO_STORE)
        return Response(status_code=200, headers=NO_STORE)


async def _begun(sessions: Sessions, request: Request, granted: Granted) -> bool:
    """Begin a session for whom the provider vouches; where this browser has one of the same sign-in, that goes on."""
    claims = granted.claims
    who = ProviderIdentity(
        claims["iss"],
        str(claims["sub"]),
        claims["sid"] if isinstance(claims.get("sid"), str) else None,
        _name(claims),
        bool(claims.get("ad_groups")),
        _moment(claims.get("auth_time", claims["iat"])),
        granted.tokens,
    )
    found = await sessions.find(request)
    if found is not None and who.sid is not None and found.is_of(who):
        return True
    return await sessions.begin(request, who) is not None


def _name(claims: dict[str, Any]) -> str:
    """Tell what the header calls somebody: the name that the provider gives, without what could turn the text
    around."""
    told = claims.get("name") or claims.get("preferred_username") or ""
    return "".join(one for one in str(told) if one.isprintable()).strip()[:MOST_OF_A_NAME]


def _moment(told: Any) -> datetime:
    return datetime.fromtimestamp(float(told), UTC)


def _own_address(request: Request, provider: Provider) -> str | None:
    """Return where to begin instead, when this is not the name that the provider sends browsers back to: its cookies
    would not be ours then."""
    if request.headers.get("host") == urlsplit(provider.client.address).netloc:
        return None
    return f"{provider.client.address}{request.url.path}?{request.url.query}"


def failed(request: Request, why: str, status: int, return_to: str = START) -> HTMLResponse:
    """Say why nobody was signed in, and what to do."""
    answer = PAGES.render(request, "sign-in-failed.html", status, why=why, return_to=return_to)
    answer.headers.update(NO_STORE)
    return answer
