"""Book a room as somebody who has signed in: from the free time to the receipt, its calendar entry, another time, and
cancelled; by links and plain forms, as a browser without script sends them."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from chassis.pages import LANGUAGES
from icalendar import Calendar
from omatoimi.installation import RunningInstallation, until
from omatoimi.unreachable import without_database
from web import local_time
from web.rendering import PAGES

from tests.waiting import until as wait_until

from .visitor import Form, Page, Visitor

HELSINKI = ZoneInfo("Europe/Helsinki")
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def origin(installation: RunningInstallation) -> str:
    return f"http://127.0.0.1:{installation.port}"


@pytest.fixture
def aino(origin: str) -> Visitor:
    """Somebody who has just signed in, and for whom people vouches."""
    return signed_in(origin)


def signed_in(origin: str, person: str = "resident") -> Visitor:
    """One of the ready-made persons."""
    visitor = Visitor(origin)

    def vouched_for() -> bool:
        page = visitor.sign_in(person)
        return urlsplit(page.url).path == "/my" and visitor.http.get("/my/data.json").json()["people"] is not None

    until(vouched_for)
    return visitor


def words(lang: str = "en") -> dict[str, str]:
    return PAGES.words[lang]


def in_days(days: int) -> str:
    return (local_time.now(HELSINKI).date() + timedelta(days=days)).isoformat()


def form(page: Page, path: str = "/book") -> Form:
    """The form of the page itself, not those of its header."""
    return next(one for one in page.forms if urlsplit(one.action).path == path)


class Taken:
    """Days that no other test books on: those after the week in which tests look for what is free."""

    day = 7


def free(visitor: Visitor, lang: str = "en", persons: int = 4, space: str = "kerhohuone") -> str:
    """A link of the search to a booking of a room, on a day of its own."""
    for _ in range(7):  # whatever day of the week its house is closed on
        Taken.day += 1
        page = visitor.open(f"/rooms?day={in_days(Taken.day)}&persons={persons}&lang={lang}")
        found = [link for link in page.links if urlsplit(link).path == "/book" and f"space={space}&" in link]
        if found:
            return found[0]
    raise AssertionError(f"{space} is not free on any day of a week")


def looked_at(visitor: Visitor, link: str, **typed: str) -> Page:
    """The look at a booking before it is sent."""
    return visitor.send(form(visitor.open(link)), **{"purpose": "hobby", "public": "", **typed})


def sent(visitor: Visitor, page: Page) -> Page:
    return visitor.send(form(page), act="send")


def booking_of(page: Page) -> str:
    return urlsplit(page.url).path.rpartition("/")[2]


async def event_of(installation: RunningInstallation, subject: str, kind: str) -> dict[str, Any]:
    """The data of the last such event about a subject, as it stands in the outbox of booking, once it does: searches
    are written a moment after they are answered."""
    conn = await asyncpg.connect(installation.addresses["postgres"]["booking"])

    async def told() -> dict[str, Any] | None:
        rows = await conn.fetch("select value from chassis.outbox where value is not null order by seq desc")
        for event in (json.loads(row["value"]) for row in rows):
            if event["subject"] == subject and event["type"].split(".")[2] == kind:
                data: dict[str, Any] = event["data"]
                return data
        return None

    try:
        found: dict[str, Any] = await wait_until(told, f"{kind} of {subject} stands in the outbox")
        return found
    finally:
        await conn.close()


def test_who_has_not_signed_in_does_so_first_and_comes_back(origin: str) -> None:
    visitor = Visitor(origin)
    answer = visitor.http.get("/book?space=kerhohuone&lang=sv", follow_redirects=False)
    assert answer.status_code == 303
    led = urlsplit(answer.headers["location"])
    assert (led.path, parse_qs(led.query)["next"]) == ("/sign-in", ["/book?space=kerhohuone&lang=sv"])
    for path in (f"/bookings/{uuid4()}", f"/bookings/{uuid4()}/cancel", f"/bookings/{uuid4()}/calendar.ics"):
        assert visitor.http.get(path, follow_redirects=False).headers["location"].startswith("/sign-in?")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_free_time_is_looked_at_confirmed_and_told_by_its_receipt(aino: Visitor, lang: str) -> None:
    link = free(aino, lang)
    begun = aino.open(link)
    assert (form(begun).fields["day"], form(begun).fields["persons"]) == (in_days(Taken.day), "4")
    look = looked_at(aino, link)
    said = words(lang)
    assert look.title.startswith(said["book.check"])
    assert look.has(said["codes.purpose.hobby"])
    receipt = sent(aino, look)
    assert urlsplit(receipt.url).path.startswith("/bookings/")
    assert receipt.has(said["mine.state.upcoming"])
    number = receipt.title.split()[1]
    assert receipt.has(said["mine.confirmed"].format(number=number))
    assert receipt.has(said["mine.cancel.until"].partition("{until}")[0].strip())
    calendar = Calendar.from_ical(aino.http.get(f"{urlsplit(receipt.url).path}/calendar.ics?lang={lang}").content)
    (entry,) = calendar.walk("VEVENT")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert f"{entry.decoded('dtstart').astimezone(HELSINKI):%Y-%m-%dT%H:%M}" == asked["start"]
    assert (calendar["method"], str(entry["uid"])) == ("PUBLISH", booking_of(receipt))
    assert "Aino" not in calendar.to_ical().decode()


async def test_the_house_rules_are_read_and_accepted_and_their_version_goes_all_the_way(
    aino: Visitor, installation: RunningInstallation
) -> None:
    link, said = free(aino, space="keittio"), words()
    begun = aino.open(link)
    assert begun.has("Wash up and wipe the tops before you leave.")
    without = looked_at(aino, link)
    assert (without.status, without.has(said["book.fault.rules"])) == (422, True)
    unread = aino.send(form(looked_at(aino, link, rules="1")), act="send", rules="")
    assert (unread.status, unread.has(said["book.fault.rules"])) == (409, True), "booking itself refuses it"
    look = aino.send(form(without), purpose="hobby", rules="1")
    assert look.has(said["book.rules.accepted"].format(version=1))
    receipt = sent(aino, look)
    assert receipt.has(said["book.rules.accepted"].format(version=1))
    assert receipt.has("No open fire."), "what they have accepted can be read there, also when it has changed"
    assert (await event_of(installation, booking_of(receipt), "confirmed"))["rules_accepted"] == 1
    calendar = aino.http.get(f"{urlsplit(receipt.url).path}/calendar.ics?lang=en").text.replace("\r\n ", "")
    assert "/rooms/keittio#house-rules" in calendar


async def test_what_was_typed_and_the_visit_stand_in_the_event(
    aino: Visitor, installation: RunningInstallation
) -> None:
    receipt = sent(aino, looked_at(aino, free(aino), purpose="event", persons="9", public="yes"))
    told = await event_of(installation, booking_of(receipt), "confirmed")
    assert (told["purpose"], told["persons"], told["opentopublic"]) == ("event", 9, True)
    conn = await asyncpg.connect(installation.status()["sessions"])
    visits = {str(row["visit"]) for row in await conn.fetch("select visit from web.session")}
    await conn.close()
    assert told["session"] in visits
    searched = await event_of(installation, told["session"], "performed")
    assert (searched["persons"], searched["hits"] > 0) == (4, True), "search and booking are of one visit"


def test_a_form_that_is_sent_twice_leads_to_the_same_receipt(aino: Visitor) -> None:
    look = looked_at(aino, free(aino))
    assert sent(aino, look).url == sent(aino, look).url


async def test_a_refusal_says_the_rule_and_offers_what_is_free_keeping_what_was_typed(
    aino: Visitor, installation: RunningInstallation
) -> None:
    # No other room is as large, so that what is free instead is at another time: what was wanted is not what was taken.
    link = free(aino, persons=80, space="liikuntasali")
    sent(aino, looked_at(aino, link))
    refused = sent(aino, looked_at(aino, link, purpose="study", persons="80", public="yes"))
    said = words()
    assert refused.status == 409
    assert refused.has(said["refusal.taken.why"])
    offers = [one for one in refused.forms if one.button.startswith("Book ")]
    assert 1 <= len(offers) <= 3
    taken = aino.send(offers[0], act="send")
    told = await event_of(installation, booking_of(taken), "confirmed")
    assert (told["purpose"], told["persons"], told["opentopublic"]) == ("study", 80, True)
    asked = parse_qs(urlsplit(link).query)["start"][0]
    wanted = local_time.moment(told["wanted"]["start"], HELSINKI)
    assert f"{wanted:%Y-%m-%dT%H:%M}" == asked
    assert told["slot"]["start"] != told["wanted"]["start"]
    again = aino.send(next(one for one in refused.forms if one.button == said["book.change"]), act="change")
    assert (form(again).fields["persons"], again.status) == ("80", 200)


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({"persons": "500"}, "capacity"),
        ({"start": "02:00", "end": "04:00"}, "closed"),
        ({"day": in_days(400)}, "too-far-ahead"),
    ],
)
def test_what_would_pass_is_said_beside_the_rule(aino: Visitor, typed: dict[str, str], rule: str) -> None:
    refused = sent(aino, looked_at(aino, free(aino), **typed))
    said = words()
    assert refused.status == 409
    assert refused.has(said[f"refusal.{rule}.why"])
    assert refused.has(said[f"refusal.{rule}.do"].partition("{")[0])
    assert "16" in refused.text if rule == "capacity" else True


@pytest.mark.parametrize(
    ("typed", "fault", "field"),
    [
        ({"day": "30.2.2027"}, "when", "day"),
        ({"start": "25:00"}, "when", "start"),
        ({"start": "18:00", "end": "17:00"}, "backwards", "end"),
        ({"persons": "0"}, "persons", "persons"),
        ({"persons": "²"}, "persons", "persons"),
        ({"persons": MARKUP}, "persons", "persons"),
        ({"purpose": MARKUP}, "purpose", "purpose"),
        ({"organiser": str(uuid4())}, "organiser", "organiser"),
        ({"day": MARKUP, "start": MARKUP, "end": MARKUP}, "when", "day"),
    ],
)
def test_what_is_wrong_is_said_above_and_beside_and_nothing_typed_is_lost(
    aino: Visitor, typed: dict[str, str], fault: str, field: str
) -> None:
    page = looked_at(aino, free(aino), **typed)
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.text.count(words()[f"book.fault.{fault}"]) >= (1 if field == "organiser" else 2)
    assert any(link.endswith(f"#{field}") for link in page.links)
    kept = form(page).fields
    written = {name: value[:40] for name, value in typed.items() if name not in ("purpose", "organiser")}
    assert {name: kept[name] for name in written} == written, "what a list does not have cannot be chosen in it"
    assert MARKUP not in page.html


def test_until_midnight_is_a_time_like_any_other(aino: Visitor) -> None:
    refused = sent(aino, looked_at(aino, free(aino), start="23:00", end="00:00"))
    assert refused.has(words()["refusal.closed.why"])


async def test_while_booking_is_away_it_is_confirmed_again_under_the_same_id(
    aino: Visitor, installation: RunningInstallation
) -> None:
    look = looked_at(aino, free(aino))
    async with without_database(installation, "booking"):
        away = sent(aino, look)
        assert away.status == 503
    answers = [away]

    def booked() -> bool:
        answers.append(sent(aino, look))
        return "/bookings/" in answers[-1].url

    until(booked)
    assert sent(aino, look).url == answers[-1].url


async def test_a_booking_is_moved_once_its_new_time_was_looked_at(
    aino: Visitor, installation: RunningInstallation
) -> None:
    receipt = sent(aino, looked_at(aino, free(aino), start="12:00", end="13:00"))
    path = urlsplit(receipt.url).path
    page = aino.open(f"{path}/move?lang=en")
    assert form(page, f"{path}/move").fields["start"] == "12:00"
    look = aino.send(form(page, f"{path}/move"), start="14:00", end="15:30")
    assert look.has(words()["mine.move.to"])
    moved = aino.send(form(look, f"{path}/move"), act="send")
    assert moved.has(words()["mine.done.moved"])
    told = await event_of(installation, booking_of(receipt), "moved")
    assert f"{local_time.moment(told['slot']['start'], HELSINKI):%H:%M}" == "14:00"
    again = aino.send(form(look, f"{path}/move"), act="send")
    assert again.url == moved.url, "sent twice is done once"
    wrong = aino.send(form(page, f"{path}/move"), start="15:00", end="14:00")
    assert (wrong.status, wrong.has(words()["mine.fault.backwards"])) == (422, True)
    night = aino.send(form(aino.open(f"{path}/move?lang=en"), f"{path}/move"), start="03:00", end="04:00")
    closed = aino.send(form(night, f"{path}/move"), act="send")
    assert (closed.status, closed.has(words()["mine.fault.closed"])) == (409, True)


async def test_a_booking_is_cancelled_after_a_question_and_then_stands_as_cancelled(
    aino: Visitor, installation: RunningInstallation
) -> None:
    receipt = sent(aino, looked_at(aino, free(aino)))
    path = urlsplit(receipt.url).path
    question = aino.open(f"{path}/cancel?lang=en")
    assert question.has(words()["mine.cancel.early"])
    assert "cancelled" not in question.text.lower().replace("cancel ", "")
    done = aino.send(form(question, f"{path}/cancel"), reason="illness")
    assert done.has(words()["mine.done.cancelled"])
    told = await event_of(installation, booking_of(receipt), "cancelled")
    assert (told["reason"], told["by"]) == ("illness", "user")
    assert aino.open(f"{path}/cancel?lang=en").has(words()["mine.cannot"])
    assert aino.open(f"{path}/move?lang=en").has(words()["mine.cannot"])
    late = aino.send(form(question, f"{path}/cancel"), id=str(uuid4()))
    assert (late.status, late.has(words()["my.overtaken"])) == (412, True)


def test_what_does_not_exist_is_not_found(aino: Visitor) -> None:
    paths = ("/book?space=nowhere", f"/bookings/{uuid4()}", f"/bookings/{uuid4()}/move", "/rooms/nowhere")
    assert [aino.open(path).status for path in paths] == [404] * 4
    begun = form(aino.open("/book?space=kerhohuone"))
    assert aino.send(begun, space="no such", purpose="other").status == 404


def test_no_form_of_another_page_books_moves_or_cancels(aino: Visitor) -> None:
    look = looked_at(aino, free(aino))
    told = form(look)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = aino.http.post(told.action, data=told.fields | {"act": "send"}, headers=headers)
        assert answer.status_code == 403
    stolen = aino.http.post(
        told.action, data=told.fields | {"act": "send", "csrf": "x"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert stolen.status_code == 403
    assert "/bookings/" in sent(aino, look).url
