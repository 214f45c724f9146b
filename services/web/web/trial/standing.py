"""Where somebody stands in the trial, as their address tells it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

FIGURES = r"[0-9]{1,9}(-[0-9]{1,9}){2}"
"""Figures as they were before: bookings, attempts left without a room, attempts."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Where somebody stands: the ids of what they asked for, and the figures as they were before, as
    `<bookings>-<attempts left without a room>-<attempts>`."""

    booked: UUID | None = None
    refused: UUID | None = None
    taken: UUID | None = None
    before: str = ""

    def address(self, lang: str, step: int) -> str:
        ids = {"booked": self.booked, "refused": self.refused, "taken": self.taken, "before": self.before or None}
        query = {name: value for name, value in ids.items() if value is not None}
        return f"/try?{urlencode({**query, 'lang': lang})}#step-{step}"


def id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def standing(form: Mapping[str, str]) -> Trial:
    """Tell where the sender of a form stands; what is no id is left out."""
    booked, refused, taken = (id_of(form.get(name)) for name in ("booked", "refused", "taken"))
    before = form.get("before", "")
    return Trial(booked, refused, taken, before if re.fullmatch(FIGURES, before) else "")
