"""Desk: rooms (`/desk/rooms`): the register of premises and their rooms: register, change, retire."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any

from chassis.installation import Installation
from chassis.pages import language
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.lists import known
from omatoimi_contracts.primitives import CODE
from omatoimi_contracts.rooms import BookingRules
from omatoimi_contracts.vocabulary import TaskKind

from web.desk.about_room import LISTS, PICTURES, PRICES, TEXTS, asked_about
from web.desk.acts import Ended, Fault, Said, ask, chosen, number, state_of
from web.desk.booking_rules import BOUNDS, GRIDS, asked_rules
from web.desk.houses import House, HouseNames, Room, kept_by
from web.desk.names import fields, named
from web.desk.shell import Done, options, render
from web.rooms import about
from web.services import Services
from web.visitors import AtDesk, Form, Typed, Visitor

TASKS = known(TaskKind)
ACTS = ("premises", "space", "premises-retired", "space-retired")
MOST_BUFFER = 1440

Code = Annotated[str, Query(pattern=f"^$|{CODE}")]


@dataclass(frozen=True)
class Register:
    """The houses that somebody looks after, with their rooms."""

    premises: list[House]
    spaces: list[Room]
    names: HouseNames

    def house(self, code: str) -> House | None:
        return next((one for one in self.premises if one["premises"] == code), None)

    def room(self, code: str) -> Room | None:
        return next((one for one in self.spaces if one["space"] == code), None)

    def of(self, premises: str) -> list[Room]:
        return [one for one in self.spaces if one["premises"] == premises]


async def read(asked: Services, visitor: Visitor, lang: str) -> Register | None:
    """Read the register; None where booking does not answer."""
    premises, spaces = await asyncio.gather(asked.read("booking", "/v1/premises"), asked.read("booking", "/v1/spaces"))
    if premises is None or spaces is None:
        return None
    kept = kept_by(visitor, premises["premises"])
    codes = {one["premises"] for one in kept}
    mine = [one for one in spaces["spaces"] if one["premises"] in codes]
    return Register(kept, mine, HouseNames.of(lang, kept, mine, None))


@dataclass(frozen=True)
class _Page:
    services: Services
    installation: Installation

    async def listed(self, request: Request, visitor: Visitor, said: Said) -> HTMLResponse:
        asked = self.services.on_behalf_of(request, visitor)
        register = await read(asked, visitor, language(request))
        return render(
            request,
            "desk/rooms.html",
            visitor,
            self.services.zone,
            said.status,
            known=register is not None,
            said=said,
            register=register,
        )

    async def premises(self, request: Request, visitor: Visitor, code: str, said: Said) -> HTMLResponse:
        lang = language(request)
        asked = self.services.on_behalf_of(request, visitor)
        seen = await state_of(asked, "booking", code) if code else ""
        register = await read(asked, visitor, lang)
        house = register.house(code) if register else None
        if code and house is None and said.typed is None:
            raise asked.missing("booking", "unknown-premises", "There are no such premises among yours.")
        return render(
            request,
            "desk/premises.html",
            visitor,
            self.services.zone,
            said.status,
            said=said,
            seen=seen,
            house=house,
            owners=options(lang, "department", self._owners(visitor)),
            units=[(unit, unit.replace("-", " ").capitalize()) for unit in self._units(visitor)],
            languages_of_names=fields(self.installation, lang, [house["names"]] if house else []),
        )

    async def space(
        self,
        request: Request,
        visitor: Visitor,
        code: str,
        premises: str,
        said: Said,
        preview: dict[str, Any] | None = None,
    ) -> HTMLResponse:
        """Show the form of a room; with a `preview`, above it what residents would read."""
        lang = language(request)
        asked = self.services.on_behalf_of(request, visitor)
        seen = await state_of(asked, "booking", code) if code else ""
        if said.typed is not None and "seen" in said.typed:
            seen = said.typed["seen"]  # shown again, it is still the form of what stood there at first
        register = await read(asked, visitor, lang)
        listed = register.room(code) if register else None
        room: dict[str, Any] | None = None
        if listed is not None:  # its texts stand at its own address alone
            whole = await asked.find("booking", f"/v1/spaces/{code}", days="1")
            if whole is None or whole.status != 200:
                raise asked.missing("booking", "unknown-space", "There is no such room or house among yours.")
            room = {**listed, **whole.told}
        house = register.house(room["premises"] if room else premises) if register else None
        if register is None or house is None:
            raise asked.missing("booking", "unknown-space", "There is no such room or house among yours.")
        others = [one for one in register.of(house["premises"]) if one["space"] != code]
        return render(
            request,
            "desk/space.html",
            visitor,
            self.services.zone,
            said.status,
            said=said,
            seen=seen,
            room=room,
            house=house,
            names=register.names,
            parts=[(one["space"], register.names.room(one["space"])) for one in others],
            tasks=options(lang, "task", TASKS),
            languages_of_names=fields(self.installation, lang, written_of(room) if room else []),
            texts=TEXTS,
            lists={name: options(lang, name, codes) for name, codes in LISTS.items()},
            prices=options(lang, "price", PRICES),
            grids=[(minutes, str(minutes)) for minutes in GRIDS],
            bounds=BOUNDS,
            first_rules=BookingRules().model_dump(),
            pictures=range(max(PICTURES, len(room["pictures"]) if room else 0)),
            preview=preview and about.of(preview, lang),
        )

    def _owners(self, visitor: Visitor) -> list[str]:
        if visitor.has("staff"):
            return list(self.installation.departments)
        return [one for one in self.installation.departments if visitor.has("department", one)]

    def _units(self, visitor: Visitor) -> list[str]:
        own = [unit for unit in self.installation.libraries if visitor.has("staff", unit)]
        return own or list(self.installation.libraries)

    def asked_premises(self, visitor: Visitor, form: Form) -> dict[str, Any]:
        return {
            "premises": _code(form, "premises"),
            "owner": chosen(form, "owner", self._owners(visitor)),
            "unit": chosen(form, "unit", self._units(visitor)),
            "names": named(form, self.installation.languages[0]),
            "retire": form.get("act") == "retire",
        }


def written_of(room: dict[str, Any]) -> list[dict[str, str]]:
    """Return all that is said of a room by language."""
    rules = room["house_rules"] or {"words": {}}
    pictures = [picture["alternative"] for picture in room["pictures"]]
    return [room["names"], room["descriptions"], room["access"], rules["words"], *pictures]


def asked_space(form: Form, first: str) -> dict[str, Any]:
    """Read what the form of a room asks for; its name in the `first` language is needed."""
    capacity = number(form, "capacity")
    if not capacity:
        raise Fault("capacity", "capacity")
    task = form.get("task") or None
    return {
        "premises": _code(form, "premises"),
        "space": _code(form, "space"),
        "names": named(form, first),
        "parts": form.getlist("parts"),
        "capacity": capacity,
        "buffer_before": number(form, "buffer_before", MOST_BUFFER) or 0,
        "buffer_after": number(form, "buffer_after", MOST_BUFFER) or 0,
        "task": task and chosen(form, "task", TASKS),
        **asked_about(form, capacity, first),
        "booking_rules": asked_rules(form),
        "retire": form.get("act") == "retire",
    }


def _as_shown(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a form asks for as booking would show it, but for the version, which booking counts."""
    rules = {"version": 1, "to_accept": asked["rules_to_accept"], "words": asked["house_rules"]}
    return asked | {"house_rules": rules if asked["house_rules"] else None}


