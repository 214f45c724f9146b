"""What analytics takes and tells over HTTP: usage, figures, report, cards, ledger, pages."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from analytics import queries
from analytics.catalogue import FIRST_SCREEN, metrics
from analytics.domain.period import Period
from analytics.main import service as make
from analytics.report import document
from analytics.report.document import ReportDocument
from analytics.report.formatter import PAGES
from analytics.store import begun
from analytics.store.figures import Snapshot
from chassis import Settings
from omatoimi_contracts.codec import read as read_event
from omatoimi_contracts.event import FactEvent
from pydantic import SecretStr

from tests.kits.analytics import Town, at, position_of, read, slot
from tests.kits.chassis import Harness, running, validated_first

OWN_SCRIPT = '<script src="/static/omatoimi.js" defer></script>'
"""The one script of every page, which only adds to what is there."""

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
OCTOBER = {"from": "2026-10-01", "to": "2026-11-01"}
HAPPENED = "2026-10-19T12:00:00+03:00"


@pytest_asyncio.fixture
async def bench(database: str) -> AsyncIterator[Harness]:
    settings = Settings(postgres=SecretStr(database))
    async with running(make(settings, clock=lambda: NOW), roles={"api"}) as started:
        yield started


async def sent(bench: Harness) -> list[FactEvent[Any]]:
    """What stands in the outbox."""
    async with bench.service.pool.acquire() as conn:
        rows = await conn.fetch("select value from chassis.outbox where value is not null order by seq")
    events = [read_event(row["value"]) for row in rows]
    assert all(isinstance(event, FactEvent) for event in events)
    return events  # type: ignore[return-value]


SPAN = {"start": "2026-10-19T11:00:00+03:00", "end": "2026-10-19T12:00:00+03:00"}
ID = "3f0c9c1e-6d0f-4f0e-9a1a-5b8e3d2c7a10"
USAGE: list[tuple[str, dict[str, Any], str, str]] = [
    ("visits", {"counter": "gate-1", "slot": SPAN, "persons": 12}, "visit.counted", "gate-1"),
    ("displays", {"place": "screen-1", "kind": "decision", "item": "d1"}, "item.shown", "screen-1"),
    ("session-starts", {"session": ID, "task": "book"}, "session.started", ID),
    ("session-ends", {"session": ID, "completed": True}, "session.completed", ID),
    ("session-ends", {"session": ID, "completed": False}, "session.abandoned", ID),
    ("help-calls", {"help": ID, "topic": "door"}, "help.requested", ID),
    ("help-given", {"help": ID, "topic": "door", "referred": "social"}, "help.given", ID),
    ("ratings", {"rating": 4, "session": ID}, "satisfaction.rated", ""),
    ("heartbeats", {"device": "kiosk-1"}, "heartbeat.sent", "kiosk-1"),
]


@pytest.mark.parametrize(("path", "body", "name", "subject"), USAGE)
async def test_what_a_channel_tells_of_use_becomes_a_fact_dated_when_it_happened(
    bench: Harness, path: str, body: dict[str, Any], name: str, subject: str
) -> None:
    answer = await bench.staff.post(f"/v1/{path}", {"unit": "vallila", **body}, happened_at=HAPPENED)
    assert answer.status_code == 201, answer.text
    (event,) = await sent(bench)
    assert event.type == f"omatoimi.{name}.v1"
    assert event.time == datetime(2026, 10, 19, 9, tzinfo=UTC)
    assert (event.recordedtime, event.unit, event.channel, event.outcome) == (NOW, "vallila", "staff", True)
    assert event.source == "/helsinki/analytics"
    assert not subject or event.subject == subject


@pytest.mark.parametrize(("path", "body", "name", "subject"), USAGE)
async def test_what_is_validated_only_is_what_would_come_of_it_and_nothing_comes_of_it(
    bench: Harness, path: str, body: dict[str, Any], name: str, subject: str
) -> None:
    whole = {"unit": "vallila", **body}
    real = await validated_first(bench.service, bench.staff, f"/v1/{path}", whole, happened_at=HAPPENED)
    assert real.json()["outcome"]["type"] == f"omatoimi.{name}.v1"


@pytest.mark.parametrize(("path", "body", "name", "subject"), USAGE)
async def test_use_of_a_library_that_nobody_knows_is_refused_by_every_endpoint_and_makes_no_library(
    bench: Harness, path: str, body: dict[str, Any], name: str, subject: str
) -> None:
    """One typing error would hide the visits of all libraries, and stand among their names for ever."""
    whole = {"unit": "valila", **body}
    answer = await validated_first(bench.service, bench.staff, f"/v1/{path}", whole, happened_at=HAPPENED)
    assert (answer.status_code, answer.json()["outcome"]["data"]["reason"]) == (422, "no-unit")
    assert "vallila" in answer.json()["detail"]
    (event,) = await sent(bench)
    assert (event.type, event.unit, event.outcome) == ("omatoimi.request.rejected.v1", "vallila", True)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        ({"session-starts": {"session": ID}}, {"session-ends": {"session": ID, "completed": True}}),
        ({"session-starts": {"session": ID}}, {"ratings": {"session": ID, "rating": 1}}),
        ({"session-starts": {"session": ID}}, {"session-starts": {"session": ID}}),
        ({"session-ends": {"session": ID, "completed": False}}, {"session-starts": {"session": ID}}),
        ({"help-calls": {"help": ID}}, {"help-calls": {"help": ID}}),
    ],
)
async def test_of_a_session_or_a_call_for_help_the_channel_that_began_it_tells_and_no_other(
    bench: Harness, begins: dict[str, dict[str, Any]], goes_on: dict[str, dict[str, Any]]
) -> None:
    (first,), (then,) = begins.items(), goes_on.items()
    assert (await bench.web.post(f"/v1/{first[0]}", {"unit": "vallila", **first[1]})).status_code == 201
    told = {"unit": "vallila", **then[1]}
    refused = await bench.staff.post(f"/v1/{then[0]}", told)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:omatoimi:problem:not-allowed")
    assert (await bench.web.post(f"/v1/{then[0]}", told)).status_code == 201
    assert [event.type.split(".")[1] for event in await sent(bench) if event.channel == "staff"] == ["request"]


async def test_staff_give_help_whoever_called_for_it(bench: Harness) -> None:
    told = {"unit": "vallila", "help": ID}
    assert (await bench.web.post("/v1/help-calls", told)).status_code == 201
    assert (await bench.web.post("/v1/help-given", told)).status_code == 403
    assert (await bench.staff.post("/v1/help-given", told)).status_code == 201


async def test_whose_a_session_was_is_forgotten_with_its_requests(bench: Harness) -> None:
    assert (await bench.web.post("/v1/session-starts", {"unit": "vallila", "session": ID})).status_code == 201
    async with bench.service.pool.acquire() as conn:
        assert await begun.forget(conn, NOW) == 0
        assert await begun.forget(conn, NOW + timedelta(seconds=1)) == 1
        assert await begun.owners(conn, [UUID(ID)]) == {}


async def test_a_library_whose_premises_are_registered_may_tell_of_its_use(bench: Harness) -> None:
    town = Town()
    town.premises("school", "school", {"gym": ()}, unit="kallio")
    told = {"unit": "kallio", "device": "kiosk-1"}
    assert (await bench.staff.post("/v1/heartbeats", told)).status_code == 422
    await read(bench.service, town.records)
    assert (await bench.staff.post("/v1/heartbeats", told)).status_code == 201


async def test_the_same_visit_told_twice_is_one(bench: Harness) -> None:
    body, id_ = {"unit": "vallila", "counter": "gate-1", "slot": SPAN, "persons": 12}, uuid4()
    first = await bench.staff.post("/v1/visits", body, id=id_, happened_at=HAPPENED)
    second = await bench.staff.post("/v1/visits", body, id=id_, happened_at=HAPPENED)
    assert (first.status_code, second.status_code) == (201, 200)
    assert len(await sent(bench)) == 1


async def filled(bench: Harness) -> Town:
    town = Town()
    town.premises("library", "library", {"room": ()})
    town.book("b", slot("2026-10-05", "12:00", "14:00"), public=True, at=at("2026-10-01 12:00"))
    town.attend("b")
    await read(bench.service, town.records)
    return town


async def test_figures_are_told_with_what_they_are_about(bench: Harness) -> None:
    await filled(bench)
    answer = (await bench.http.get("/v1/figures/M01", params=OCTOBER | {"unit": "vallila"})).json()
    assert answer["figure"]["whole"]["value"] == 1
    assert answer["period"] == {"from": "2026-10-01", "to": "2026-11-01", "zone": "Europe/Helsinki"}
    assert (answer["unit"], answer["position"]) == ("vallila", "booking.events.v1:5")
    everything = (await bench.http.get("/v1/figures")).json()
    assert [one["metric"] for one in everything["figures"]] == list(metrics())
    assert everything["period"]["from"] == "2026-10-01"


async def test_figures_are_told_as_they_were_known(bench: Harness) -> None:
    town = await filled(bench)
    old = str(await position_of(bench.service))
    await read(bench.service, [town.book("late", slot("2026-10-06", "12:00", "14:00"))])
    then = await bench.http.get("/v1/figures/M01", params=OCTOBER | {"position": old})
    now = await bench.http.get("/v1/figures/M01", params=OCTOBER)
    assert (then.json()["figure"]["whole"]["value"], now.json()["figure"]["whole"]["value"]) == (1, 2)


@pytest.mark.parametrize(
    ("params", "status", "pointer"),
    [
        ({"from": "2026-11-01", "to": "2026-10-01"}, 422, "/from"),
        ({"from": "1.10.2026"}, 422, "/from"),
        ({"from": "9999-12-31"}, 422, "/from"),
        ({"position": "here"}, 422, "/position"),
        ({"position": "booking.events.v1:99"}, 409, "/position"),
        ({"unit": "Not a code"}, 422, "/unit"),
        ({"unit": "zzz"}, 422, "/unit"),
    ],
)
async def test_what_cannot_be_told_is_refused_with_a_pointer(
    bench: Harness, params: dict[str, str], status: int, pointer: str
) -> None:
    for path in ("/v1/report.json", "/v1/figures", "/"):
        answer = await bench.http.get(path, params=params)
        assert (answer.status_code, answer.json()["pointer"]) == (status, pointer), answer.text


@pytest.mark.parametrize(
    ("lang", "says"), [("fi", "Ensimmäinen päivä"), ("sv", "Den första dagen"), ("en", "The first day")]
)
@pytest.mark.parametrize("days", [("2026-11-01", "2026-10-01"), ("2026-02-30", ""), ("1.10.2026", "2026-11-01")])
async def test_a_reader_who_chose_no_period_keeps_the_form_and_is_told_what_is_wrong(
    bench: Harness, days: tuple[str, str], lang: str, says: str
) -> None:
    params = {"from": days[0], "last": days[1], "unit": "vallila", "lang": lang}
    page = await bench.http.get("/", params=params, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-language"]) == (422, lang)
    assert f'role="alert" id="fault"><p><strong>{PAGES.words[lang]["error"]}:</strong> {says}' in page.text
    for name, day in zip(("from", "last"), days, strict=True):
        assert f'name="{name}" type="date" value="{day}" aria-invalid="true"' in page.text
    assert '<option value="vallila" selected>' in page.text


async def test_a_day_left_empty_is_a_day_left_out(bench: Harness) -> None:
    pages = [await bench.http.get("/", params={"to": "2026-11-01"} | more) for more in ({}, {"from": ""})]
    assert [page.status_code for page in pages] == [200, 200]


@pytest.mark.parametrize("lang", PAGES.words)
async def test_people_name_the_last_day_of_a_period_and_programs_the_day_after(bench: Harness, lang: str) -> None:
    by_form = await bench.http.get("/", params={"from": "2026-10-01", "last": "2026-10-31", "lang": lang})
    by_program = await bench.http.get("/", params=OCTOBER | {"lang": lang})
    assert by_form.text.partition("<main")[2] == by_program.text.partition("<main")[2]
    assert 'name="last" type="date" value="2026-10-31"' in by_form.text
    for days in ({"last": "2026-10-31", "to": "2026-11-01"}, {"last": "9999-12-31"}):
        assert (await bench.http.get("/", params=days)).status_code == 422


async def test_a_figure_is_computed_once_until_the_ledger_reads_on(
    bench: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many look at it, on whichever page, at one time or after each other."""
    town = await filled(bench)
    made: list[str] = []

    async def counted(known: Snapshot, period: Period, unit: str | None) -> ReportDocument:
        made.append(f"{period} {unit}")
        return await document(known, period, unit)

    monkeypatch.setattr(queries, "document", counted)
    pages = ("/", "/v1/spoken", "/v1/figures", "/v1/figures/M01", "/v1/report.json")
    await asyncio.gather(*(bench.http.get(page, params=OCTOBER) for page in pages * 3))
    assert len(made) == 1
    await bench.http.get("/", params=OCTOBER | {"unit": "vallila"})
    assert len(made) == 2
    before = (await bench.http.get("/v1/figures/M01", params=OCTOBER)).json()
    town.book("one-more", slot("2026-10-30", "12:00", "13:00"))
    await read(bench.service, town.records[-1:])
    after = (await bench.http.get("/v1/figures/M01", params=OCTOBER)).json()
    assert after["figure"]["whole"]["value"] == before["figure"]["whole"]["value"] + 1
    assert len(made) == 3


