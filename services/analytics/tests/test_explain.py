"""From a figure to its events over HTTP: rows of the ledger, and each event as it stands on its topic."""

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from analytics.catalogue import metrics
from analytics.main import service as make
from analytics.report.formatter import PAGES
from chassis import Settings
from pydantic import SecretStr

from tests.kits.analytics import Town, a_month, position_of, read, slot
from tests.kits.chassis import Harness, running

OCTOBER = {"from": "2026-10-01", "to": "2026-11-01"}


@pytest_asyncio.fixture
async def bench(database: str) -> AsyncIterator[Harness]:
    settings = Settings(postgres=SecretStr(database))
    async with running(make(settings, clock=lambda: datetime(2026, 10, 20, 12, tzinfo=UTC)), roles={"api"}) as started:
        yield started


@pytest_asyncio.fixture
async def town(bench: Harness) -> Town:
    town = a_month(1)
    town.again(town.records[0])
    town.raw("booking.events.v1", b"nonsense")
    await read(bench.service, town.records)
    return town


async def test_a_figure_is_told_with_its_query_its_subjects_and_their_rows(bench: Harness, town: Town) -> None:
    told = (await bench.http.get("/v1/explain/M01", params=OCTOBER)).json()
    figure = (await bench.http.get("/v1/figures/M01", params=OCTOBER)).json()
    assert told["figure"] == figure["figure"]
    assert told["position"] == figure["position"]
    assert told["subjects"]["numerator"] == figure["figure"]["whole"]["numerator"]
    assert told["parameters"] == {
        "start": "2026-09-30 21:00:00+00:00", "end": "2026-10-31 22:00:00+00:00", "unit": None
    }  # fmt: skip
    assert "from booking b" in told["query"]
    values = {(r.topic, r.partition, r.offset): r.value for r in town.records}
    for row in told["rows"]:
        event = (await bench.http.get(f"/v1/events/{row['number']}")).json()
        value = values[row["topic"], row["partition"], row["offset"]]
        assert event["event"] == json.loads(value or b"")
        assert (event["topic"], event["partition"], event["offset"]) == (row["topic"], row["partition"], row["offset"])
        assert row["subject"] == event["event"]["subject"]


async def test_a_cell_and_one_subject_of_it_have_rows_of_their_own(bench: Harness, town: Town) -> None:
    whole = (await bench.http.get("/v1/explain/M01", params=OCTOBER)).json()
    association = OCTOBER | {"dimension": "organiser", "key": "association"}
    part = (await bench.http.get("/v1/explain/M01", params=association)).json()
    assert 0 < part["subjects"]["number"] < whole["subjects"]["number"]
    one = part["rows"][0]["subject"]
    mine = (await bench.http.get("/v1/explain/M01", params=association | {"subject": one})).json()
    assert (mine["subjects"]["number"], {row["subject"] for row in mine["rows"]}) == (1, {one})


async def test_rows_come_page_by_page(bench: Harness, town: Town) -> None:
    everything = (await bench.http.get("/v1/explain/M17", params=OCTOBER)).json()
    told, after = [], 0
    while after is not None:
        page = (await bench.http.get("/v1/explain/M17", params=OCTOBER | {"after": after, "limit": 3})).json()
        told += page["rows"]
        after = page["next"]
    assert told == everything["rows"]


async def test_what_stood_behind_a_figure_is_told_as_it_was_known(bench: Harness, town: Town) -> None:
    then = str(await position_of(bench.service))
    before = (await bench.http.get("/v1/explain/M01", params=OCTOBER)).json()
    await read(bench.service, [town.book("late", slot("2026-10-06", "12:00", "14:00"))])
    again = (await bench.http.get("/v1/explain/M01", params=OCTOBER | {"position": then})).json()
    assert again == before
    assert (await bench.http.get("/v1/explain/M01", params=OCTOBER)).json()["rows"] != before["rows"]


