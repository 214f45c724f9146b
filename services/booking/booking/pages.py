"""Today's rooms as a page, made on the server: no script, in Finnish, Swedish or English."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from babel.dates import format_date, format_time
from chassis import service_of
from fastapi import APIRouter, Header, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from omatoimi_contracts.vocabulary import CODE

from booking import views
from booking.domain.hours import HELSINKI, day_of, local_day

HERE = Path(__file__).parent
LOCALES = {"fi": "fi", "sv": "sv_FI", "en": "en_GB"}
WORDS = {language: tomllib.loads((HERE / f"locale/{language}.toml").read_text("utf-8")) for language in LOCALES}
BAR_FROM, BAR_HOURS = 6, 18
"""The bar of a room's day begins at six in the morning and is so many hours long."""

router = APIRouter()
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Day:
    """How moments of one local day are told in one language."""

    now: datetime
    language: str

    @property
    def title(self) -> str:
        told = format_date(local_day(self.now), "full", locale=LOCALES[self.language])
        return told[:1].upper() + told[1:]

    def clock(self, instant: datetime) -> str:
        """The time of day; the end of the day is 24, not 0."""
        locale = LOCALES[self.language]
        if instant == day_of(local_day(self.now)).end:
            return format_time(time(23), "short", locale=locale).replace("23", "24")
        return format_time(instant.astimezone(HELSINKI), "short", locale=locale)

    def span(self, of: dict[str, Any]) -> str:
        return f"{self.clock(_moment(of['start']))}–{self.clock(_moment(of['end']))}"

    def bar(self, of: dict[str, Any]) -> tuple[int, int]:
        """Where a span lies in the bar of the day, as start and width in minutes."""
        begins = day_of(local_day(self.now)).start + timedelta(hours=BAR_FROM)
        start = _minutes(_moment(of["start"]) - begins)
        return start, _minutes(_moment(of["end"]) - begins) - start


@router.get("/", response_class=HTMLResponse, tags=["pages"], summary="Today's rooms")
async def today(
    http: HttpRequest,
    lang: Annotated[str | None, Query(max_length=10)] = None,
    unit: Annotated[str | None, Query(pattern=CODE)] = None,
    accept_language: Annotated[str, Header()] = "",
) -> HTMLResponse:
    """Which rooms are free now, until when, and what is taken today."""
    service = service_of(http)
    now = service.clock()
    language = lang if lang in LOCALES else preferred(accept_language)
    async with service.pool.acquire() as conn:
        shown = await views.today(conn, now, unit)
    html = templates.get_template("today.html").render(
        t=WORDS[language],
        language=language,
        languages=list(LOCALES),
        root=http.scope.get("root_path", ""),
        unit=unit,
        day=Day(now, language),
        bar=BAR_HOURS * 60,
        premises=_premises(shown["spaces"], language, now),
    )
    return HTMLResponse(html, headers={"Content-Language": language, "Vary": "Accept-Language"})


def preferred(accept_language: str) -> str:
    """The language of ours that a browser wants most (RFC 9110, section 12.5.4); Finnish if none."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if language in LOCALES and quality > 0:
            wanted.append((quality, language))
    return max(wanted, key=lambda found: found[0])[1] if wanted else "fi"


def _premises(rooms: list[dict[str, Any]], language: str, now: datetime) -> list[dict[str, Any]]:
    premises: dict[str, dict[str, Any]] = {}
    for room in rooms:
        code = room["premises"]
        name = _name(room["premises_names"], language, code)
        shown = premises.setdefault(code, {"name": name, "open": room["open"], "rooms": []})
        shown["rooms"].append(room | {"name": _name(room["names"], language, room["space"])} | _state(room, now))
    return list(premises.values())


def _state(room: dict[str, Any], now: datetime) -> dict[str, Any]:
    """How a room stands now: free, taken or closed, and until when."""
    for state in ("free", "taken"):
        for span in room[state]:
            if _moment(span["start"]) <= now < _moment(span["end"]):
                return {"state": state, "until": _moment(span["end"])}
    later = next((_moment(span["start"]) for span in room["free"]), None)
    return {"state": "later" if later else "closed", "until": later}


def _name(names: dict[str, str], language: str, code: str) -> str:
    return names.get(language) or names.get("fi") or next(iter(names.values()), code)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)
