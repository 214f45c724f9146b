"""What of notices may be read over HTTP; what may be asked for stands beside its handler. Reads show
what may be seen at this very second."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from chassis import (
    ANY_STAFF,
    ANYONE,
    KEEPERS,
    MINE,
    OF_THEIR_HOUSES,
    OWN,
    PUBLIC,
    SHOWN,
    Caller,
    Connection,
    Lang,
    Outcome,
    Problem,
    Resource,
    Thing,
    caller,
    endpoint,
    houses,
    optional_caller,
    service_of,
)
from chassis.last_acts import reading, tell_state, tell_states
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response
from omatoimi_contracts.primitives import CODE

from notices import language, views
from notices.domain.notices import Notice, NoticeStanding
from notices.feeds import Feed, atom, calendar, json_feed
from notices.queries import AT_MOST, Item, ItemQuery, now_shown, of_notice, places
from notices.store import notices, organisations

router = APIRouter(tags=["notices"])

IN_FULL = KEEPERS | OWN
"""Who may see all of a notice, in every state."""
NOTICE = SHOWN | IN_FULL

CodeQuery = Annotated[str | None, Query(pattern=CODE)]


async def wanted(
    lang: Lang, unit: CodeQuery = None, kind: CodeQuery = None, premises: CodeQuery = None, words: CodeQuery = None
) -> ItemQuery:
    """Tell what is asked for: `premises` are where it is on, `words` the language that it must have words in."""
    return ItemQuery(unit, lang, kind, premises, words)


class ListedOrganisations(TypedDict):
    """Organisations: those that nobody has verified, then those with a proof that holds or was withdrawn."""

    items: list[views.UnprovedOrganisation | views.Proof]


ItemQueryParameters = Annotated[ItemQuery, Depends(wanted)]


async def _shown(http: HttpRequest, asked: ItemQuery) -> list[Item]:
    service = service_of(http)
    async with service.pool.acquire() as conn:
        return await now_shown(conn, service.installation, asked, service.clock())


async def _feed(http: HttpRequest, asked: ItemQuery) -> tuple[Feed, list[Item]]:
    service = service_of(http)
    items = await _shown(http, asked)
    async with service.pool.acquire() as conn:
        ended = await notices.last_change(conn, service.clock(), asked.unit)
    changes = [item.updated for item in items] + ([ended] if ended else [])
    updated = max(changes, default=datetime(1970, 1, 1, tzinfo=UTC))
    return Feed(service.installation, asked.unit, asked.language, address(http), updated), items


def address(http: HttpRequest) -> str:
    """Tell where the reader finds this service, without a slash at the end."""
    return f"{http.url.scheme}://{http.url.netloc}{http.scope.get('root_path', '')}"


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@endpoint(router, "/v1/notices", may=PUBLIC, summary="What is on: notices and decisions about the area")
async def list_notices(http: HttpRequest, asked: ItemQueryParameters) -> Response:
    """Show at most 200, the newest first. `kind=decision` gives decisions alone."""
    items = await _shown(http, asked)
    return Response(_json({"items": [item.document() for item in items]}), media_type="application/json")


@endpoint(router, "/v1/feed.json", may=PUBLIC, summary="The same as JSON Feed 1.1")
async def get_json_feed(http: HttpRequest, asked: ItemQueryParameters) -> Response:
    return Response(_json(json_feed(*await _feed(http, asked))), media_type="application/feed+json")


@endpoint(router, "/v1/feed.atom", may=PUBLIC, summary="The same as Atom")
async def get_atom(http: HttpRequest, asked: ItemQueryParameters) -> Response:
    return Response(atom(*await _feed(http, asked)), media_type="application/atom+xml")


@endpoint(router, "/v1/notices/mine", may=MINE, summary="The notices of who has signed in")
async def my_notices(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    state: Annotated[NoticeStanding | None, Query(description="Only those that stand so now.")] = None,
    organisation: Annotated[
        UUID | None, Query(description="Of this association, which the person acts for; without it, their own.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=AT_MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> JSONResponse:
    """List them in full, whatever their state, the last asked for first. Their own are also what they asked for in the
    name of an association that they act for now."""
    service = service_of(http)
    if organisation is not None and organisation not in by.acts_for:
        raise Problem(403, "not-acting-for", service.reason("not-acting-for", "en")[1], parameter="organisation")
    now = service.clock()
    async with service.pool.acquire() as conn:
        found = await notices.of_caller(conn, by, organisation, state, now, limit, offset)
    return JSONResponse({"items": [{**views.in_full(one), "standing": one.standing(now)} for one in found]})


@endpoint(router, "/v1/feed.ics", may=PUBLIC, summary="What has a time, for calendars to subscribe to (iCalendar)")
async def get_calendar(http: HttpRequest, asked: ItemQueryParameters) -> Response:
    return Response(calendar(*await _feed(http, asked)), media_type="text/calendar")


@endpoint(router, "/v1/notices/{notice}.ics", may=PUBLIC, summary="One event, for a calendar (iCalendar)")
async def get_entry(notice: UUID, http: HttpRequest, lang: Lang) -> Response:
    """Give the event while it is shown and has a time."""
    service = service_of(http)
    async with service.pool.acquire() as conn:
        items = await now_shown(conn, service.installation, ItemQuery(None, lang), service.clock())
    mine = [item for item in items if item.id == notice and item.slot]
    if not mine:
        raise Problem(404, "unknown", "There is no such event, or it is not to be seen now.")
    feed = Feed(service.installation, None, lang, address(http), mine[0].updated)
    headers = {"Content-Disposition": f'attachment; filename="{notice}.ics"'}
    return Response(calendar(feed, mine), media_type="text/calendar", headers=headers)


@endpoint(router, "/v1/notices/{notice}", may=NOTICE, summary="One notice")
async def get_notice(
    notice: UUID, http: HttpRequest, by: Annotated[Caller | None, Depends(optional_caller)], lang: Lang
) -> Response:
    """Show a notice: in every state to the house and to whose it is; others while it is shown, and 410
    after."""
    service = service_of(http)
    now = service.clock()
    answer = Response(media_type="application/json")
    async with reading(service) as conn:
        found = await notices.one(conn, notice)
        decided = await notices.decided_by(conn, notice)
        organisation = found and found.organiser.organisation
        names = await organisations.known(conn, [organisation] if organisation else [])
        where = await places(conn, [found.booking] if found else [])
        shown = views.in_full(found) if found else views.NoticeInFull()
        told = await tell_state(service, conn, notice, shown, answer)
    if found is not None and IN_FULL.allows(by, _thing(found)):
        if decided:
            told |= {"decided_by": decided[0], "decided_at": decided[1].isoformat()}
        return Response(_json(told), headers=answer.headers, media_type="application/json")
    if found is None or found.standing(now) in (NoticeStanding.WAITING, NoticeStanding.SCHEDULED):
        raise Problem(404, "unknown", "There is no such notice, or it is not to be seen yet.")
    if found.over(now):
        state = found.standing(now)
        raise Problem(410, "over", language.word(f"state.{state}", "en"), state=state)
    return Response(_json(of_notice(found, lang, names, where).document()), media_type="application/json")


@endpoint(router, "/v1/organisations/{organisation}", may=PUBLIC, summary="A verified organisation")
async def get_organisation(organisation: UUID, http: HttpRequest, answer: Response) -> views.NamedOrganisation:
    """Show its class, and its name where it stands in the register of associations: other names are not public."""
    service = service_of(http)
    async with reading(service) as conn:
        found = (await organisations.known(conn, [organisation])).get(organisation)
        if found is None or not found.verified:
            raise Problem(404, "unknown", "There is no such organisation with a proof that holds.")
        name: views.PublicName = {"name": found.public_name} if found.public_name else {}
        told: views.NamedOrganisation = {**views.in_short(found), **name}
        return await tell_state(service, conn, organisation, told, answer)


@endpoint(router, "/v1/queue", may=OF_THEIR_HOUSES, summary="What waits for approval (staff)")
async def get_queue(http: HttpRequest, by: Annotated[Caller, Depends(caller)]) -> JSONResponse:
    """Show at most 200, the longest waiting first, with the organisation's name as it was proved."""
    service = service_of(http)
    async with reading(service) as conn:
        waiting = await notices.waiting(conn, houses(by), service.clock(), AT_MOST)
        known = await organisations.known(conn, (n.organiser.organisation for n in waiting if n.organiser.organisation))
        names = {key: organisation.name for key, organisation in known.items()}
        items: list[views.WaitingNotice] = [
            {**views.in_full(n), "name": names.get(n.organiser.organisation or n.notice)} for n in waiting
        ]
        return JSONResponse({"items": await tell_states(service, conn, "id", items)})