def _code(form: Form, name: str) -> str:
    told = form.get(name, "").strip()
    if not re.fullmatch(CODE, told):
        raise Fault(name, "code")
    return told


def pages(services: Services, installation: Installation) -> APIRouter:
    """Serve the register, and the forms of a house and a room."""
    router, page = APIRouter(), _Page(services, installation)
    _reads(router, page)
    _writes(router, page, services)
    return router


def _reads(router: APIRouter, page: _Page) -> None:
    @router.get("/desk/rooms", response_class=HTMLResponse)
    async def listed(request: Request, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await page.listed(request, visitor, Said(done=done if done in ACTS else ""))

    @router.get("/desk/rooms/premises", response_class=HTMLResponse)
    async def premises(request: Request, visitor: AtDesk, premises: Code = "") -> HTMLResponse:
        return await page.premises(request, visitor, premises, Said())

    @router.get("/desk/rooms/space", response_class=HTMLResponse)
    async def space(request: Request, visitor: AtDesk, space: Code = "", premises: Code = "") -> HTMLResponse:
        return await page.space(request, visitor, space, premises, Said())


def _writes(router: APIRouter, page: _Page, services: Services) -> None:
    @router.post("/desk/rooms/premises")
    async def write_premises(
        request: Request,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        try:
            data = page.asked_premises(visitor, form)
        except Fault as fault:
            return await page.premises(request, visitor, "", Said(422, fault=fault, typed=form))
        ended = await _write(services, request, visitor, form, "/v1/premises", data)
        if not ended.done:
            said = Said(ended.status, refused=ended, typed=None if ended.overtaken else form)
            return await page.premises(request, visitor, data["premises"], said)
        return _done(request, "premises", data)

    @router.post("/desk/rooms/space")
    async def write_space(
        request: Request,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        where = form.get("space", ""), form.get("premises", "")
        try:
            data = asked_space(form, page.installation.languages[0])
        except Fault as fault:
            return await page.space(request, visitor, *where, Said(422, fault=fault, typed=form))
        if form.get("act") == "preview":
            return await page.space(request, visitor, *where, Said(typed=form), _as_shown(data))
        ended = await _write(services, request, visitor, form, "/v1/spaces", data)
        if not ended.done:
            said = Said(ended.status, refused=ended, typed=None if ended.overtaken else form)
            return await page.space(request, visitor, *where, said)
        return _done(request, "space", data)


async def _write(
    services: Services, request: Request, visitor: Visitor, form: Form, path: str, data: dict[str, Any]
) -> Ended:
    asked, lang = services.on_behalf_of(request, visitor), language(request)
    told = {name: value for name, value in data.items() if value is not None}
    return await ask(asked, "booking", path, form, lang, told)


def _done(request: Request, what: str, data: dict[str, Any]) -> Response:
    done = f"{what}-retired" if data["retire"] else what
    return RedirectResponse(f"/desk/rooms?lang={language(request)}&done={done}#said", 303)
