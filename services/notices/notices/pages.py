"""Pages for people: what is on, the notices, the decisions of the area. No script, three languages."""

from typing import Annotated, Any
from uuid import UUID

from chassis import service_of
from fastapi import APIRouter, Header, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from notices import language
from notices.api import address, unless_known
from notices.feeds import Feed
from notices.items import Item, Wanted, now_shown, of_notice
from notices.store import notices, organisations

router = APIRouter(include_in_schema=False)

_templates = Environment(
    loader=PackageLoader("notices"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


def _page(http: HttpRequest, template: str, spoken: str, status: int = 200, **more: Any) -> Response:
    html = _templates.get_template(template).render(
        root=http.scope.get("root_path", ""),
        lang=spoken,
        words=language.words(spoken),
        names={code: language.words(code)["language"] for code in language.LANGUAGES},
        moment=lambda when: language.moment(when, spoken),
        day=lambda when: language.day(when, spoken),
        span=lambda slot: language.span(slot, spoken),
        kind=lambda code: language.of_list("kind", code, spoken),
        organiser=lambda code: language.of_list("organiser", code, spoken),
        rejection=lambda code: language.of_list("rejection", code, spoken),
        language_name=lambda code: language.name_of(code, spoken),
        **more,
    )
    answer: Response
    if status == 200:
        answer = unless_known(http, html.encode(), "text/html; charset=utf-8")
    else:
        answer = HTMLResponse(html, status)
    answer.headers.update({"Vary": "Accept-Language", "Content-Language": spoken, "Content-Security-Policy": _POLICY})
    return answer


@router.get("/")
async def what_is_on(
    http: HttpRequest,
    unit: Annotated[str | None, Query(pattern="^[a-z0-9-]{1,64}$")] = None,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """What is on, in the order of its time; then notices without one; then decisions, the newest first."""
    service = service_of(http)
    now = service.clock()
    spoken = language.preferred(lang, accept_language)
    async with service.pool.acquire() as conn:
        items = await now_shown(conn, service.settings, Wanted(unit, spoken), now)
    feed = Feed(service.settings.municipality, unit, spoken, address(http), now)
    return _page(
        http,
        "index.html",
        spoken,
        title=feed.title,
        query=feed.query,
        unit=unit,
        coming=sorted((i for i in items if i.slot), key=_when),
        others=[item for item in items if not item.slot and not item.decision],
        decisions=[item for item in items if item.decision],
    )


def _when(item: Item) -> tuple[Any, UUID]:
    assert item.slot is not None
    return item.slot.start, item.id


@router.get("/notice/{notice}")
async def one_notice(
    notice: UUID,
    http: HttpRequest,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """A notice while it may be seen; else how it stands, without its words. Its id is known to who posted it."""
    service = service_of(http)
    now = service.clock()
    spoken = language.preferred(lang, accept_language)
    async with service.pool.acquire() as conn:
        found = await notices.one(conn, notice)
        organisation = found and found.organiser.organisation
        names = await organisations.known(conn, [organisation] if organisation else [])
    state = found.standing(now) if found else "unknown"
    item = of_notice(found, spoken, names) if found and state == "shown" else None
    return _page(
        http,
        "notice.html",
        spoken,
        {"unknown": 404, "withdrawn": 410, "expired": 410, "rejected": 410}.get(state, 200),
        item=item,
        state=state,
        notice=found,
        unit=None,
        query=f"?lang={spoken}",
        title=item.title if item else language.words(spoken)["title"],
    )