@endpoint(router, "/v1/organisations", may=ANY_STAFF, summary="Organisations and whether they are verified (staff)")
async def list_organisations(http: HttpRequest) -> ListedOrganisations:
    """Show those that notices name and nobody has verified (`unproved`), the longest waiting first, then those that are
    verified, by name, and those whose proof was withdrawn."""
    service = service_of(http)
    async with reading(service) as conn:
        unproved = await organisations.unproved(conn, AT_MOST)
        told: list[views.UnprovedOrganisation | views.Proof] = [
            {"id": str(key), "class": class_, "state": "unproved", "since": since.isoformat()}
            for key, class_, since in unproved
        ]
        told += [views.proof(one) for one in await organisations.everyone(conn, 5 * AT_MOST)]
        return {"items": await tell_states(service, conn, "id", told)}


async def resources(conn: Connection, outcomes: Sequence[Outcome]) -> list[Resource | None]:
    """Find what the outcomes of requests are about, as it is now."""
    return [await _resource(conn, outcome) for outcome in outcomes]


async def _resource(conn: Connection, outcome: Outcome) -> Resource | None:
    if "notice" in outcome.data:
        notice = await notices.one(conn, UUID(outcome.data["notice"]))
        return Resource(views.in_full(notice), IN_FULL, _thing(notice)) if notice else None
    if "organisation" in outcome.data:
        key = UUID(outcome.data["organisation"])
        organisation = (await organisations.known(conn, [key])).get(key)
        return Resource(views.in_short(organisation), ANYONE, Thing(None, "none")) if organisation else None
    return None


def _thing(notice: Notice) -> Thing:
    return Thing(
        notice.source,
        notice.unit,
        person=notice.person,
        organisation=notice.organiser.organisation,
        department=notice.owner,
    )
