"""Records of the city on their way from files to the service: in batches, waited for, and all accounted for."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from decisions.imports import ToImport
from omatoimi_contracts.codec import BATCH, write
from omatoimi_contracts.event import RequestEvent

BATCH_RECORDS, BATCH_BYTES = 20, 900_000
"""Of one request, which may have 1 MB."""
AT_ONCE = 2
TRIES = 8
"""In a row that come to nothing: with the waits between them a minute and more."""
LATER = (429, 502, 503, 504)
"""Statuses that say: not now."""


@dataclass
class ImportTally:
    """What became of the records that were sent. `left` are those that nobody answered for."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[ToImport, str]] = field(default_factory=list)
    left: list[ToImport] = field(default_factory=list)
    why_left: str = ""

    @property
    def stored(self) -> int:
        return self.outcomes.total()


async def send(
    http: httpx.AsyncClient,
    source: str,
    records: Sequence[ToImport],
    told: Callable[[int], None],
    wait: Callable[[float], Any] = asyncio.sleep,
) -> ImportTally:
    """Have the service take records in. `told` is called with how many have been answered, `wait` between two tries.

    What the service has no time for is sent again after as long as it asks. When nothing comes of it any more, the
    rest is left: sent again another time, what came through is recognised by its id."""
    tally, gate = ImportTally(), asyncio.Semaphore(AT_ONCE)

    async def one(batch: list[ToImport]) -> None:
        async with gate:
            if tally.why_left:
                tally.left += batch
                return
            number = len(batch)
            left, why = await _send(http, source, batch, tally, wait)
            tally.left += left
            tally.why_left = tally.why_left or why
            told(number - len(left))

    await asyncio.gather(*map(one, _batches(source, records)))
    return tally


def _batches(source: str, records: Sequence[ToImport]) -> list[list[ToImport]]:
    batches: list[list[ToImport]] = []
    room = 0
    for record in records:
        size = len(_event(source, record)) + 1
        if not batches or size > room or len(batches[-1]) == BATCH_RECORDS:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(record)
        room -= size
    return batches


def _event(source: str, record: ToImport) -> bytes:
    now = datetime.now(UTC)
    return write(RequestEvent(id=record.id, source=source, type=record.data.TYPE, time=now, data=record.data))


async def _send(
    http: httpx.AsyncClient, source: str, batch: list[ToImport], tally: ImportTally, wait: Callable[[float], Any]
) -> tuple[list[ToImport], str]:
    """Send until all are answered for; else those that are not, and why."""
    tries, why, delay = 0, "", 0.0
    while batch and tries < TRIES:
        if tries:
            await wait(delay)
        delay = min(2.0**tries, 30)
        before = len(batch)
        body = b"[" + b",".join(_event(source, record) for record in batch) + b"]"
        try:
            answer = await http.post("/decisions/v1/events", content=body, headers={"Content-Type": BATCH})
        except httpx.TransportError as error:
            why = f"the connection failed ({type(error).__name__})"
        else:
            why = f"the service answered {answer.status_code}"
            if answer.status_code in LATER or answer.status_code >= 500:
                delay = _asked_to_wait(answer) or delay
            elif answer.status_code == 207:
                batch = _answered(batch, answer.json(), tally)
            else:
                tally.refused += [(record, _detail(answer)) for record in batch]
                batch = []
        tries = 1 if len(batch) < before else tries + 1
    return batch, why if batch else ""


def _answered(batch: Sequence[ToImport], answers: Sequence[dict[str, Any]], tally: ImportTally) -> list[ToImport]:
    """Count what was answered for; returns what is to be sent again."""
    again = []
    for record, answer in zip(batch, answers, strict=True):
        status, body = answer["status"], answer["body"]
        if status in LATER:
            again.append(record)
        elif status >= 400:
            tally.refused.append((record, str(body.get("detail") or body.get("title"))))
        else:
            tally.outcomes[body["outcome"]["type"]] += 1
    return again


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return f"the service answered {answer.status_code}"


def _asked_to_wait(answer: httpx.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), 60.0) if told.isdecimal() else None
