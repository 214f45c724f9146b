"""What of decisions may be read over HTTP; what may be asked for stands beside its handler. A decision's key holds
slashes; they stand in the path."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypedDict
from uuid import UUID

from chassis import (
    MINE,
    OWN,
    PARTICIPATION,
    PUBLIC,
    SHOWN,
    STAFF_CHANNEL,
    Caller,
    Connection,
    Lang,
    Outcome,
    Problem,
    Resource,
    Service,
    Thing,
    caller,
    endpoint,
    optional_caller,
    service_of,
)
from chassis.answers import spoken
from chassis.last_acts import FAILED, reading, state_in, tell_state, tell_states
from fastapi import APIRouter, Body, Depends, Header, Path, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.primitives import CODE

from decisions import queries, shapes, views
from decisions.domain.feedback import why_not_answer
from decisions.store import feedback, publications
from decisions.store.feedback import Listing

router = APIRouter(tags=["decisions"])

ANSWERING = STAFF_CHANNEL | PARTICIPATION
"""Who reads what residents said, and answers it."""
RECEIPT = SHOWN | OWN | ANSWERING
"""How a comment stands is told to whoever wrote it; one that is no person's, to whoever has its id."""

KeyPath = Annotated[str, Path(pattern=r"^[^\x00]{1,500}$", description="It may hold slashes.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=100_000)]
DistrictQuery = Annotated[list[Annotated[str, Query(pattern=CODE)]], Query(max_length=60)]


class ListedPublications(TypedDict):
    """Decisions or cases, in the order that was asked for."""

    items: list[shapes.ListedPublication]


class Found(ListedPublications):
    """What was found, and how many there are in all."""

    hits: int


class FeedbackOfResidents(TypedDict):
    """What residents said, as whoever answers sees it, the first to fall due first."""

    items: list[shapes.FeedbackInFull]


class OwnFeedback(TypedDict):
    """What whoever asks has said, with the words, the last first."""

    items: list[shapes.FeedbackWithText]


@endpoint(router, "/v1/decisions", may=PUBLIC, summary="Decisions by district or library, the newest first")
async def list_decisions(
    http: HttpRequest,
    lang: Lang,
    district: DistrictQuery = [],  # noqa: B006
    unit: Annotated[str | None, Query(pattern=CODE)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> ListedPublications:
    """Show those that concern one of these districts, and the library's area where both are named; all, where none
    is."""
    service = service_of(http)
    districts = queries.area(service.installation, district, unit)
    async with service.pool.acquire() as conn:
        shown = await publications.of_area(conn, districts, limit, offset)
    return {"items": [views.in_short(one, lang) for one in shown]}


@endpoint(
    router,
    "/v1/decisions/{key:path}",
    may=PUBLIC,
    summary="One decision, with its words and the evidence for its districts",
)
async def get_decision(key: KeyPath, http: HttpRequest, lang: Lang) -> shapes.ShownDecision:
    async with service_of(http).pool.acquire() as conn:
        return views.decision(await queries.decision(conn, key), lang)


@endpoint(router, "/v1/cases", may=PUBLIC, summary="Cases in which nothing was decided yet, by district or library")
async def list_open_cases(
    http: HttpRequest,
    lang: Lang,
    district: DistrictQuery = [],  # noqa: B006
    unit: Annotated[str | None, Query(pattern=CODE)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> ListedPublications:
    """List cases, what changed last first; districts as for decisions."""
    service = service_of(http)
    districts = queries.area(service.installation, district, unit)
    async with service.pool.acquire() as conn:
        shown = await publications.open_of_area(conn, districts, limit, offset)
    return {"items": [views.in_short(one, lang) for one in shown]}


@endpoint(router, "/v1/cases/{key:path}", may=PUBLIC, summary="One case: motions, decisions, hearings and answers")
async def get_case(key: KeyPath, http: HttpRequest, lang: Lang) -> shapes.ShownCase:
    service = service_of(http)
    async with service.pool.acquire() as conn:
        return views.case(await queries.case(conn, key, service), lang)


@endpoint(router, "/v1/search", may=PUBLIC, summary="Search in Finnish, whatever the form of a word")
async def get_search(
    http: HttpRequest,
    lang: Lang,
    by: Annotated[Caller | None, Depends(optional_caller)],
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words; quotes, `or` and a leading minus work.")],
    session: Annotated[
        UUID | None, Header(description="Random, one visit; without it or a key a search is not counted.")
    ] = None,
) -> Found:
    hits, found = await queries.search(service_of(http), q, session, by, lang)
    return {"hits": hits, "items": [views.in_short(one, lang) for one in found]}


@endpoint(router, "/v1/feedback", may=ANSWERING, summary="What residents said (staff)")
async def list_feedback(
    http: HttpRequest,
    state: Annotated[Listing, Query()] = "open",
    limit: Limit = 50,
    offset: Offset = 0,
) -> FeedbackOfResidents:
    """List it with the words, the first to fall due first."""
    service = service_of(http)
    now = service.clock()
    async with reading(service) as conn:
        listed = await feedback.listed(conn, state, now, limit, offset)
        items: list[shapes.FeedbackInFull] = [
            {**views.feedback(said, now), "text": said.words, **views.draft(said)} for said in listed
        ]
        return {"items": await tell_states(service, conn, "feedback", items)}


@endpoint(router, "/v1/feedback/mine", may=MINE, summary="What who has signed in has said")
async def my_feedback(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    state: Annotated[Listing, Query()] = "all",
    limit: Limit = 50,
    offset: Offset = 0,
) -> OwnFeedback:
    """List it with the words and the answer, the last first."""
    service = service_of(http)
    now = service.clock()
    assert by.person is not None
    async with service.pool.acquire() as conn:
        listed = await feedback.of_person(conn, by.person, state, now, limit, offset)
    return {"items": [{**views.feedback(said, now), "text": said.words} for said in listed]}


@endpoint(router, "/v1/feedback/{id}", may=RECEIPT, summary="How a feedback stands")
async def get_feedback(
    id: UUID, http: HttpRequest, by: Annotated[Caller | None, Depends(optional_caller)], answer: Response
) -> shapes.ShownFeedback:
    """Show how a feedback stands, without the words: to whoever wrote it and who answers; what nobody signed in for, to
    whoever has its id."""
    service = service_of(http)
    async with reading(service) as conn:
        said = await feedback.find(conn, id)
        if said is None or not RECEIPT.allows(by, Thing(None, "none", shown=said.person is None, person=said.person)):
            raise Problem(404, "unknown-feedback", "There is no such feedback.")
        return await tell_state(service, conn, id, views.feedback(said, service.clock()), answer)


@endpoint(
    router,
    "/v1/feedback/{id}/text",
    method="DELETE",
    may=ANSWERING,
    summary="Forget the words of a feedback (staff)",
    status_code=204,
)
async def erase_feedback(id: UUID, http: HttpRequest) -> Response:
    """Erase its words for good; that something was said, and its answer, stay."""
    async with service_of(http).pool.acquire() as conn:
        if not await feedback.erase(conn, id):
            raise Problem(404, "unknown-feedback", "There is no such feedback.")
    return Response(status_code=204)


@endpoint(
    router,
    "/v1/feedback/{id}/draft",
    method="PUT",
    may=ANSWERING,
    summary="Keep an answer that is being written (staff)",
)
async def keep_draft(
    id: UUID,
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    text: Annotated[str, Body(embed=True, min_length=1, max_length=10_000)],
    if_match: Annotated[str | None, Header(description="The `etag` of the draft that it is based on, quoted.")] = None,
) -> shapes.FeedbackWithDraft:
    """Keep the draft of an answer, for whoever answers; it goes when the answer is given or its time is over. Where it
    is based on another draft than the last, nothing is kept (412)."""
    service = service_of(http)
    async with service.pool.acquire() as conn:
        said = await feedback.find(conn, id)
        if said is None:
            raise Problem(404, "unknown-feedback", "There is no such feedback.")
        if against := why_not_answer(said.feedback, service.clock()):
            raise Problem(409, against, service.reason(against, "en")[1])
        kept = await feedback.draft(conn, id, text, by.office, service.clock(), state_in(if_match))
        if kept is None:
            last = await feedback.find(conn, id) or said
            first = {"by": last.drafted_by, "at": last.drafted_at and last.drafted_at.isoformat()}
            raise Problem(412, FAILED, service.reason(FAILED, spoken(http))[1], first=first)
    return {**views.feedback(said, service.clock()), **views.draft(kept)}


async def resources(service: Service, conn: Connection, outcomes: Sequence[Outcome]) -> list[Resource | None]:
    """Find what the outcomes of requests are about, as it is now."""
    return [await _resource(service, conn, outcome) for outcome in outcomes]


async def _resource(service: Service, conn: Connection, outcome: Outcome) -> Resource | None:
    data = outcome.data
    if "feedback" in data:
        said = await feedback.find(conn, UUID(data["feedback"]))
        return _for_everybody(views.feedback(said, service.clock())) if said else None
    for kind in ("decision", "motion", "case"):
        if kind in data:
            shown = await publications.find(conn, kind, data[kind])
            return (
                _for_everybody(views.in_short(shown, service.installation.languages[0]))
                if shown and not shown.publication.removed
                else None
            )
    return None


def _for_everybody(document: Mapping[str, object]) -> Resource:
    return Resource(document, PUBLIC, Thing(None, "none"))
