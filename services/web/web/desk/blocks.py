"""Desk: blocks (`/desk/blocks`): take a room out of booking for a time, or give it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import local_time
from web.desk.acts import Fault, Said, a_day, ask, chosen, local_moment, slot, thing
from web.desk.houses import BookingOfHouse, Room
from web.desk.rooms import read
from web.desk.shell import render, serve
from web.desk.timeline import moment
from web.services import Services, Slot
from web.visitors import Away, Form, Visitor

AHEAD = timedelta(days=366)
ACTS = ("blocked", "lifted")


@dataclass(frozen=True)
class _Page:
    services: Services

    async def listed(
        self, request: Request, visitor: Visitor, said: Said, wanted: dict[str, Any] | None = None
    ) -> HTMLResponse:
        """Show the blocks to come, and the form of another; where the room is booked then, by which bookings."""
        lang, zone = language(request), self.services.zone
        asked, now = self.services.on_behalf_of(request, visitor), local_time.now(zone)
        register = await read(asked, visitor, lang)
        between = {"from": now.astimezone(UTC).isoformat(), "to": (now + AHEAD).astimezone(UTC).isoformat()}
        schedule = await asked.read("booking", "/v1/schedule", **between)
        mine = {one["space"] for one in register.spaces} if register else set()
        return render(
            request,
            "desk/blocks.html",
            visitor,
            zone,
            said.status,
            known=register is not None and schedule is not None,
            said=said,
            register=register,
            blocks=[one for one in schedule["blocks"] if one["space"] in mine] if schedule else None,
            in_the_way=_in_the_way(register.room(wanted["space"]), schedule["bookings"], wanted["slot"])
            if register and schedule and wanted
            else [],
            today=now.date(),
        )

    async def act(self, request: Request, visitor: Visitor, form: Form) -> Response:
        lang, asked, zone = language(request), self.services.on_behalf_of(request, visitor), self.services.zone
        if form.get("act") == "lift":
            data: dict[str, Any] = {"lift": str(thing(form, "block"))}
        else:
            register = await read(asked, visitor, lang)
            if register is None:
                raise Away
            try:
                space = chosen(form, "space", [one["space"] for one in register.spaces])
                last = Form([*form.multi_items(), ("last", form.get("day", ""))]) if not form.get("last") else form
                start, end = local_moment(form, "day", "start", zone), local_moment(last, "last", "end", zone)
                a_day(last, "last")
                data = {"space": space, "slot": slot(start, end, "end")}
            except Fault as fault:
                return await self.listed(request, visitor, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "booking", "/v1/blockings", form, lang, data)
        if not ended.done:
            wanted = data if ended.code == "taken" else None
            return await self.listed(request, visitor, Said(ended.status, refused=ended, typed=form), wanted)
        done = "lifted" if "lift" in data else "blocked"
        return RedirectResponse(f"/desk/blocks?lang={lang}&done={done}#said", 303)


def _in_the_way(room: Room | None, bookings: Iterable[BookingOfHouse], wanted: Slot) -> list[BookingOfHouse]:
    """Return the bookings for which a room cannot be blocked then."""
    leaves = set(room["leaves"]) if room else set()
    start, end = moment(wanted["start"]), moment(wanted["end"])
    return [
        one
        for one in bookings
        if leaves.intersection(one["leaves"])
        and moment(one["slot"]["start"]) < end
        and start < moment(one["slot"]["end"])
    ]


def pages(services: Services) -> APIRouter:
    """Serve the page of blocks."""
    return serve("/desk/blocks", _Page(services), ACTS)
