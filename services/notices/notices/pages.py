"""Pages for people: what is on, the notices, the decisions of the area. No script, three languages."""

from datetime import date, datetime
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import local_time, service_of
from chassis import pages as chassis_pages
from chassis.pages import called
from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse
from omatoimi_contracts.primitives import CODE

from notices import language
from notices.api import address
from notices.domain.notices import GONE, NoticeStanding
from notices.feeds import Feed
from notices.queries import Item, ItemQuery, now_shown, of_notice, places
from notices.store import names, notices, organisations

router = APIRouter(include_in_schema=False)


def _page(http: HttpRequest, template: str, spoken: str, status: int = 200, **values: Any) -> HTMLResponse:
    zone = service_of(http).installation.time_zone
    answer = language.PAGES.render(
        http,
        template,
        status,
        moment=lambda when: local_time.moment(when, spoken, zone),
        day=lambda when: local_time.short_day(when, spoken),
        span=lambda slot: local_time.span(slot.start, slot.end, spoken, zone),
        of_list=lambda group, code: language.of_list(group, code, spoken),
        language_name=lambda code: language.name_of(code, spoken),
        **values,
    )
    # A copy kept for a minute would show what has ended.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


Chosen = Annotated[str, Query(pattern=f"{CODE}|^$")]
"""A field of a form of choices: empty where all are wanted."""


@router.get("/")
async def what_is_on(
    http: HttpRequest, unit: Chosen = "", kind: Chosen = "", premises: Chosen = "", words: Chosen = ""
) -> HTMLResponse:
    """Tell what is on, day by day; then notices without a time; then decisions, the newest first."""
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    spoken = chassis_pages.language(http)
    asked = ItemQuery(unit or None, spoken, kind or None, premises or None, words or None)
    async with service.pool.acquire() as conn:
        items = await now_shown(conn, service.installation, asked, now)
        houses = await names.of_kind(conn, "premises")
    feed = Feed(service.installation, unit or None, spoken, address(http), now)
    coming = sorted((item for item in items if item.slot), key=_when)
    return _page(
        http,
        "index.html",
        spoken,
        title=feed.title,
        query=feed.query,
        asked=asked,
        kinds=sorted(language.codes("kind")),
        houses=sorted((called(of, spoken, code), code) for code, of in houses.items()),
        # What began on another day and goes on stands under today.
        days=[
            (day, local_time.heading(day, spoken), list(of_day))
            for day, of_day in groupby(coming, lambda item: _day(item, now, zone))
        ],
        others=[item for item in items if not item.slot and not item.decision],
        decisions=sorted((item for item in items if item.decision), key=_decided, reverse=True),
    )


def _day(item: Item, now: datetime, zone: ZoneInfo) -> date:
    assert item.slot is not None
    return max(item.slot.start, now).astimezone(zone).date()


def _when(item: Item) -> tuple[datetime, UUID]:
    assert item.slot is not None
    return item.slot.start, item.id


def _decided(item: Item) -> date:
    return item.decided or date.min


@router.get("/notice/{notice}")
async def one_notice(notice: UUID, http: HttpRequest) -> HTMLResponse:
    """Show a notice while it may be seen; else how it stands, without its words. Its id is known to who posted it."""
    service = service_of(http)
    now = service.clock()
    spoken = chassis_pages.language(http)
    async with service.pool.acquire() as conn:
        found = await notices.one(conn, notice)
        organisation = found and found.organiser.organisation
        known = await organisations.known(conn, [organisation] if organisation else [])
        where = await places(conn, [found.booking] if found else [])
    state = found.standing(now) if found else "unknown"
    item = of_notice(found, spoken, known, where) if found and state is NoticeStanding.SHOWN else None
    return _page(
        http,
        "notice.html",
        spoken,
        404 if found is None else 410 if state in GONE else 200,
        item=item,
        state=state,
        notice=found,
        query=f"?lang={spoken}",
        title=item.title if item else language.word("notice", spoken),
    )
