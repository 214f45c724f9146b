"""Kokeile: the four steps by plain forms, as a browser without script sends them, at a real installation."""

import asyncio
import json
import os
import re
import select
import signal
import subprocess
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from chassis.pages import LANGUAGES
from omatoimi.installation import RunningInstallation, until
from omatoimi.unreachable import without_broker, without_database
from omatoimi_platform.home import CHECKOUT
from web import local_time
from web.pages import PAGES
from web.trial.asking import SOUGHT

from tests.at_rest import at_rest

from .visitor import Form, Page, Visitor

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(scope="module")
def visitor(installation: RunningInstallation) -> Visitor:
    return Visitor(f"http://127.0.0.1:{installation.port}")


def keys(installation: RunningInstallation) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = json.loads(installation.home.keys.read_text())
    return kept


def ids(page: Page) -> dict[str, str]:
    """Where the address says one stands."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def booked(visitor: Visitor, installation: RunningInstallation, page: Page, which: str) -> dict[str, Any]:
    """How a request in the address ended, as its own endpoint tells the channel."""
    key = {"Authorization": f"Bearer {keys(installation)['web']['key']}"}
    told: dict[str, Any] = visitor.http.get(f"/booking/v1/requests/{ids(page)[which]}", headers=key).json()["outcome"]
    return told


def offer(page: Page, act: str) -> Form:
    """The first form of the page that does this."""
    return next(form for form in page.forms if form.fields["act"] == act)


def arrived(visitor: Visitor, page: Page) -> Page:
    """The page again, once all its events have arrived."""
    seen = [page]

    def all_there() -> bool:
        seen.append(visitor.open(page.url))
        return seen[-1].has(PAGES.words[ids(page)["lang"]]["try.arrived"])

    until(all_there)
    return seen[-1]


def test_four_steps_lead_from_a_form_to_ones_own_event_behind_the_figure(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    asyncio.run(at_rest(installation.addresses))  # the figures before hold all that other tests have done
    start = visitor.open("/try?lang=en")
    assert start.text.count("This step opens after the one before.") == 3
    first = visitor.send(offer(start, "book"))
    told = booked(visitor, installation, first, "booked")
    assert (told["type"], told["data"]["space"], told["data"]["persons"]) == (
        "omatoimi.booking.confirmed.v1",
        "kerhohuone",
        8,
    )
    slot = told["data"]["slot"]
    assert first.has(f"Club room is yours on {local_time.on_day(slot['start'], slot['end'], 'en', HELSINKI)}.")

    assert first.has("Bookings, ")
    assert not first.has("Requests left without a room, ")
    second = visitor.send(offer(first, "again"))
    refused = booked(visitor, installation, second, "refused")
    assert (refused["data"]["rule"], refused["data"]["slot"]) == ("taken", slot)
    assert second.has("It could not be had: somebody has booked the room for that time.")
    assert second.has("Requests left without a room, ")
    take = offer(second, "take")
    instead = refused["data"]["alternatives"][0]
    assert (take.fields["space"], take.fields["start"]) == (instead["space"], instead["slot"]["start"])

    third = visitor.send(take)
    taken = booked(visitor, installation, third, "taken")
    assert taken["type"] == "omatoimi.booking.confirmed.v1"
    assert (taken["data"]["space"], taken["data"]["wanted"]) == (instead["space"], slot)

    last = arrived(visitor, third)
    by_id: dict[str, Any] = {}
    for outcome in (told, refused, taken):
        of_it = {"topic": "booking.events.v1", "subject": outcome["subject"]}
        found = visitor.http.get("/analytics/v1/events", params=of_it).json()
        by_id |= {one["event"]["id"]: one for one in found["events"]}
    for outcome in (told, refused, taken):
        one = by_id[outcome["id"]]
        assert last.has(f"Topic booking.events.v1 · Partition {one['partition']} · Offset {one['offset']}")
        assert json.loads(next(c for c in last.commands if f'"id": "{outcome["id"]}"' in c)) == one["event"]

    (bookings,) = re.findall(r"before (\d+) → now (\d+) bookings", last.text)
    (without,) = re.findall(r"before (\d+) / (\d+) → now (\d+) / (\d+) left without", last.text)
    was, now = map(int, bookings)
    assert now - was == 2
    left, of_all, left_now, of_all_now = map(int, without)
    assert (left_now - left, of_all_now - of_all) == (1, 3)
    behind = visitor.open(next(link for link in last.links if "/metrics/M01/" in link))
    assert behind.status == 200
    assert sum(tag == "tr" and given.get("class") == "highlighted" for tag, given in behind.attributes) == 1
    one = by_id[told["id"]]
    assert behind.has(f"booking.events.v1 {one['partition']} · {one['offset']}")
    raw = visitor.open(next(link for link in behind.links if "/analytics/events/" in link))
    pasted = paste(next(command for command in raw.commands if command.startswith("curl")), installation)
    assert json.loads(pasted.communicate(timeout=300)[0])["event"] == one["event"]
    assert visitor.open(next(link for link in last.links if "/metrics/M10/" in link)).status == 200


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_has_its_words_for_every_step_and_no_codes(visitor: Visitor, lang: str) -> None:
    page = visitor.open(f"/try?lang={lang}")
    for act in ("book", "again", "take"):
        page = visitor.send(offer(page, act))
        assert ids(page)["lang"] == lang
        assert ("html", {"lang": lang}) in page.attributes
    page = arrived(visitor, page)
    words = PAGES.words[lang]
    assert [number for number in "1234" if not page.has(words[f"try.{number}"])] == []
    seen = page.text.replace("booking.events.v1", "")
    assert re.findall(r"None|null|\{|\}|tyohuone|sali-ikkuna|\bM\d\d\b|omatoimi\.", seen) == []


def test_a_form_sent_twice_is_one_booking(visitor: Visitor, installation: RunningInstallation) -> None:
    form = offer(visitor.open("/try?lang=fi"), "book")
    once, twice = visitor.send(form), visitor.send(form)
    assert ids(once)["booked"] == ids(twice)["booked"]
    assert booked(visitor, installation, once, "booked") == booked(visitor, installation, twice, "booked")


def test_a_form_changed_after_it_was_sent_says_so_and_can_be_sent_again(visitor: Visitor) -> None:
    form = offer(visitor.open("/try?lang=en"), "book")
    visitor.send(form)
    changed = visitor.send(form, persons="3")
    assert changed.status == 422
    assert changed.has("The form had been sent before with other content.")
    assert changed.title.startswith("Error: Try it")
    again = offer(changed, "book")
    assert again.fields["persons"] == "3"
    assert again.fields["request"] != form.fields["request"]


def test_a_form_from_elsewhere_is_refused_and_books_nothing(visitor: Visitor) -> None:
    form = offer(visitor.open("/try?lang=fi"), "book")
    day = form.fields["day"]

    def taken() -> Any:
        spaces = visitor.http.get("/booking/v1/today", params={"day": day}).json()["spaces"]
        return [each["taken"] for each in spaces]

    before = taken()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": str(visitor.http.base_url)},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ):
        answer = visitor.http.post(form.action, data=form.fields, headers=headers)
        assert answer.status_code == 403, headers
        assert answer.json()["type"] == "urn:omatoimi:problem:not-from-here"
    # Where a browser tells nothing, it is the form's own token that does; another visitor has another.
    assert httpx.post(form.action, data=form.fields).status_code == 403
    assert taken() == before
    own = visitor.http.post(form.action, data=form.fields, follow_redirects=False)
    assert own.status_code == 303
    assert taken() != before


def in_days(days: int) -> str:
    return (local_time.now(HELSINKI) + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"day": "", "start": "", "end": ""}, "Give a day and times, such as 17:00–18:00."),
        ({"day": "30.2.2027"}, "Give a day and times"),
        ({"day": "9999-12-31"}, "Give a day and times"),
        ({"start": "25:00"}, "Give a day and times"),
        ({"start": "18:00", "end": "17:00"}, "A booking must end after it begins, on the same day."),
        ({"persons": "0"}, "Give the number of people as a whole number, at least 1."),
        ({"persons": "many"}, "Give the number of people"),
        ({"persons": "²"}, "Give the number of people"),
    ],
)
def test_what_makes_no_request_is_said_and_the_form_stays_as_it_was_typed(
    visitor: Visitor, changes: dict[str, str], says: str
) -> None:
    page = visitor.send(offer(visitor.open("/try?lang=en"), "book"), **changes)
    assert page.status == 422
    assert page.has(says)
    stays = offer(page, "book").fields
    assert {name: stays[name] for name in changes if changes.get("day") != ""} == {
        name: value for name, value in changes.items() if changes.get("day") != ""
    }


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"day": in_days(-1)}, "in-the-past"),
        ({"day": in_days(400)}, "too-far-ahead"),
        ({"day": in_days(3), "start": "03:00", "end": "04:00"}, "closed"),
        ({"day": in_days(3), "start": "07:00", "end": "20:00"}, "too-long"),
        ({"day": in_days(3), "persons": "500"}, "capacity"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_refusal_is_told_in_the_words_of_people(
    visitor: Visitor, changes: dict[str, str], rule: str, lang: str
) -> None:
    page = visitor.send(offer(visitor.open(f"/try?lang={lang}"), "book"), **changes)
    words = PAGES.words[lang]
    assert page.has(f"{words['try.refused']}: {words[f'rule.{rule}']}")
    nothing = [each for each in SOUGHT if page.has(words[f"try.instead.none.{each}"])]
    assert nothing == ([rule] if rule in SOUGHT else [])
    assert "booked" not in ids(page)
    stays = visitor.open(page.url)
    assert offer(stays, "book").fields | changes == offer(stays, "book").fields


def test_who_comes_too_late_sees_what_is_free_instead_and_takes_it(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    form = offer(visitor.open("/try?lang=en"), "book")
    at = [f"{form.fields['day']}T{form.fields[edge]}" for edge in ("start", "end")]
    slot = {
        name: datetime.fromisoformat(t).replace(tzinfo=HELSINKI).isoformat()
        for name, t in zip(("start", "end"), at, strict=True)
    }
    headers = {"Authorization": f"Bearer {keys(installation)['kiosk']['key']}", "Idempotency-Key": str(uuid4())}
    other = visitor.http.post("/booking/v1/bookings", json={"space": "kerhohuone", "slot": slot}, headers=headers)
    assert other.status_code == 201
    late = visitor.send(form)
    assert late.has("somebody has booked the room for that time.")
    page = visitor.send(offer(late, "take"))
    assert booked(visitor, installation, page, "booked")["type"] == "omatoimi.booking.confirmed.v1"
    assert offer(page, "again")


def test_an_address_that_nobody_knows_says_so(visitor: Visitor) -> None:
    page = visitor.open(f"/try?booked={uuid4()}&lang=en")
    assert page.status == 404
    assert page.has("This trial is not known")
    assert offer(page, "book")
    assert visitor.open("/try?booked=no-id").status == 422
    assert visitor.open(f"/try?booked={uuid4()}&before=1-2").status == 422
    begun = visitor.send(offer(page, "book"))
    crafted = {"space": "no-such-room", "start": "0001-01-01T00:00:00+14:00", "end": "x", "refused": str(uuid4())}
    assert visitor.send(offer(begun, "again"), act="take", **crafted).status == 404
    assert visitor.send(offer(begun, "again"), act="take", start=crafted["start"], end=crafted["start"]).status == 422


def test_the_key_stays_on_the_server(visitor: Visitor, installation: RunningInstallation) -> None:
    page = visitor.send(offer(visitor.open("/try?lang=en"), "book"))
    for each in keys(installation).values():
        assert each["key"] not in page.html


def test_while_kafka_is_away_the_booking_stands_and_the_event_follows(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    form = offer(visitor.open("/try?lang=en"), "book")
    with without_broker(installation):
        page = visitor.send(form)
        assert page.has("Club room is yours on")
        assert page.has("The events are on their way.")
        until(
            lambda: visitor.open(page.url).has("Your booking stands. Kafka, or who reads it, does not answer just now")
        )
        assert '<noscript><meta http-equiv="refresh"' in visitor.open(page.url).html
    there = arrived(visitor, page)
    assert "<noscript>" not in there.html
    assert there.has("Topic booking.events.v1")


async def test_while_booking_is_away_the_form_stays_and_the_same_booking_is_not_made_twice(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    form = offer(visitor.open("/try?lang=en"), "book")
    async with without_database(installation, "booking"):
        away = visitor.send(form)
        assert away.status == 503
        assert away.has("Booking does not answer just now. Send the form again: the same booking is not made twice.")
        kept = offer(away, "book")
        assert kept.fields | {"csrf": ""} == form.fields | {"csrf": ""}
        assert away.has("Choose a day and times. No free hour is to be seen within two weeks")
    page = away
    until(lambda: "booked" in ids(visitor.send(kept)))
    page = visitor.send(kept)
    assert ids(page)["booked"] == form.fields["request"]


async def test_while_the_figures_are_away_the_booking_stands(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    form = offer(visitor.open("/try?lang=en"), "book")
    async with without_database(installation, "analytics"):
        page = visitor.send(form)
        assert page.has("Club room is yours on")
        assert page.has("The figures do not answer just now. Your booking stands, and counts when they are back.")


def paste(command: str, installation: RunningInstallation) -> "subprocess.Popen[str]":
    """A command as it is pasted in a terminal in the checkout."""
    return subprocess.Popen(
        ["bash", "-c", command],
        cwd=CHECKOUT,
        env=installation.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def until_it_prints(run: "subprocess.Popen[str]", words: str, within: float = 300) -> str:
    """What a command prints until these words came; then it is ended as by Ctrl-C."""
    assert run.stdout is not None
    said = ""
    try:
        while words not in said:
            ready, _, _ = select.select([run.stdout], [], [], within)
            line = os.read(run.stdout.fileno(), 65536).decode() if ready else ""
            assert line, f"{words} did not come: {said}"
            said += line
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(timeout=300)
        run.stdout.close()
    return said


def test_the_commands_beside_the_events_work_when_pasted(visitor: Visitor, installation: RunningInstallation) -> None:
    page = arrived(visitor, visitor.send(offer(visitor.open("/try?lang=en"), "book")))
    book, follow, stream = (command for command in page.commands if not command.startswith("{"))
    done = paste(book, installation)
    said, _ = done.communicate(timeout=300)
    told = json.loads(said)["outcome"]
    assert told["type"] == "omatoimi.booking.confirmed.v1"
    assert told["data"]["space"] == "kerhohuone"
    assert "omatoimi.booking.confirmed.v1" in until_it_prints(paste(follow, installation), told["id"])
    assert '"topic":"booking.events.v1"' in until_it_prints(paste(stream, installation), told["id"])
    again = paste(book, installation)
    said, _ = again.communicate(timeout=300)
    assert json.loads(said)["type"] == "urn:omatoimi:problem:taken"


def test_a_channel_that_is_not_there_has_no_key(visitor: Visitor, installation: RunningInstallation) -> None:
    assert installation.command("key", "web").strip() == keys(installation)["web"]["key"]
    assert (
        "There is no channel fax; there are: booking, decisions, kiosk, notices, phone, staff, web."
        in installation.command("key", "fax", status=1)
    )
