"""The page at `/try`: what its forms ask, and what it shows of the four steps."""

import asyncio
from typing import Annotated
from uuid import UUID, uuid4

from chassis.pages import called, language
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import local_time
from web.rendering import PAGES
from web.services import Services, part
from web.trial import figures
from web.trial.asking import SOUGHT, FormRefused, TrialForm, ask
from web.trial.by_hand import curl
from web.trial.ended import ended
from web.trial.free import filled_in, next_free
from web.trial.standing import FIGURES, Trial, id_of, standing
from web.visitors import Typed, Visitor, visitor

AT_MOST = 5
"""Alternatives that booking offers."""


def pages(services: Services, unit: str) -> APIRouter:
    """Serve the page at `/try`."""
    router = APIRouter()

    @router.get("/try", response_class=HTMLResponse)
    async def show(
        request: Request,
        booked: UUID | None = None,
        refused: UUID | None = None,
        taken: UUID | None = None,
        before: Annotated[str, Query(pattern=rf"^({FIGURES})?$")] = "",
        *,
        by: Annotated[Visitor, Depends(visitor)],
    ) -> HTMLResponse:
        return await _page(request, by, services.on_behalf_of(request), unit, Trial(booked, refused, taken, before))

    @router.post("/try")
    async def act(request: Request, by: Annotated[Visitor, Depends(visitor)], sent: Typed) -> Response:
        form = {name: value.strip()[:200] for name, value in sent.items()}
        trial = standing(form)
        typed = TrialForm(*(form.get(name, "") for name in ("day", "start", "end", "persons")))
        lang, asked = language(request), services.on_behalf_of(request)
        try:
            after, step = await ask(asked, unit, trial, typed, form, lang)
        except FormRefused as refusal:
            again = id_of(form.get("request")) if refusal.status == 503 else None
            return await _page(request, by, asked, unit, trial, refusal, typed if typed.day else None, again)
        return RedirectResponse(after.address(lang, step), 303)

    return router


async def _page(
    request: Request,
    by: Visitor,
    services: Services,
    unit: str,
    trial: Trial,
    refusal: FormRefused | None = None,
    typed: TrialForm | None = None,
    again: UUID | None = None,
) -> HTMLResponse:
    """Show the four steps as far as they were gone. After a refusal, booking's or this page's, the form stands as it
    was typed, and what may yet have come about is asked again under the same id."""
    lang = language(request)
    asked = (trial.booked, trial.refused, trial.taken)
    all_ended, names, free = await asyncio.gather(
        asyncio.gather(*(ended(services, one) for one in asked)), _names(services, lang), next_free(services, unit)
    )
    booked, refused, taken = all_ended
    if refusal is None and any(one is None for one, id_ in zip(all_ended, asked, strict=True) if id_):
        refusal = FormRefused("unknown", 404) if services.knows("booking") else FormRefused("away", 503)
    now = local_time.now(services.zone)
    told = [one for one in all_ended if one]
    none = figures.FiguresAt("", [])
    risen, known = await figures.risen(services, unit, trial, booked, lang) if booked else ([], none)
    return PAGES.render(
        request,
        "try.html",
        refusal.status if refusal else 200,
        visitor=by,
        trial=trial,
        fault=refusal and refusal.fault,
        typed=typed or (TrialForm.of(refused, services.zone) if refused else filled_in(free)),
        today=now.date(),
        request_id=again or uuid4(),
        again_id=uuid4(),
        take_ids=[uuid4() for _ in range(AT_MOST)],
        booked=booked,
        refused=refused,
        sought=SOUGHT,
        taken=taken,
        told=told,
        waiting=not all(known.reaches(one.arrived) for one in told),
        late=any(one.late(now) for one in told),
        figures=risen,
        room=lambda code: names.get(code, code),
        on_day=lambda slot: local_time.on_day(slot["start"], slot["end"], lang, services.zone),
        curl=free and curl(str(request.base_url).rstrip("/"), *free),
        base=str(request.base_url).rstrip("/"),
        unit=unit,
    )


async def _names(services: Services, lang: str) -> dict[str, str]:
    """Tell what the rooms are called."""
    found = await services.read("booking", "/v1/spaces")
    return (
        part(
            found, lambda found: {each["space"]: called(each["names"], lang, each["space"]) for each in found["spaces"]}
        )
        or {}
    )
