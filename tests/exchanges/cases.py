"""A case and when and where it says that residents are heard."""

import re
from itertools import count
from typing import Any

from omatoimi_contracts.vocabulary import Slot

from tests.exchanges.town import ConnectedServices

TOLD = "decisions.events.v1"
numbers = count(500_000)
"""Of cases that nothing else is about."""


def key_of(number: int) -> str:
    return f"HEL-2026-{number:06}"


async def open_case(town: ConnectedServices, number: int | None = None) -> str:
    """A record of the city's case system: a case in preparation; its key."""
    number = number or next(numbers)
    content = {
        "CaseID": f"HEL 2026-{number:06}",
        "Title": "Vallilan asemakaavan muuttaminen",
        "Status": "Vireillä",
        "PublicityClass": "Julkinen",
        "Created": "2026-10-01T09:00:00.000",
    }
    answer = await town["decisions"].endpoints.staff.post("/v1/records", {"kind": "case", "content": content})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["outcome"]["data"]["case"])


async def hearings(town: ConnectedServices, case: str) -> list[tuple[str, Slot]]:
    """Where and when the case says that residents are heard."""
    answer = await town["decisions"].endpoints.http.get(f"/v1/cases/{case}")
    assert answer.status_code == 200, answer.text
    shown: list[dict[str, Any]] = answer.json()["hearings"]
    return [
        (f"{each['premises']}/{space}", Slot(start=each["start"], end=each["end"]))
        for each in shown
        for space in each["spaces"]
    ]


async def are_heard(town: ConnectedServices, case: str, *slots: dict[str, str]) -> None:
    """The case shows these hearings in the club room, the next one first, and so does its page; that next one is what
    its last event says."""
    wanted = [Slot.model_validate(slot) for slot in slots]
    assert await hearings(town, case) == [("kirjasto/kerhohuone", slot) for slot in wanted]
    page = (await town["decisions"].endpoints.http.get(f"/cases/{case}")).text
    assert "Vallilan asemakaavan muuttaminen" in page
    assert re.findall(r'datetime="([^"]+)".*Kerhohuone', page) == [slot.start.isoformat() for slot in wanted]
    last = (await town.told(TOLD, case))[-1]
    assert last.data.hearing == (wanted[0] if wanted else None)