@pytest.mark.parametrize(
    ("address", "params", "status", "words"),
    [
        ("/v1/explain/M99", {}, 404, "there are M01,"),
        ("/v1/explain/M01", {"unit": "zzz"}, 422, "there are kallio, vallila"),
        ("/v1/explain/M01", {"dimension": "organiser", "key": "choir"}, 404, "its dimensions are channel, day"),
        ("/v1/explain/M01", {"dimention": "organiser"}, 400, "no parameter 'dimention'"),
        ("/v1/events", {"unit": "zzz"}, 422, "there are kallio, vallila"),
        ("/v1/events/999999", {}, 404, "no row 999999"),
    ],
)
async def test_what_cannot_be_explained_is_refused_and_says_what_there_is(
    bench: Harness, town: Town, address: str, params: dict[str, str], status: int, words: str
) -> None:
    period = OCTOBER if "explain" in address else {}
    answer = await bench.http.get(address, params=period | params)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_a_copy_and_what_is_no_event_are_not_told_to_everybody(bench: Harness, town: Town) -> None:
    rows = (await bench.http.get("/v1/explain/M52", params=OCTOBER | {"limit": 1000})).json()["rows"]
    assert len(rows) == len(town.records)
    for row in rows:
        answer = await bench.http.get(f"/v1/events/{row['number']}")
        assert (answer.status_code == 200) == (row["class"] == "folded")
    others = [row for row in rows if row["class"] != "folded"]
    reasons = {row["class"]: (await bench.http.get(f"/v1/events/{row['number']}")).json() for row in others}
    assert reasons["doubled"]["title"] == "A copy"
    assert "staff" in reasons["quarantined"]["detail"]
    assert "nonsense" not in str(reasons)


def links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page)]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_three_clicks_lead_from_the_dashboard_to_an_event(bench: Harness, town: Town, language: str) -> None:
    page = (await bench.http.get("/", params=OCTOBER | {"lang": language, "unit": "vallila"})).text
    for expected in ("/metrics/M01?", "/metrics/M01/events?", "/events/"):
        link = next(link for link in links(page) if link.startswith(expected))
        answer = await bench.http.get(link)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-language"] == language
        page = answer.text
        assert page.count("<h1") == 1
    number = int(link.removeprefix("/events/").partition("?")[0])
    event = (await bench.http.get(f"/v1/events/{number}")).json()
    assert html.unescape(page).count(json.dumps(event["event"], indent=2, ensure_ascii=False)) == 1
    assert f"omatoimi follow {event['topic']} --at {event['partition']}:{event['offset']}" in page


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_every_metric_and_every_cell_leads_to_a_page_of_its_events(
    bench: Harness, town: Town, language: str
) -> None:
    cells = 0
    for id_ in metrics():
        page = await bench.http.get(f"/metrics/{id_}", params=OCTOBER | {"lang": language})
        assert page.status_code == 200, page.text
        # Of the many days one is enough.
        for link in {link.partition("key=")[0]: link for link in links(page.text) if "/events?" in link}.values():
            events = await bench.http.get(link)
            assert events.status_code == 200, link
            is_empty = PAGES.words[language]["behind.none"] in events.text
            assert ("<table>" in events.text) != is_empty, link
            cells += not is_empty
    assert cells > 25


async def test_ones_own_event_is_found_and_marked(bench: Harness, town: Town) -> None:
    subject = (await bench.http.get("/v1/explain/M01", params=OCTOBER)).json()["rows"][0]["subject"]
    page = (await bench.http.get("/metrics/M01/events", params=OCTOBER | {"subject": subject, "lang": "en"})).text
    assert page.count('<tr class="highlighted">') >= 1
    assert "Show all" in page


async def test_a_page_that_is_not_there_says_so(bench: Harness, town: Town) -> None:
    for address in ("/metrics/M99", "/metrics/M01/events?dimension=organiser&key=choir", "/events/999999"):
        assert (await bench.http.get(address)).status_code == 404
