"""Who looks at a page, and whether a form of theirs is really theirs.

Dependencies for every page of the web channel: `visitor` (anybody), `signed_in`, `at_desk`, and for every form
`checked_form`. A form holds `{{ hidden(visitor) }}` of `form.html`.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from chassis.pages import language
from chassis.problem import Problem, tell
from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import ImmutableMultiDict
from uuid_utils.compat import uuid7

from web.cookies import personal
from web.exchange import RoleAt
from web.rendering import PAGES
from web.sessions import Sessions, derived

DESK = frozenset({"staff", "department", "participation", "director"})
"""The roles that work at the desk."""
SAFE = ("GET", "HEAD")
FIELDS = 500
Form = ImmutableMultiDict[str, str]
"""What was typed: `form.get(name)`, `form.getlist(name)`."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a browser. `person`, `roles` and `organisations` (for which they act) are what people told last;
    `session` ties what one visitor searches and books, and is random; `csrf` stands in every form of theirs."""

    session: UUID
    csrf: str
    signed_in: bool = False
    name: str = ""
    person: UUID | None = None
    roles: tuple[RoleAt, ...] = ()
    organisations: tuple[UUID, ...] = ()
    token: str | None = field(default=None, repr=False)

    @property
    def at_desk(self) -> bool:
        """Whether they have a role at the desk."""
        return any(one.role in DESK for one in self.roles)

    def has(self, role: str, unit: str | None = None) -> bool:
        """Tell whether they have a role, in this library or department where one is named."""
        return any(one.role == role and unit in (None, one.unit, one.department) for one in self.roles)

    def new_id(self) -> UUID:
        """Make the id of a request for a form that is about to be shown."""
        return uuid7()


class Answered(Exception):
    """Instead of the page there is this answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class Away(Problem):
    """What a page is about is not known just now, since a service does not answer: a page that says so, and later the
    same again. What was typed in a form is kept, to be sent once more under the same id."""

    def __init__(self) -> None:
        super().__init__(503, "try-again", "A service does not answer just now: try again in a moment.")


def answer_instead(app: FastAPI) -> None:
    """Have an application give the answers that dependencies raise, and keep what was typed for a service that is
    away."""

    async def given(_: Request, instead: Exception) -> Response:
        assert isinstance(instead, Answered)
        return instead.answer

    async def away(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Away)
        kept: tuple[Visitor, Form] | None = getattr(request.state, "typed", None)
        return tell(request, problem) if kept is None else _again(request, *kept, status=503)

    app.add_exception_handler(Answered, given)
    app.add_exception_handler(Away, away)


def sessions_of(request: Request) -> Sessions:
    """Return the sessions of the application that serves this request."""
    found: Sessions = request.app.state.sessions
    return found


async def visitor(request: Request) -> Visitor:
    """Tell whoever it is; a visit begins where there is none."""
    sessions = sessions_of(request)
    found = await sessions.find(request)
    if found is None:
        personal(request, signed_in=False)
        return Visitor(sessions.visit_of(request), masked(derived(sessions.visit_secret(request), "csrf")))
    return Visitor(
        found.session.visit,
        masked(derived(found.secret, "csrf")),
        True,
        found.sealed.name,
        found.sealed.person,
        found.sealed.roles,
        found.sealed.organisations,
        found.token,
    )


async def signed_in(request: Request, by: Annotated[Visitor, Depends(visitor)]) -> Visitor:
    """Tell who has signed in; anybody else does so first and comes back, or keeps what they typed and sends it then."""
    if by.signed_in:
        return by
    if request.method not in SAFE:
        refuse_foreign(request)
        raise Answered(_again(request, by, await typed_in(request)))
    raise Answered(RedirectResponse(sign_in_address(request), 303))


async def at_desk(request: Request, by: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    """Tell who works at the desk; anybody else is told that it is not theirs."""
    if not by.at_desk:
        raise Answered(PAGES.render(request, "not-at-desk.html", 403, visitor=by, whose=[]))
    return by


async def checked_form(request: Request, by: Annotated[Visitor, Depends(visitor)]) -> Form:
    """Read what was typed in a form of this visitor's own. One from another site is refused before it is read; one of a
    session that has ended is shown again, to be sent with one more touch."""
    refuse_foreign(request)
    typed = await typed_in(request)
    if not _is_own(request, typed.get("csrf", ""), by):
        raise Answered(_again(request, by, typed))
    request.state.typed = by, typed
    return typed


SignedIn = Annotated[Visitor, Depends(signed_in)]
"""Whoever has signed in."""
AtDesk = Annotated[Visitor, Depends(at_desk)]
"""Whoever works at the desk."""
Typed = Annotated[Form, Depends(checked_form)]
"""What was typed in a form of ours."""


def sign_in_address(request: Request) -> str:
    """Return where to sign in, to come back here."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?{urlencode({'next': here, 'lang': language(request)})}"


def masked(token: bytes) -> str:
    """Return a token as a page may hold it: never twice the same, so that who watches how well pages are compressed
    learns nothing of it."""
    mask = secrets.token_bytes(len(token))
    return base64.urlsafe_b64encode(mask + _xor(mask, token)).decode()


def unmasked(told: str) -> bytes:
    """Return the token that a page holds; nothing where it is none."""
    try:
        whole = base64.urlsafe_b64decode(told.encode())
    except ValueError:
        return b""
    half = len(whole) // 2
    return _xor(whole[:half], whole[half:])


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def _is_own(request: Request, told: str, by: Visitor) -> bool:
    """Tell whether a form's token is this session's, or that of the visit in which its person then signed in."""
    sessions, token = sessions_of(request), unmasked(told)
    of_visit = derived(sessions.visit_secret(request), "csrf")
    return hmac.compare_digest(token, unmasked(by.csrf)) or hmac.compare_digest(token, of_visit)


def refuse_foreign(request: Request) -> None:
    """Refuse a form that another site's page sends: browsers tell where it came from, and no page can make them lie.
    Those too old to tell send a token that only our own page has."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if foreign or (origin is not None and origin.partition("://")[2] != request.url.netloc):
        raise Problem(403, "not-from-here", "A form is taken from its own page only: open that page and send it there.")


async def typed_in(request: Request) -> Form:
    """Return what a form sends."""
    sent = await request.form(max_files=0, max_fields=FIELDS)
    return ImmutableMultiDict([(name, value) for name, value in sent.multi_items() if isinstance(value, str)])


def id_of(typed: Form) -> UUID:
    """Return the id of the request that a form makes: sent twice, it is done once."""
    try:
        return UUID(typed.get("id", ""))
    except ValueError:
        return uuid7()


def _again(request: Request, by: Visitor, typed: Form, status: int = 403) -> Response:
    """Show the form of before, with all that was typed, to be sent by who has signed in or visits now; or once the
    service answers that it is for (503)."""
    kept = [(name, value) for name, value in typed.multi_items() if name != "csrf"]
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return PAGES.render(
        request,
        "again.html",
        status,
        visitor=by,
        away=status == 503,
        kept=kept,
        action=here,
        sign_in=f"/sign-in?lang={language(request)}",
    )
