"""What holds for every answer on a public port, whatever gives it: a service, the web channel, a file or an error.

The Host check comes first, then HEAD as GET without its body, entity tags and 304, compression, and the security
headers. Answers on an internal port need none of it.
"""

import hashlib
import logging
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.negotiation import takes_gzip
from chassis.problem import Problem
from chassis.settings import Settings

log = logging.getLogger("omatoimi")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SECURITY = (
    # Pages have a policy of their own; nothing else is ever to be run, or shown within somebody else's page.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
COMPRESSED_FROM = 1_000
STATE = re.compile(r'"[0-9]{10}"')
"""The entity tag of a state (docs/adr/0030)."""
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class PublicPort:
    """Serves an application to whoever comes, under the names by which this installation is reached."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        # Level 9 takes three times as long for a tenth less.
        self._reads = GZipMiddleware(EntityTags(app), minimum_size=COMPRESSED_FROM, compresslevel=5)
        own = {f"[{settings.host}]" if ":" in settings.host else settings.host}
        named = {name.strip().lower() for name in settings.allowed_hosts.split(",")}
        self._hosts = None if "*" in named else LOOPBACK | own | named - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, https=scope["scheme"] == "https", head=scope["method"] == "HEAD")
        try:
            if (problem := self._misdirected(scope["headers"])) is not None:
                await problem.response()(scope, receive, answer.send)
            elif scope["method"] in ("GET", "HEAD"):
                await self._reads({**scope, "method": "GET", "headers": _as_read(scope)}, receive, answer.send)
            else:
                await self._app(scope, receive, answer.send)
        except Exception:
            # Raised on, it would make the server hang up on whoever has been answered already, without a word.
            if not answer.ended:
                raise
            log.exception("%s %s broke", scope["method"], scope["path"])

    def _misdirected(self, headers: Iterable[tuple[bytes, bytes]]) -> Problem | None:
        """Tell why a request is for somebody else. A page of a stranger's whose name leads here (DNS rebinding) could
        otherwise read and ask as if it were ours."""
        told = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        if len(told) != 1:
            return Problem(400, "malformed", "Send one 'Host' header.", header="Host")
        name = re.sub(r":\d*$", "", told[0])
        if self._hosts is None or name in self._hosts:
            return None
        detail = "Nobody is served here under that name; the operator allows names by OMATOIMI_ALLOWED_HOSTS."
        return Problem(421, "other-host", detail, header="Host")


def _as_read(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers of a read, with nothing but whether gzip is taken in Accept-Encoding: the middleware looks for
    that word alone, also where its weight is 0."""
    told = ",".join(Headers(scope=scope).getlist("accept-encoding"))
    others = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return [*others, (b"accept-encoding", b"gzip")] if takes_gzip(told) else others


class _Answer:
    """An answer on its way: with the security headers, and for HEAD without its body."""

    def __init__(self, send: Send, *, https: bool, head: bool) -> None:
        self._send, self._https, self._head = send, https, head
        self.ended = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            told = {name for name, _ in headers}
            more = (*SECURITY, OVER_TLS) if self._https else SECURITY
            message = {**message, "headers": [*headers, *(one for one in more if one[0] not in told)]}
        elif self._head:
            if self.ended:
                return
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        self.ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


class EntityTags:
    """Gives every whole answer to a GET an entity tag, and answers 304 to who has it already (RFC 9110, 13.1.2).

    The tag is weak: the same words, compressed or not. An answer that must not be kept, and a stream, have none. What
    is answered to who has signed in is kept by nobody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        known, kept = asked.getlist("if-none-match"), "no-store" if "person-token" in asked else "no-cache"
        start: Message | None = None
        unchanged = False

        async def tagged(message: Message) -> None:
            nonlocal start, unchanged
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                start = message
                return
            if unchanged:
                return
            if start is not None:
                first, start = start, None
                headers = MutableHeaders(raw=list(first["headers"]))
                headers.setdefault("cache-control", kept)
                _describe(headers, None if message.get("more_body") else message.get("body", b""))
                unchanged = bool(known) and headers.get("etag", "").startswith("W/") and _among(headers["etag"], known)
                if unchanged:
                    del headers["content-length"], headers["content-type"]
                    headers.add_vary_header("Accept-Encoding")
                    first = {**first, "status": 304}
                    message = {"type": "http.response.body", "body": b""}
                await send({**first, "headers": headers.raw})
            await send(message)

        await self._app(scope, receive, tagged)


def _describe(headers: MutableHeaders, body: bytes | None) -> None:
    """Say what caches need to know: what the answer hung on, how long it holds, and which it is."""
    if "vary" not in headers:
        headers["vary"] = "Accept, Accept-Language"
    if "no-store" in headers["cache-control"]:
        return
    if "etag" in headers:
        tag = _opaque(headers["etag"])
        if body is not None and STATE.fullmatch(tag):
            # One state is told in other words as time goes by.
            tag = f'{tag[:-1]}.{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        headers["etag"] = f"W/{tag}"
    elif body is not None:
        headers["etag"] = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")


def _among(tag: str, told: Iterable[str]) -> bool:
    """Tell whether a list of tags has this one; whether they are weak does not matter here."""
    return any(one.strip() == "*" or _opaque(tag) in _TAG.findall(one) for one in told)