async def test_the_report_comes_in_the_form_that_is_asked_for(bench: Harness) -> None:
    await filled(bench)
    for accept, media in [
        ("text/html,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("image/png", "text/html; charset=utf-8"),
    ]:
        answer = await bench.http.get("/v1/report", params=OCTOBER, headers={"accept": accept})
        assert answer.headers["content-type"] == media
        form = media.partition("/")[2].partition(";")[0]
        assert (await bench.http.get(f"/v1/report.{form}", params=OCTOBER)).content == answer.content
    assert (await bench.http.get("/v1/report.pdf", params=OCTOBER)).status_code == 422


async def test_the_report_speaks_the_readers_language(bench: Harness) -> None:
    await filled(bench)
    for language, word in [("fi", "Varaukset"), ("sv", "Bokningar"), ("en", "Bookings")]:
        asked = await bench.http.get("/v1/report.html", params=OCTOBER | {"lang": language})
        accepted = await bench.http.get("/v1/report.html", params=OCTOBER, headers={"accept-language": language})
        assert asked.content == accepted.content
        assert word in asked.text
        assert f'<html lang="{language}">' in asked.text


async def test_every_metric_has_its_card_in_three_languages(bench: Harness) -> None:
    cards = (await bench.http.get("/v1/metrics")).json()["metrics"]
    assert [card["metric"] for card in cards] == list(metrics())
    assert all(card["card"].keys() == {"fi", "sv", "en"} for card in cards)
    assert (await bench.http.get("/v1/metrics/M01")).json() == cards[0]
    assert (await bench.http.get("/v1/metrics/M99")).status_code == 404
    page = await bench.http.get("/metrics/M01", params={"lang": "sv"})
    assert "Antalet bekräftade bokningar" in page.text
    assert (await bench.http.get("/metrics/M99")).status_code == 404


async def test_only_staff_reads_the_ledger(bench: Harness) -> None:
    town = await filled(bench)
    await read(bench.service, [town.raw("booking.events.v1", b"\xff nonsense")])
    assert (await bench.http.get("/v1/ledger")).status_code == 401
    assert (await bench.web.get("/v1/ledger")).status_code == 403
    (bad,) = (await bench.staff.get("/v1/ledger?class=quarantined")).json()["rows"]
    assert (bad["log"], bad["offset"], bad["reason"], bad["raw"]) == (
        "booking.events.v1",
        5,
        "malformed",
        "\\xff nonsense",
    )
    about = (await bench.staff.get("/v1/ledger?subject=room")).json()
    assert [row["type"] for row in about["rows"]] == ["omatoimi.space.registered.v1"]
    assert json.loads(about["rows"][0]["raw"])["data"]["space"] == "room"
    assert (await bench.staff.get(f"/v1/ledger?after={bad['number']}")).json() == {"rows": [], "next": None}


async def test_the_page_can_be_asked_for_at_the_ends_of_time(bench: Harness) -> None:
    for params in ({"from": "1900-01-01"}, {"from": "8999-12-01"}, {"to": "2026-11-01"}):
        assert (await bench.http.get("/", params=params)).status_code == 200


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_page_shows_seven_figures_first_and_needs_no_script(bench: Harness, language: str) -> None:
    await filled(bench)
    page = await bench.http.get("/", params=OCTOBER | {"lang": language, "unit": "vallila"})
    assert page.status_code == 200
    places = [page.text.index(f'<article id="{id_}">') for id_ in FIRST_SCREEN]
    others = [page.text.index(f'<article id="{id_}">') for id_ in metrics() if id_ not in FIRST_SCREEN]
    assert places == sorted(places)
    assert max(places) < min(others)
    assert "<script" not in page.text.replace(OWN_SCRIPT, "")
    assert " style=" not in page.text
    assert page.text.count("<svg") == page.text.count('role="img"') == 3
    assert f'href="/v1/report.csv?from=2026-10-01&amp;to=2026-11-01&amp;unit=vallila&amp;lang={language}"' in page.text


async def test_the_empty_page_says_that_nothing_is_known(bench: Harness) -> None:
    page = await bench.http.get("/", params={"lang": "en"})
    silent = metrics().keys() - {"M52"}  # which counts the records of the log themselves
    assert page.text.count("There is no data on this yet.") == len(silent) > 10
    assert "nothing is known yet" in page.text
