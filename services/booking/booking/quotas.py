"""How much of its quota an organisation has used, and what is left (`GET /v1/quotas`)."""

from datetime import datetime
from typing import Annotated, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import ANY_STAFF, MINE, Caller, Connection, Problem, caller, endpoint, service_of
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest

from booking.domain.hours import DAY, month_of
from booking.domain.rules import A_MONTH, AHEAD
from booking.store import organisations

router = APIRouter()
SHOWN = 2
"""So many months are told also where nothing is booked in them: this one and the next."""


class QuotaMonth(TypedDict):
    """How many bookings of a local month an organisation holds, and how many it may still make."""

    month: str
    used: int
    left: int


class Quota(TypedDict):
    """How many bookings a month an organisation may hold, and how it stands in some months."""

    organisation: str
    a_month: int
    months: list[QuotaMonth]


class Quotas(TypedDict):
    """How organisations stand."""

    quotas: list[Quota]


@endpoint(
    router,
    "/v1/quotas",
    may=ANY_STAFF | MINE,
    tags=["bookings"],
    summary="What organisations have used of their quotas, for who acts for them and the staff",
)
async def quotas(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    organisation: Annotated[
        UUID | None, Query(description="Of this one; without it, of those that the person acts for.")
    ] = None,
) -> Quotas:
    """Show for this local month, the next, and each later one in which something is booked, how many bookings an
    organisation holds and how many it may still make. Cancelled ones do not count."""
    service = service_of(http)
    if organisation is not None and not by.may_speak_for(organisation):
        raise Problem(403, "not-acting-for", service.reason("not-acting-for", "en")[1], parameter="organisation")
    wanted = [organisation] if organisation else sorted(by.acts_for)
    now, zone = service.clock(), service.installation.time_zone
    async with service.pool.acquire() as conn:
        return {"quotas": [await _quota(conn, one, now, zone) for one in wanted]}


async def _quota(conn: Connection, organisation: UUID, now: datetime, zone: ZoneInfo) -> Quota:
    months = [month_of(now, zone)]
    while months[-1] < month_of(now + AHEAD, zone):
        months.append((months[-1] + 31 * DAY).replace(day=1))
    held = await organisations.held(conn, organisation, months, zone)
    shown = [month for at, month in enumerate(months) if at < SHOWN or held[month]]
    return {
        "organisation": str(organisation),
        "a_month": A_MONTH,
        "months": [
            {"month": f"{month:%Y-%m}", "used": held[month], "left": max(0, A_MONTH - held[month])} for month in shown
        ],
    }
