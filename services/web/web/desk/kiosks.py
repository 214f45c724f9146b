"""Desk: the kiosks of a library (`/desk/kiosks`): a device is paired by the code that it shows, seen to be alive, and
revoked; and who called the staff from one is answered."""

from dataclasses import dataclass
from uuid import uuid4

from chassis.pages import language, readable
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.desk.acts import Ended, Fault, Said, ask, thing
from web.desk.shell import render, serve
from web.kiosk.devices import Devices, as_code
from web.rendering import PAGES
from web.services import Services
from web.store import kiosks
from web.visitors import Form, Visitor

ACTS = ("paired", "revoked", "answered")
FOUND = "found"
"""A device shows this code: whether it is the one before them they are asked next."""
GONE = "gone"
"""Another was first: the call waits no more, or the device is none any more."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class _Page:
    services: Services
    devices: Devices

    async def listed(self, request: Request, visitor: Visitor, said: Said, code: str = "") -> HTMLResponse:
        """Show the kiosks; with a code that a device shows, the question whether it is this one."""
        units, pool, now = self.devices.kept_by(visitor), self.devices.database, self.devices.now
        return render(
            request,
            "desk/kiosks.html",
            visitor,
            self.services.zone,
            said.status,
            said=said,
            code=code,
            libraries=[(unit, readable(unit)) for unit in units],
            kiosks=await kiosks.of_units(pool, units, now),
            calls=await self.devices.calls(visitor),
            readable=readable,
        )

    async def act(self, request: Request, visitor: Visitor, form: Form) -> Response:
        code = as_code(form.get("code", ""))
        try:
            done = await self._done(request, visitor, form, code)
        except Fault as fault:
            asked = code if fault.field == "name" else ""
            return await self.listed(request, visitor, Said(422, fault=fault, typed=form), asked)
        if done == GONE:
            return await self.listed(request, visitor, Said(409, refused=await self._gone(request, visitor, form)))
        if done == FOUND:
            return await self.listed(request, visitor, Said(), code)
        return RedirectResponse(f"/desk/kiosks?lang={language(request)}&done={done}#said", 303)

    async def _done(self, request: Request, visitor: Visitor, form: Form, code: str) -> str:
        units, pool = self.devices.kept_by(visitor), self.devices.database
        # People vouches for a role for five minutes; while it is away nobody pairs or revokes anything.
        if not units or visitor.token is None:
            raise Fault("code", "not-staff")
        match form.get("act"):
            case "revoke":
                mine = {one.kiosk for one in await kiosks.of_units(pool, units, self.devices.now)}
                kiosk = thing(form, "kiosk")
                ended = kiosk not in mine or await kiosks.end(pool, kiosk, "revoked", self.devices.now)
                return "revoked" if ended else GONE
            case "answer":
                return await self._answer(request, visitor, form, units)
            case _:
                return await self._pair(visitor, form, units, code)

    async def _answer(self, request: Request, visitor: Visitor, form: Form, units: list[str]) -> str:
        help = thing(form, "help")
        called = next((one for one in await self.devices.calls(visitor) if one.help == help), None)
        if called is None or not await kiosks.answer(self.devices.database, help, units):
            return GONE
        asked, data = self.services.on_behalf_of(request, visitor), {"unit": called.unit, "help": str(help)}
        await ask(asked, "analytics", "/v1/help-given", form, language(request), data | {"topic": "kiosk"})
        return "answered"

    async def _gone(self, request: Request, visitor: Visitor, form: Form) -> Ended | None:
        """Tell who was first where a form is about a call that waits no more, or a device that is none any more."""
        units, pool, now = self.devices.kept_by(visitor), self.devices.database, self.devices.now
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        match form.get("act"):
            case "answer" if units:
                help = thing(form, "help")
                if any(one.help == help for one in await self.devices.calls(visitor)):
                    return None
                first = dict(await asked.read("analytics", f"/v1/acts/{help}") or {})
                return Ended(409, "overtaken", PAGES.words[lang]["desk.kiosks.overtaken"], first=first)
            case "revoke":
                kiosk = thing(form, "kiosk")
                one = next((one for one in await kiosks.of_units(pool, units, now) if one.kiosk == kiosk), None)
                if one is not None and one.ended:
                    return Ended(409, "overtaken", PAGES.words[lang][f"desk.kiosks.ended.{one.ended}"])
        return None

    async def _pair(self, visitor: Visitor, form: Form, units: list[str], code: str) -> str:
        """Look for the device that shows a code, or bind it. Five wrong codes, and this session finds none any more."""
        pool, now, tried = self.devices.database, self.devices.now, uuid4()
        if not await kiosks.may_try(pool, visitor.session, tried, now, None):
            raise Fault("code", "too-many-codes")
        if not await kiosks.waiting(pool, code, now):
            raise Fault("code", "no-such-code")
        await kiosks.was_right(pool, visitor.session, tried)
        if form.get("act") != "pair":
            return FOUND
        name, unit = form.get("name", "").strip(), form.get("unit", "")
        if not name or len(name) > LONGEST_NAME:
            raise Fault("name", "kiosk-name")
        if unit not in units or not await kiosks.pair(pool, code, unit, name, now):
            raise Fault("code", "no-such-code")
        return "paired"


def pages(services: Services, devices: Devices) -> APIRouter:
    """Serve the page of the kiosks."""
    return serve("/desk/kiosks", _Page(services, devices), ACTS)
