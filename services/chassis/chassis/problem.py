"""Problem details (RFC 9457): what an HTTP caller is told of every error, and never more than helps them."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from omatoimi_contracts.codec import IN_WORDS
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.database import OF_DATABASE, is_own
from chassis.negotiation import media_type_of
from chassis.pages import HERE, Pages

MAX_BODY = 1_000_000
PAGES = Pages(HERE)
COUNTED = ("key-unknown", "too-often", "too-many", "busy")
"""The codes of problems by which an operator sees that somebody asks too much, or tries keys."""


class Problem(Exception):
    """An error as problem details (RFC 9457). `code` is machine-readable, `detail` says what to do, `pointer` is a JSON
    pointer to the fault; `more` are members of one's own."""

    def __init__(self, status: int, code: str, detail: str, *, pointer: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.pointer, self.more = status, code, detail, pointer, more

    def document(self) -> dict[str, Any]:
        document = {
            "type": f"urn:omatoimi:problem:{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return {**document, "pointer": self.pointer} if self.pointer else document

    def response(self) -> JSONResponse:
        return JSONResponse(self.document(), self.status, self.headers, media_type="application/problem+json")

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP tells beside the status: who must show a key, and when to come again."""
        later = {"Retry-After": str(self.more.get("retry_after", 2))}
        return {401: {"WWW-Authenticate": "Bearer"}, 429: later, 503: later}.get(self.status, {})


def tell(request: Request, problem: Problem) -> Response:
    """Return a problem as its reader can take it: a page for a browser on a page, problem details for everybody
    else."""
    wants = media_type_of(request.headers.get("accept", ""), ("application/problem+json", "text/html"))
    browser = request.method in ("GET", "HEAD") and wants == "text/html"
    if not browser or ("/v1/" in request.url.path and not request.url.path.endswith(".html")):
        return problem.response()
    kind = str(problem.status) if problem.status in (404, 503) else f"{problem.status // 100}xx"
    page = PAGES.render(request, "problem.html", problem.status, kind=kind)
    page.headers.update(problem.headers)
    return page


def tell_problems(api: FastAPI) -> None:
    """Have every error of an application told as problem details, and bodies over the limit refused."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    for kind in OF_DATABASE:
        api.add_exception_handler(kind, _unavailable)
    api.add_exception_handler(ClientDisconnect, _gone)
    api.add_exception_handler(Exception, _broken)
    api.add_middleware(BodyLimit)


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    if (service := getattr(request.app.state, "service", None)) is not None and problem.code in COUNTED:
        service.telemetry.refused.labels(service.name, problem.code).inc()
    return tell(request, problem)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *path = first["loc"]
    said = IN_WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return tell(request, Problem(422, "malformed", f"In the {where}: {said}.", pointer=_pointer(path)))


def _pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return _only(request, allowed(request.app.routes, request.scope))
    code, detail = {
        404: ("unknown", "There is nothing at this address."),
    }.get(error.status_code, ("refused", f"{str(error.detail).rstrip('.')}."))
    response = tell(request, Problem(error.status_code, code, detail))
    response.headers.update(error.headers or {})
    return response


def allowed(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that an address takes, whichever of its routes takes them."""
    told = {
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        for route in routes
        if not isinstance(route, Mount) and route.matches({**scope, "method": method})[0] is Match.FULL
    } or {"GET"}  # of a file
    return sorted({*told, "OPTIONS", *({"HEAD"} if "GET" in told else ())})


def _only(request: Request, methods: Sequence[str]) -> Response:
    """Tell what an address takes to who asks for that (OPTIONS) or tried something else."""
    headers = {"Allow": ", ".join(methods)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    detail = f"This address takes {headers['Allow']}."
    response = tell(request, Problem(405, "method-not-allowed", detail))
    response.headers.update(headers)
    return response


async def _unavailable(request: Request, error: Exception) -> Response:
    if not is_own(error):
        raise error
    detail = "The database does not answer just now; send the same request again."
    return tell(request, Problem(503, "try-again", detail))


async def _gone(_: Request, __: Exception) -> Response:
    # Who hung up while asking reads no answer, and did nothing that somebody should look for in the log.
    return Response(status_code=400)


async def _broken(request: Request, _: Exception) -> Response:
    # The error itself goes to the log: it is raised again when this has been answered.
    detail = "Something broke on our side; nothing was changed. Send the same request again."
    return tell(request, Problem(500, "broken", detail))


class BodyLimit:
    """Refuses bodies over the limit as problem details, told or not told in advance."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = next((int(v) for k, v in scope["headers"] if k == b"content-length" and v.isdigit()), 0)
        if told > MAX_BODY or await self._overflows(scope, receive, send):
            detail = f"A body may have at most {MAX_BODY} bytes."
            await Problem(413, "too-large", detail).response()(scope, receive, send)

    async def _overflows(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Pass a request on; True when its body went over the limit before anything was answered."""
        got, over, begun = 0, False, False

        async def counted() -> Message:
            nonlocal got, over
            message = await receive()
            got += len(message.get("body", b""))
            if got > MAX_BODY:
                over = True
                raise Problem(413, "too-large", "")
            return message

        async def unless_over(message: Message) -> None:
            nonlocal begun
            # Whoever reads the body may answer the interruption in words of their own: ours are told instead.
            if begun or not over:
                begun = True
                await send(message)

        try:
            await self.app(scope, counted, unless_over)
        except Problem:
            if begun or not over:
                raise
        return over and not begun
