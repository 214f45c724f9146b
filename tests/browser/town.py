"""What happens in the area before its pages are looked at: enough of everything that a page can show."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx
from omatoimi.installation import RunningInstallation
from playwright.async_api import Browser

from tests.browser.chromium import window
from tests.waiting import until
from tests.whole_way.cities import HELSINKI
from tests.whole_way.world import Endpoints, instant, slot

UNIT = "vallila"
ALL_DAY = [
    {"weekday": day, "spans": [{"opens": "00:00", "closes": "24:00", "kind": "self-service"}]} for day in range(1, 8)
]
TITLES = {"fi": "Pihatalkoot Vallilassa", "sv": "Gårdstalko i Vallgård", "en": "Courtyard clean-up in Vallila"}
TEXTS = {
    "fi": "Siivotaan piha yhdessä.\n\nKahvit talon puolesta, välineet saa kirjastosta.",
    "sv": "Vi städar gården tillsammans.\n\nHuset bjuder på kaffe, redskap får man på biblioteket.",
    "en": "We clean the courtyard together.\n\nCoffee is on the house, tools are at the library.",
}


def _page(title: str, *parts: tuple[str, str]) -> str:
    """A decision's HTML as the city's case system writes it."""
    sections = "".join(
        f'<div class="SisaltoSektio"><h3 class="SisaltoOtsikko">{heading}</h3><p>{text}</p></div>'
        for heading, text in parts
    )
    body = f'<div class="paatos"><h1 class="AsiaOtsikko">{title}</h1>{sections}</div>'
    return f'<html lang="fi"><body>{body}</body></html>'


def _case(number: str, title: str) -> dict[str, Any]:
    return {"CaseID": number, "Title": title, "Status": "Vireillä", "PublicityClass": "Julkinen"}


def _decision(number: str, section: str, title: str) -> dict[str, Any]:
    decided = (
        "Päätös",
        "Lautakunta päätti hyväksyä Vallilan Hauhonpuiston suunnitelman. Puiston valmistumisesta on raportoitava "
        "31.12.2027 mennessä.",
    )
    return {
        "NativeId": "{BROWSER-1}",
        "Title": title,
        "CaseID": number,
        "Section": section,
        "Content": _page(
            title, decided, ("Päätöksen perustelut", "Asukkaat ovat toivoneet puistoon lisää valoa ja penkkejä.")
        ),
        "Motion": _page(title, ("Päätösehdotus", "Lautakunta päättää hyväksyä suunnitelman esityksen mukaisesti.")),
        "Organization": {"ID": "U540", "Name": "Kaupunkiympäristölautakunta", "TypeId": "3"},
        "Meeting": {"MeetingID": "U54020261", "DateMeeting": "2026-11-24T15:00:00.000"},
    }


async def live(installation: RunningInstallation, browser: Browser) -> dict[str, str]:
    """Let everything happen, and return what the addresses of pages name."""
    status = await asyncio.to_thread(installation.status)
    keys = json.loads(Path(status["keys"]).read_text())
    async with httpx.AsyncClient(timeout=300) as http:
        endpoints = Endpoints(status["url"].rstrip("/"), status["kafka"], keys, http)
        await _book(endpoints)
        told = await _decide(endpoints) | await _notify(endpoints) | await _try(browser, endpoints.url)
        await _use(endpoints, told["decision"])
        await until(lambda: _counted(endpoints), "the bookings stand in the figures")
        return told


async def _book(endpoints: Endpoints) -> None:
    """A house that never closes, so that its rooms are free, taken and blocked now, whatever the hour."""
    now = datetime.now(HELSINKI.zone).replace(second=0, microsecond=0)
    tomorrow = (now + timedelta(days=1)).date()
    house = {"premises": "yhteistalo", "owner": "youth", "unit": UNIT}
    names = {"fi": "Yhteistalo", "sv": "Allaktivitetshuset", "en": "Community house"}
    await endpoints.resource("house", "booking/v1/premises", house | {"names": names}, by="staff")
    rooms = {
        "olohuone": {"fi": "Olohuone", "sv": "Vardagsrummet", "en": "Living room"},
        "verstas": {"fi": "Verstas", "sv": "Verkstaden", "en": "Workshop"},
        "studio": {"fi": "Studio", "sv": "Studion", "en": "Studio"},
    }
    for space, called in rooms.items():
        body = {"premises": "yhteistalo", "space": space, "capacity": 12, "names": called, "task": "open-door"}
        await endpoints.resource(space, "booking/v1/spaces", body, by="staff")
    await endpoints.resource("hours", "booking/v1/hours", _hours("yhteistalo"), by="staff")

    association = str(uuid4())
    proof = {
        "organisation": association,
        "class": "association",
        "registernumber": "123.456",
        "name": "Vallila-seura ry",
    }
    await endpoints.resource("association", "notices/v1/verifications", proof, by="staff")
    held = await endpoints.resource(
        "taken", "booking/v1/bookings", {"space": "olohuone", "slot": slot(now, 120), "persons": 9}
    )
    came = {"booking": held["outcome"]["data"]["booking"], "persons": 9}
    await endpoints.resource("attended", "booking/v1/attendances", came, by="kiosk")
    await endpoints.resource("blocked", "booking/v1/blockings", {"space": "studio", "slot": slot(now, 180)}, by="staff")
    session = {"space": "olohuone", "slot": slot(now, 60), "session": str(uuid4())}
    await endpoints.resource("refused", "booking/v1/bookings", session, status=409)
    evening = {"space": "olohuone", "slot": slot(HELSINKI.local(tomorrow, 17), 90), "purpose": "hobby"}
    given = await endpoints.resource("given back", "booking/v1/bookings", evening)
    back = {"booking": given["outcome"]["data"]["booking"]}
    await endpoints.resource("cancelled", "booking/v1/cancellations", back, status=200)
    tasks = await endpoints.http.get(
        f"{endpoints.url}/booking/v1/tasks",
        params={"unit": UNIT},
        headers={"Authorization": f"Bearer {endpoints.keys['staff']['key']}"},
    )
    done = {"task": tasks.json()["tasks"][0]["task"], "state": "done", "minutes": 15}
    await endpoints.resource("task", "booking/v1/task-changes", done, by="staff")


def _hours(premises: str) -> dict[str, Any]:
    return {"premises": premises, "valid_from": "2014-01-01", "week": ALL_DAY}


async def _decide(endpoints: Endpoints) -> dict[str, str]:
    """A case with its decision, a hearing, and an answer to a resident; another case that the city takes back."""
    listed = (await endpoints.http.get(f"{endpoints.url}/decisions/v1/decisions", params={"unit": UNIT})).json()[
        "items"
    ]
    section_50 = next(one["key"] for one in listed if one["section"] == 50)
    title = "Hauhonpuiston puistosuunnitelman hyväksyminen Vallilassa, puisto- ja katusuunnittelu, kaupunkiympäristö"
    case = _case("HEL 2026-000001", title)
    opened = await endpoints.resource("case", "decisions/v1/records", {"kind": "case", "content": case}, by="staff")
    record = {"kind": "decision", "content": _decision("HEL 2026-000001", "512", title)}
    decided = await endpoints.resource("decision", "decisions/v1/records", record, by="staff")
    key = opened["outcome"]["data"]["case"]
    comment = {"case": key, "text": "Jättäkää puut."}
    said = await endpoints.resource("comment", "decisions/v1/feedback", comment)
    answer = {"feedback": said["outcome"]["data"]["feedback"], "text": "Kiitos. Puut jäävät.", "changed": True}
    await endpoints.resource("answer", "decisions/v1/answers", answer, by="staff")
    soon = HELSINKI.local(datetime.now(HELSINKI.zone).date() + timedelta(days=2), 18)
    hearing = {"space": "verstas", "slot": slot(soon, 60), "purpose": "hearing", "case": key}
    await endpoints.resource("hearing", "booking/v1/bookings", hearing)
    mistaken = {"kind": "case", "content": _case("HEL 2026-000002", "Vallilan kentän valaistus")}
    removed = await endpoints.resource("mistaken case", "decisions/v1/records", mistaken, by="staff")
    removal = {"kind": "case", "record": "HEL 2026-000002", "remove": True}
    await endpoints.resource("removal", "decisions/v1/records", removal, by="staff", status=200)
    return {
        "section_50": section_50,
        "case": key,
        "decision": decided["outcome"]["data"]["decision"],
        "removed_case": removed["outcome"]["data"]["case"],
    }


async def _notify(endpoints: Endpoints) -> dict[str, str]:
    """Notices as they can stand: shown, in one language only, waiting, rejected, withdrawn."""
    soon = HELSINKI.local(datetime.now(HELSINKI.zone).date() + timedelta(days=3), 11)
    ends = {"until": instant(soon + timedelta(hours=3)), "unit": UNIT}

    async def posted(act: str, **more: Any) -> str:
        answer = await endpoints.resource(act, "notices/v1/notices", {"titles": TITLES, **ends, **more}, status=202)
        return str(answer["outcome"]["data"]["notice"])

    async def answered(act: str, endpoint: str, notice: str, status: int = 200, **more: Any) -> None:
        await endpoints.resource(act, f"notices/v1/{endpoint}", {"notice": notice, **more}, by="staff", status=status)

    shown = await posted("clean-up", kind="event", texts=TEXTS, slot=slot(soon, 180))
    finnish = await posted("choir", kind="hobby", titles={"fi": "Kuoro etsii laulajia"}, texts={"fi": TEXTS["fi"]})
    waiting, rejected, withdrawn = await posted("waits"), await posted("rejected"), await posted("withdrawn")
    for notice in (shown, finnish, withdrawn):
        await answered(f"approve {notice}", "approvals", notice, 201)
    await answered("reject", "rejections", rejected, reason="advertising")
    await answered("withdraw", "notice-changes", withdrawn, withdraw=True)
    return {
        "notice": shown,
        "finnish_notice": finnish,
        "waiting_notice": waiting,
        "rejected_notice": rejected,
        "withdrawn_notice": withdrawn,
    }


async def _use(endpoints: Endpoints, decision: str) -> None:
    hour = datetime.now(HELSINKI.zone).replace(minute=0, second=0, microsecond=0)
    visits = {"unit": UNIT, "counter": "paaovi", "slot": slot(hour - timedelta(hours=1), 60), "persons": 42}
    await endpoints.resource("visits", "analytics/v1/visits", visits, by="staff")
    shown = {"unit": UNIT, "place": "aula", "kind": "decision", "item": decision}
    await endpoints.resource("shown", "analytics/v1/displays", shown, by="kiosk")


async def _try(browser: Browser, origin: str) -> dict[str, str]:
    """The steps at /try, by its plain forms: the query of the page after each."""
    stood = {}
    async with window(browser, origin, script=False) as visitor:
        await visitor.open("/try?lang=fi")
        for step, act in (("tried_booked", "book"), ("tried_again", "again"), ("tried_taken", "take")):
            form = visitor.page.locator(f"form:has(input[name=act][value={act}])").first
            async with visitor.page.expect_navigation():
                await form.locator("button[type=submit]").click()
            query = parse_qsl(urlsplit(visitor.page.url).query)
            stood[step] = urlencode([(name, value) for name, value in query if name != "lang"])
    return stood


async def _counted(endpoints: Endpoints) -> bool:
    for unit in ("all", UNIT):  # pages show the figures that were asked for last
        answer = await endpoints.http.get(f"{endpoints.url}/analytics/v1/figures", params={"unit": unit})
    figures = {one["metric"]: one["whole"] for one in answer.json()["figures"]}
    return bool(figures["M01"]["numerator"] and figures["M10"]["numerator"] and figures["M32"]["numerator"])
