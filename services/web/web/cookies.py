"""The cookies of the web channel: who has signed in, which visit an anonymous form belongs to, and which kiosk a device
is.

All are random, say nothing, and are read by no script. Their `__Host-` names are taken from this very host over https
alone: no neighbour's page can plant one. On loopback without https, where Safari takes no such name, they have plain
ones (docs/adr/0025).
"""

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGNED_IN = "omatoimi-signed-in"
"""Tells a page's script that it is worth asking who has signed in; it is believed in nothing."""
LONGEST = 400 * 86400
"""Seconds: so long browsers keep a cookie at most."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_SET, _GIVEN, _PERSONAL = "omatoimi.cookies", "omatoimi.secrets", "omatoimi.personal"


class Cookies:
    """What the cookies are called, and how they come and go, of pages at an address."""

    def __init__(self, address: str) -> None:
        self.address, self.secure = address, address.startswith("https:")

    @property
    def session(self) -> str:
        """The cookie of who has signed in."""
        return "__Host-omatoimi" if self.secure else "omatoimi"

    @property
    def visit(self) -> str:
        """The cookie of a visit."""
        return "__Host-visit" if self.secure else "omatoimi-visit"

    @property
    def kiosk(self) -> str:
        """The cookie of a device in a library, which lives on when it starts anew."""
        return "__Host-kiosk" if self.secure else "omatoimi-kiosk"

    def read(self, request: HTTPConnection, name: str) -> str | None:
        """Return the secret that a cookie of ours has, if it can be one."""
        told = request.scope.get(_GIVEN, {}).get(name) or request.cookies.get(name, "")
        return told if _SECRET.fullmatch(told) else None

    def give(self, request: HTTPConnection, name: str) -> str:
        """Make a cookie, which goes out with the answer to this request; it lives as long as the browser's window.
        Returns its secret."""
        secret = secrets.token_urlsafe(32)
        request.scope.setdefault(_GIVEN, {})[name] = secret
        self._set(request, name, secret)
        return secret

    def keep(self, request: HTTPConnection, name: str, secret: str) -> None:
        """Give a secret to a browser to keep over its windows, with the answer to this request."""
        self._set(request, name, secret, max_age=LONGEST)

    def take(self, request: HTTPConnection, name: str) -> None:
        """Take a cookie back with the answer to this request."""
        self._set(request, name, "", max_age=0)

    def tell_script(self, request: HTTPConnection, signed_in: bool) -> None:
        """Let a page's script know whether somebody has signed in."""
        self._set(request, SIGNED_IN, "1", max_age=None if signed_in else 0, httponly=False)

    def _set(
        self, request: HTTPConnection, name: str, value: str, *, max_age: int | None = None, httponly: bool = True
    ) -> None:
        made = Response()
        made.set_cookie(name, value, max_age, path="/", secure=self.secure, httponly=httponly, samesite="lax")
        request.scope.setdefault(_SET, {})[name] = made.headers["set-cookie"]


def personal(request: HTTPConnection, *, signed_in: bool) -> None:
    """Let no cache show the answer to somebody else; one that names who has signed in is kept nowhere."""
    request.scope[_PERSONAL] = "no-store" if signed_in else "private, no-cache"


class Personal:
    """Adds to an answer the cookies that were made for it, and what its being personal asks of caches."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault(_SET, {})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                for cookie in scope[_SET].values():
                    headers.append("set-cookie", cookie)
                if (cached := scope.get(_PERSONAL)) and headers.get("cache-control") != "no-store":
                    headers["cache-control"] = cached
                if cached:
                    headers.add_vary_header("Cookie")
                    headers.add_vary_header("Accept-Language")
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, told)
