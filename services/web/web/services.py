"""The services as the web channel asks them: over their public HTTP, like anybody, within bounds of time and size."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, Self, TypedDict, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from chassis.problem import Problem
from fastapi import Request
from prometheus_client import CollectorRegistry, Counter

from web.visitors import Away, Visitor

log = logging.getLogger("omatoimi")

T = TypeVar("T")
Value = str | Sequence[str]
"""What stands in an address under one name, perhaps several times."""

SECONDS = 3.0
"""So long a page waits for an answer; then it says so and shows the rest."""
MAX_ANSWER = 4_000_000
"""Bytes of an answer; the longest that a service gives has a few hundred thousand."""
AT_ONCE = 50
"""Connections to one service."""


class ServiceResponse(NamedTuple):
    """What a service said: the status, and the JSON object of the body."""

    status: int
    told: dict[str, Any]


class Slot(TypedDict):
    """From when until when, as the services take and tell it: text with an offset."""

    start: str
    end: str


def slot_of(start: datetime, end: datetime) -> Slot:
    """Return a slot as the services take it."""
    return {"start": start.isoformat(), "end": end.isoformat()}


class _Unusable(Exception):
    """An answer that is too long, or no JSON object."""


def client(address: str) -> httpx.AsyncClient:
    """Make a client that asks the service at an address, such as `https://library.example/booking`."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    # No proxy of the environment's: an address is where the service is.
    return httpx.AsyncClient(base_url=address, timeout=SECONDS, limits=limits, trust_env=False)


def asked_in(registry: CollectorRegistry) -> Counter:
    """Count what was asked of each service and how it went: `answered`, `late`, `failed` or `unusable`."""
    return Counter("omatoimi_web_asked_total", "Requests to services", ["service", "outcome"], registry=registry)


def part(told: Any, show: Callable[[Any], T]) -> T | None:
    """Return a part of a page, of what its service told; None where it told nothing, or not what its contract says."""
    if told is None:
        return None
    try:
        return show(told)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        log.exception("a service told what a page cannot show")
        return None


