"""Desk: organisations (`/desk/organisations`): verify an association with its proof, or withdraw it."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from chassis.installation import Installation
from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.desk.acts import Fault, Said, ask, chosen, thing
from web.desk.shell import options, render, serve
from web.services import Services
from web.visitors import Form, Visitor

CLASSES = ("association", "informal", "firm", "department")
ACTS = ("verified", "withdrawn")
REGISTER_NUMBER = r"[0-9][0-9.-]{2,19}"
LONGEST_NAME = 200


@dataclass(frozen=True)
class _Page:
    services: Services
    installation: Installation

    async def listed(self, request: Request, visitor: Visitor, said: Said) -> HTMLResponse:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        told = await asked.read("notices", "/v1/organisations")
        items = list(told["items"]) if told else None
        return render(
            request,
            "desk/organisations.html",
            visitor,
            self.services.zone,
            said.status,
            known=items is not None,
            said=said,
            unproved=[one for one in items or () if one["state"] == "unproved"],
            verified=[one for one in items or () if one["state"] == "verified"],
            withdrawn=[one for one in items or () if one["state"] == "withdrawn"],
            there=items is not None,
            count=sum(one["state"] == "unproved" for one in items or ()),
            classes=options(lang, "organiser", CLASSES),
            departments=options(lang, "department", self.installation.departments),
        )

    async def act(self, request: Request, visitor: Visitor, form: Form) -> Response:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        try:
            data = asked_for(form, self.installation.departments)
        except Fault as fault:
            return await self.listed(request, visitor, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "notices", "/v1/verifications", form, lang, data)
        if not ended.done:
            said = Said(ended.status, refused=ended, typed=None if ended.overtaken else form)
            return await self.listed(request, visitor, said)
        return RedirectResponse(f"/desk/organisations?lang={lang}&done={data['state']}#said", 303)


def asked_for(form: Form, departments: tuple[str, ...]) -> dict[str, Any]:
    """Read what a form asks for: a proof with its particulars, or its withdrawal."""
    if form.get("act") == "withdraw":
        return {"organisation": str(thing(form, "organisation")), "state": "withdrawn"}
    class_ = chosen(form, "class", CLASSES)
    name, number = form.get("name", "").strip(), form.get("registernumber", "").strip()
    if not name or len(name) > LONGEST_NAME:
        raise Fault("name", "organisation")
    if number and not re.fullmatch(REGISTER_NUMBER, number):
        raise Fault("registernumber", "registernumber")
    data: dict[str, Any] = {
        # A new one is known by the id that came with its form, so that a form sent twice makes one.
        "organisation": form.get("organisation") or form.get("new") or str(uuid4()),
        "state": "verified",
        "class": class_,
        "name": name,
    }
    if number:
        data["registernumber"] = number
    if class_ == "department":
        data["department"] = chosen(form, "department", departments)
    return data


def pages(services: Services, installation: Installation) -> APIRouter:
    """Serve the page of organisations."""
    return serve("/desk/organisations", _Page(services, installation), ACTS)
