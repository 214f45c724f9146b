"""What was done stands: when everything is killed, and because every figure follows from the ledger alone. That is of
no city in particular, and seen in one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.whole_way.cities import HELSINKI
from tests.whole_way.conftest import Lived
from tests.whole_way.figures import figures, settled, told_position
from tests.whole_way.world import instant, slot

pytestmark = pytest.mark.parametrize("city", [HELSINKI], indirect=True, ids=str)


async def test_everything_stands_after_everything_was_killed(lived: Lived, tmp_path: Path) -> None:
    """SIGKILL of Kafka, PostgreSQL, the services and their supervisor; after the next start the figures are the same,
    and the report for the same period and position,
    made by a process of its own, has the same bytes."""
    await settled(lived)
    before = await figures(lived)
    at = {"position": await told_position(lived)}
    report = await lived.endpoints.http.get(
        f"{lived.endpoints.url}/analytics/v1/report.json", params={**lived.query(), **at}
    )
    assert report.status_code == 200

    await asyncio.to_thread(lived.installation.kill9)
    await asyncio.to_thread(lived.installation.up)

    assert await figures(lived, **at) == before
    await settled(lived)
    assert await figures(lived) == before
    unit = lived.system.city.unit
    days = ("--from", lived.first.isoformat(), "--to", lived.after.isoformat(), "--unit", unit)
    for form in ("json", "csv", "html"):
        told = await lived.endpoints.http.get(
            f"{lived.endpoints.url}/analytics/v1/report.{form}", params={**lived.query(), **at, "lang": "fi"}
        )
        file = tmp_path / f"report.{form}"
        await asyncio.to_thread(
            lived.installation.command, "report", "--format", form, *days, "--position", at["position"],
            "--output", str(file),
        )  # fmt: skip
        assert file.read_bytes() == told.content
    assert (tmp_path / "report.json").read_bytes() == report.content


def caused_by(rows: list[asyncpg.Record], request: object) -> list[int]:
    """The ledger rows of the events that a request caused."""
    return [row["number"] for row in rows if row["raw"] and json.loads(row["raw"]).get("causationid") == str(request)]


COUNTED = (
    "book over HTTP", "book as a CloudEvent", "book over Kafka", "be refused", "be served later", "be refused for good",
    "move", "book to cancel late", "cancel late", "book what the house cancels", "cancel by the house", "check in",
    "stay away", "check in the served", "walk in", "walk in, told late", "hold a public event", "check in the public",
    "do the task", "book by another department", "check in the department", "book the library's own programme",
    "check in the programme", "show an item", "comment", "answer", "book a hearing", "post a notice",
    "approve the notice", "block a room", "count visits",
)  # fmt: skip


async def test_leaving_out_any_event_changes_a_figure(lived: Lived) -> None:
    """The events of each act are taken out of the ledger, the facts folded anew, and at least one figure other than M52
    differs; put back, the figures are the old ones. So none of the figures is a constant, and every event counts.

    Figures at an earlier position are folded from the ledger each time, so one more visit is told first.
    """
    await settled(lived)
    at = {"position": (await told_position(lived))}
    visit = {
        "unit": lived.system.city.unit,
        "counter": "ovi",
        "slot": slot(lived.system.city.local(lived.first, 9), 60),
        "persons": 1,
    }
    await lived.endpoints.resource("one more visit", "analytics/v1/visits", visit, by="staff")
    await settled(lived)
    before = await figures(lived, **at)
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        rows = await conn.fetch("select number, raw from analytics.ledger where class = 'folded'")
        blind = []
        for act in COUNTED:
            numbers = caused_by(rows, lived.endpoints.asked[act])
            assert numbers, f"{act} left no event in the ledger"
            async with taken_out(conn, numbers):
                after = await figures(lived, **at)
            if all(after[metric] == figure for metric, figure in before.items() if metric != "M52"):
                blind.append(act)
        assert not blind
        assert await figures(lived, **at) == before
    finally:
        await conn.close()


@asynccontextmanager
async def taken_out(conn: "asyncpg.Connection[asyncpg.Record]", numbers: list[int]) -> AsyncIterator[None]:
    """Rows of the ledger, by hand out of it for a while: a class that the fold passes over."""
    await conn.execute("update analytics.ledger set class = 'unknown' where number = any($1::bigint[])", numbers)
    try:
        yield
    finally:
        await conn.execute("update analytics.ledger set class = 'folded' where number = any($1::bigint[])", numbers)


async def test_a_ledger_row_altered_by_hand_shows_in_the_figures(lived: Lived) -> None:
    """The facts follow from the ledger and from nothing else."""
    await settled(lived)
    before = await figures(lived)
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        rows = await conn.fetch("select number, raw from analytics.ledger where class = 'folded'")
        number = caused_by(rows, lived.endpoints.asked["walk in"])[0]
        raw = next(row["raw"] for row in rows if row["number"] == number)
        longer = json.loads(raw)
        longer["data"]["slot"]["start"] = instant(
            datetime.fromisoformat(longer["data"]["slot"]["start"]) - timedelta(hours=1)
        )
        await conn.execute(
            "update analytics.ledger set raw = $2 where number = $1", number, json.dumps(longer).encode()
        )
        told = await asyncio.to_thread(lived.installation.command, "rebuild")
        altered = await figures(lived)
        assert altered["M03"]["numerator"] == before["M03"]["numerator"] + 60, told
        await conn.execute("update analytics.ledger set raw = $2 where number = $1", number, raw)
        await asyncio.to_thread(lived.installation.command, "rebuild")
        assert await figures(lived) == before
    finally:
        await conn.close()
