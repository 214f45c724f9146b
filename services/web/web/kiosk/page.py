"""The kiosk's page (`/kiosk`): one page with a step for each thing that can be done there, which works as plain forms.

What an act came to is kept beside the device and shown by the same address for twenty seconds: no name, code or id ever
stands in an address, and going back shows nothing of it.
"""

from datetime import timedelta

from chassis.pages import language, readable
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from web import local_time
from web.kiosk import acts, standing
from web.kiosk.acts import ActDone
from web.kiosk.devices import Device, Devices
from web.rendering import PAGES, worker
from web.services import Services
from web.store import kiosks
from web.visitors import Form, refuse_foreign, typed_in

SHOWN = timedelta(seconds=20)
"""So long the page shows what an act came to."""
IDLE = 75
"""Seconds after which the page begins anew where no script does it sooner."""
PERSONS = (1, 2, 3, 4, 5, 6, 8, 10)
RATINGS = (5, 4, 3, 2, 1)
ACTS = {
    "check-in": acts.check_in,
    "book": acts.book,
    "undo": acts.undo,
    "count": acts.count,
    "rating": acts.rate,
    "call": acts.call,
}


class _Page:
    def __init__(self, services: Services, devices: Devices) -> None:
        self.services, self.devices = services, devices

    async def answer(self, request: Request) -> Response:
        """Show the page of a paired device; any other browser is shown how it becomes one."""
        device = await self.devices.find(request)
        return await (self.show(request, device) if device and self.paired(device) else self.pairing(request, device))

    def paired(self, device: Device) -> bool:
        """Tell whether it stands in a library, of which there is a channel to ask by."""
        return device.kept.unit in self.devices.units

    async def pairing(self, request: Request, device: Device | None) -> Response:
        """Tell how a device becomes one of a library: by a code, which it shows until somebody types it at the desk."""
        code = device.waits_by(self.devices.now) if device else None
        answer = PAGES.render(request, "kiosk/pairing.html", code=code)
        if code is not None:
            answer.headers["Refresh"] = f"5; url=/kiosk?lang={language(request)}"
        return answer

    async def show(self, request: Request, device: Device) -> Response:
        lang, zone, now = language(request), self.services.zone, self.devices.now
        asked = self.devices.services(self.services, device)
        kept = device.kept
        shown = kept.shown if kept.shown_until is not None and kept.shown_until > now else None
        answer = PAGES.render(
            request,
            "kiosk/kiosk.html",
            visitor=device,
            library=readable(device.unit),
            now=now,
            clock=local_time.clock(now.astimezone(zone), lang),
            day=local_time.weekday(now.astimezone(zone).date(), lang),
            shown=shown,
            seconds=max(1, round((kept.shown_until - now).total_seconds())) if shown and kept.shown_until else IDLE,
            persons=PERSONS,
            ratings=RATINGS,
            **await standing.of(asked, device.unit, now, lang, zone, shown),
        )
        await self.devices.change_key(request, device)
        return answer

    async def act(self, request: Request) -> Response:
        """Do what was touched. What comes late, since the network was gone, is answered to the script alone."""
        refuse_foreign(request)
        device, typed, lang = await self.devices.find(request), await typed_in(request), language(request)
        by_script = "application/json" in request.headers.get("accept", "")
        if device is None or not self.paired(device):
            if typed.get("act") == "pairing" and not (device and device.waits_by(self.devices.now)):
                await self.devices.begin(request)
            return JSONResponse({}, 401) if by_script else RedirectResponse(f"/kiosk?lang={lang}", 303)
        done = await self._done(request, device, typed, lang)
        if "age" not in typed:
            await kiosks.show(self.devices.database, device.id, done.shown, self.devices.now + SHOWN)
        if by_script:
            return JSONResponse({"step": done.step}, done.status)
        return RedirectResponse(f"/kiosk?lang={lang}#{done.step}", 303)

    async def _done(self, request: Request, device: Device, typed: Form, lang: str) -> ActDone:
        act = ACTS.get(typed.get("act", ""))
        if act is None or not device.made(typed):
            return ActDone(403, {"said": "again"})
        moment = await self.devices.moment(device, typed)
        asked = self.devices.services(self.services.on_behalf_of(request), device)
        return await act(acts.Touched(self.devices, asked, device, typed, moment, lang))


def pages(services: Services, devices: Devices) -> APIRouter:
    """Serve the page of a kiosk."""
    router, page = APIRouter(), _Page(services, devices)

    @router.get("/kiosk", response_class=HTMLResponse)
    async def show(request: Request) -> Response:
        return await page.answer(request)

    @router.get("/kiosk/worker.js")
    async def kept() -> Response:
        return worker("/kiosk")

    @router.post("/kiosk")
    async def act(request: Request) -> Response:
        return await page.act(request)

    return router