@dataclass(frozen=True)
class Services:
    """The public HTTP of all services, and the `zone` of local time there; `key` tells that of the channel which the
    pages are, as it is now; it never leaves the process. `address` is that of whoever looks at a page, `takes` how old
    an answer they take (their Cache-Control), `person` the token of who has signed in there, `happened` when what is
    asked for happened, where that is not now."""

    clients: Mapping[str, httpx.AsyncClient]
    key: Callable[[], str]
    zone: ZoneInfo
    asked: Counter
    address: str = ""
    takes: str = ""
    person: str | None = field(default=None, repr=False)
    happened: datetime | None = None
    silent: set[str] = field(default_factory=set)
    """The services that did not answer while this page was made: in time, or not with more than that they could not.
    `people` stands here too while it does not vouch for who has signed in: then all that is theirs is unknown."""

    def on_behalf_of(self, request: Request, visitor: Visitor | None = None) -> Self:
        """Return the same, asked for whoever looks at a page: services that trust this address count by theirs, and
        know the person who has signed in."""
        address, takes = request.client.host if request.client else "", request.headers.get("cache-control", "")
        unknown = visitor is not None and visitor.signed_in and not self.speaks_for(visitor)
        silent = {"people"} if unknown else set[str]()
        return replace(self, address=address, takes=takes, person=visitor.token if visitor else None, silent=silent)

    def missing(self, service: str, code: str, detail: str) -> Problem:
        """Return the problem of what was not found: it is not there; or, where its service did not answer, nobody
        knows."""
        return Problem(404, code, detail) if self.knows(service) else Away()

    def knows(self, service: str) -> bool:
        """Tell whether what this service did not show is really not there: whoever asked was known, and it answered."""
        return not self.silent & {service, "people"}

    async def read(self, service: str, path: str, **query: Value) -> Any:
        """Tell what anybody is told, or who has signed in; None when the service does not answer in time, or has
        nothing there for them."""
        headers = self._authorization() if self.person else {}
        answer = await self._send(service, "GET", path, headers=headers, params=query)
        return answer.told if answer is not None and answer.status == 200 else None

    async def find(self, service: str, path: str, **query: str) -> ServiceResponse | None:
        """Tell what a service says at a page's own address, be it that there is nothing; None when it does not
        answer."""
        answer = await self._send(service, "GET", path, params=query)
        return answer if answer is not None and answer.status in (200, 404) else None

    async def search(self, service: str, path: str, session: UUID, **query: Value) -> Any:
        """Search for what anybody finds, counted as a search of this visit; None as in `read`."""
        answer = await self._send(service, "GET", path, headers={"Session": str(session)}, params=query)
        return answer.told if answer is not None and answer.status == 200 else None

    def speaks_for(self, visitor: Visitor) -> bool:
        """Tell whether what is asked now is asked as this visitor: not while people, which vouches for them, is away.
        What were asked then would be nobody's."""
        return visitor.token is not None or "people" not in self.clients

    async def own(self, service: str, path: str, **query: str) -> ServiceResponse | None:
        """Tell what this channel, or who has signed in at it, is shown of their own, be it that there is nothing; None
        when nobody answers."""
        answer = await self._send(service, "GET", path, headers=self._authorization(), params=query)
        return answer if answer is not None and answer.status in (200, 403, 404) else None

    async def ended(self, service: str, request: UUID) -> Any:
        """Tell how a request of this channel ended; None as in `read`."""
        answer = await self._send(service, "GET", f"/v1/requests/{request}", headers=self._authorization())
        return answer.told if answer is not None and answer.status == 200 else None

    async def ask(
        self,
        service: str,
        path: str,
        request: UUID,
        language: str,
        data: Any,
        *,
        method: str = "POST",
        seen: str | None = None,
        **query: str,
    ) -> Any:
        """Ask for something as this channel; where nothing was done since the state that was `seen`. What is answered,
        be it yes or no; None when nothing is answered in time: asked again with the same id, the answer is the same."""
        headers = {"Idempotency-Key": str(request), "Content-Language": language, "Accept-Language": language}
        headers |= {"If-Match": f'"{seen}"'} if seen else {}
        headers |= self._authorization() | ({"Happened-At": self.happened.isoformat()} if self.happened else {})
        answer = await self._send(service, method, path, headers=headers, json=data, params=query)
        return answer.told if answer is not None and answer.status < 500 else None

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(client.aclose() for client in self.clients.values()))

    def _authorization(self) -> dict[str, str]:
        key = self.key()
        person = {"Person-Token": self.person} if self.person else {}
        return {"Authorization": f"Bearer {key}", **person} if key else {}

    async def _send(
        self, service: str, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> ServiceResponse | None:
        # Not compressed: a few bytes could become any number.
        told = {"Accept-Encoding": "identity", **(headers or {})}
        if self.address:
            told["X-Forwarded-For"] = self.address
        if self.takes:
            told["Cache-Control"] = self.takes
        outcome = "late"  # also for who stops waiting
        try:
            async with (
                asyncio.timeout(SECONDS),
                self.clients[service].stream(method, path, headers=told, **more) as answer,
            ):
                found = ServiceResponse(answer.status_code, await _body(answer))
            outcome = "answered"
            if found.status >= 500 or found.status == 429:
                self.silent.add(service)  # overrun or broken, it has said nothing of what it was asked
            return found
        except (TimeoutError, httpx.TimeoutException):
            pass
        except httpx.HTTPError:
            outcome = "failed"
        except _Unusable as why:
            outcome = "unusable"
            log.warning("what %s answers cannot be used: %s", service, why)
        finally:
            self.asked.labels(service, outcome).inc()
        self.silent.add(service)
        return None


async def _body(answer: httpx.Response) -> dict[str, Any]:
    whole = bytearray()
    async for part in answer.aiter_raw():
        whole += part
        if len(whole) > MAX_ANSWER:
            raise _Unusable(f"it has more than {MAX_ANSWER} bytes")
    try:
        told = json.loads(whole)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _Unusable(f"it is no JSON object (status {answer.status_code})")
    return told
