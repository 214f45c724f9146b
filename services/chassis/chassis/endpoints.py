"""What may be read over HTTP, and by whom: `endpoint(router, path, may=…)` is to a read what `registry.on` is to an
act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, is_typeddict

from fastapi import APIRouter, Depends, Header, Query
from fastapi import Request as HttpRequest
from fastapi.routing import APIRoute

from chassis.access import Caller, May
from chassis.limits import address_of
from chassis.problem import Problem
from chassis.service import Service

C = TypeVar("C", bound=Callable[..., Any])


def service_of(http: HttpRequest) -> Service:
    """Return the service whose endpoint this is."""
    service = http.app.state.service
    assert isinstance(service, Service)
    return service


PersonTokenHeader = Annotated[
    str | None, Header(description="The token of who has signed in, as `people` gave it to this channel.")
]


async def caller(
    http: HttpRequest,
    authorization: Annotated[str | None, Header(max_length=300)] = None,
    person_token: PersonTokenHeader = None,
) -> Caller:
    """Return who asks: the channel, by its API key (`Authorization: Bearer <key>`), or the person who has signed in
    there, by their token beside it (`Person-Token: <JWT>`)."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Problem(401, "key-missing", "Send your channel's key as 'Authorization: Bearer <key>'.")
    service, key, address = service_of(http), key.strip(), address_of(http.scope)
    if (problem := service.limits.may_try(key, address)) is not None:
        raise problem
    found = await service.keys.holder(service.pool, key, service.clock)
    if found is None:
        service.limits.was_wrong(key, address)
        raise Problem(401, "key-unknown", "No channel has this key, or it was revoked or is over.")
    service.limits.was_right(key, found.channel.source)
    return found if person_token is None else await service.tokens.asking(found, person_token)


async def reader_language(
    http: HttpRequest,
    lang: Annotated[
        str | None, Query(description="The language of words, where they have it: one of the installation's.")
    ] = None,
) -> str:
    """Return the language that words are told in: the installation's first where none is asked for."""
    return lang or service_of(http).installation.languages[0]


Lang = Annotated[str, Depends(reader_language)]


class RequestRoute(APIRoute):
    """A resource endpoint: it stands in the OpenAPI document like every route, and `app` puts a short way to it before
    them all, since the framework's own way through its routers and dependencies costs more than a decision."""


async def optional_caller(
    http: HttpRequest,
    authorization: Annotated[str | None, Header(max_length=300)] = None,
    person_token: PersonTokenHeader = None,
) -> Caller | None:
    """Tell who reads: a channel where it sends a key, or who has signed in there; else anybody."""
    return await caller(http, authorization, person_token) if authorization or person_token else None


@dataclass(frozen=True)
class Gate:
    """Lets in who may read at an address; what depends on the thing is asked where it is known, with `may.allows`."""

    may: May

    async def __call__(self, by: Annotated[Caller, Depends(caller)]) -> None:
        if self.may.wants_person(by):
            detail = "Only who has signed in may read that: send their token as 'Person-Token'."
            raise Problem(403, "not-allowed", detail)
        if not self.may.for_some(by):
            raise Problem(403, "not-allowed", "You may not read that.")


@dataclass(frozen=True)
class Open:
    """Lets in everybody, who may be shown more when a key is sent."""

    may: May

    async def __call__(self) -> None:
        return None


def endpoint(router: APIRouter, path: str, *, may: May, method: str = "GET", **options: Any) -> Callable[[C], C]:
    """Serve what the function returns at `path`, to those who may. `options` go to the route: summary, tags."""
    gate = Depends(Gate(may) if may.needs_key else Open(may))

    def register(function: C) -> C:
        if is_typeddict(function.__annotations__.get("return")):
            # The types were checked before it ran: no answer is checked once more, member by member.
            options["response_model"] = dict[str, Any]
        router.add_api_route(path, function, methods=[method], dependencies=[gate], **options)
        return function

    return register


def endpoints_of(router: APIRouter) -> dict[tuple[str, str], May]:
    """Tell who may read what, by method and path. Raises TypeError where an address does not say."""
    found: dict[tuple[str, str], May] = {}
    for route in router.routes:
        if isinstance(inner := getattr(route, "original_router", None), APIRouter):
            found |= endpoints_of(inner)
        if isinstance(route, RequestRoute) or not isinstance(route, APIRoute):
            continue
        gates = [one.dependency for one in route.dependencies if isinstance(one.dependency, Gate | Open)]
        if not gates:
            raise TypeError(f"{route.path}: who may read it? Register it with `endpoint(…, may=…)`")
        found |= {(method, route.path): gates[0].may for method in route.methods or ()}
    return found
