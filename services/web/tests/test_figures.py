"""What people do on pages stands in the figures, exactly, and where a mail follows it is in the folder: by links and
plain forms, at a real installation."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from omatoimi.installation import RunningInstallation, until
from web import local_time

from tests.at_rest import at_rest
from tests.quarter import quarter

from .test_booking import booking_of, form, free, in_days, looked_at, sent, signed_in
from .visitor import Form, Page, Visitor

HELSINKI = ZoneInfo("Europe/Helsinki")
UNIT = "vallila"
ALL_DAY = [{"weekday": day, "spans": [{"opens": "00:00", "closes": "24:00", "kind": "staffed"}]} for day in range(1, 8)]
WATCHED = ("M06", "M10", "M14", "M17", "M27", "M37")
CASE = "HEL 2026-000177"


@dataclass(frozen=True)
class Town:
    """The installation, what its figures say, and the mails that it would have sent."""

    installation: RunningInstallation
    status: dict[str, Any]
    period: dict[str, str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.installation.port}"

    def post(self, path: str, by: str, data: object) -> dict[str, Any]:
        """Tell what no page is for, as a channel."""
        keys = json.loads(self.installation.home.keys.read_text())
        headers = {"Authorization": f"Bearer {keys[by]['key']}", "Idempotency-Key": str(uuid4())}
        answer = Visitor(self.origin).http.post(path, json=data, headers=headers)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def figures(self) -> dict[tuple[str, str], int]:
        """Every count of the figures watched, once all that was done has arrived."""
        asyncio.run(at_rest(self.status))
        told = Visitor(self.origin).http.get("/analytics/v1/figures", params=self.period).json()
        whole = {one["metric"]: one["whole"] or {} for one in told["figures"]}
        numbers: dict[tuple[str, str], int] = {}
        for metric in WATCHED:
            one = whole[metric]
            counts = {name: one.get(name) for name in ("numerator", "denominator")} | one.get("parts", {})
            counts.pop("p90", None)
            numbers |= {(metric, name): int(number) for name, number in counts.items() if number is not None}
        return numbers

    def grown(self, before: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
        """By how much each number is another than before; not a word of those that are the same."""
        now, grown = self.figures(), dict[str, dict[str, int]]()
        for metric, name in sorted(now):
            if more := now[metric, name] - before.get((metric, name), 0):
                grown.setdefault(metric, {})[name] = more
        return grown

    def mailed(self, to: str, *words: str) -> bool:
        """Wait for a mail to an address that says these words, in its subject, its text or its calendar entry."""
        until(lambda: any(all(word in said for word in words) for said in self._said(to)))
        return True

    def _said(self, to: str) -> Iterator[str]:
        for file in self.installation.home.mail.glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=default)
            if to in mail["To"]:
                parts = [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
                yield "\n".join([mail["Subject"], *parts])


def month_of(day: date, later: int = 0) -> str:
    months = day.year * 12 + day.month - 1 + later
    return date(months // 12, months % 12 + 1, 1).isoformat()


@pytest.fixture(scope="module")
def town(installation: RunningInstallation) -> Town:
    """Persons are told of by whole months, so that the figures are asked for by those."""
    counted = (local_time.now(HELSINKI) - timedelta(hours=1)).date()
    return Town(
        installation, installation.addresses, {"from": month_of(counted), "to": month_of(counted, 6), "unit": UNIT}
    )


def reached(visitor: Visitor) -> str:
    """Tell people where somebody is reached, in Finnish; whatever other tests told before."""
    to = f"{uuid4()}@example.invalid"
    saved = visitor.send(form(visitor.open("/my/data?lang=en"), "/my/data"), email=to, language="fi")
    assert form(saved, "/my/data").fields["email"] == to
    return to


def link_to_book(page: Page) -> str:
    return next(link for link in page.links if urlsplit(link).path == "/book")


def button(page: Page, act: str, **fields: str) -> Form:
    """The form with such a button (the last of its buttons' values stands in no field) and such hidden fields."""
    return next(one for one in page.forms if fields.items() <= one.fields.items() and act in one.button)


def test_who_found_nothing_and_is_served_in_the_same_visit_was_not_left_without(town: Town) -> None:
    """M10: an attempt is one visit, and what came of it last counts. M06: what is given back is a share of all."""
    sami = signed_in(town.origin, "secretary")
    before, to = town.figures(), reached(sami)
    tuesday = next(day for day in map(in_days, range(2, 9)) if date.fromisoformat(day).weekday() == 1)
    nothing = sami.open(f"/rooms?day={tuesday}&persons=30&house=nuorisotalo&lang=en")
    assert nothing.has("No free time was found on this day.")
    # A search is told a moment after its answer.
    until(lambda: town.grown(before) == {"M10": {"denominator": 1, "numerator": 1, "empty": 1, "requests": 1}})

    receipt = sent(sami, looked_at(sami, link_to_book(nothing)))
    served = {"M10": {"denominator": 1, "empty": 1, "served-later": 1, "requests": 2}, "M06": {"denominator": 1}}
    assert town.grown(before) == served
    assert town.mailed(to, "Varauksesi on vahvistettu", booking_of(receipt), "METHOD:REQUEST")

    path = urlsplit(receipt.url).path
    sami.send(form(sami.open(f"{path}/cancel?lang=en"), f"{path}/cancel"))
    assert town.grown(before) == served | {"M06": {"denominator": 1, "numerator": 1, "early": 1}}
    assert town.mailed(to, "Varauksesi on peruttu", booking_of(receipt), "METHOD:CANCEL")


def test_who_is_refused_and_takes_what_is_offered_was_not_left_without(town: Town) -> None:
    """M10, by the refusal of a form. Somebody else had been faster."""
    aino, sami = signed_in(town.origin), signed_in(town.origin, "secretary")
    before, link = town.figures(), free(aino)
    sent(aino, looked_at(aino, link))
    until(lambda: town.grown(before)["M10"] == {"denominator": 1, "requests": 2})
    before = town.figures()
    refused = sent(sami, looked_at(sami, link))
    assert refused.status == 409
    assert town.grown(before) == {"M10": {"denominator": 1, "numerator": 1, "refused": 1, "requests": 1}}
    taken = sami.send(next(one for one in refused.forms if one.button.startswith("Book ")), act="send")
    assert "/bookings/" in taken.url
    assert town.grown(before) == {
        "M10": {"denominator": 1, "refused": 1, "served-later": 1, "requests": 2},
        "M06": {"denominator": 1},
    }


def test_a_task_of_a_booking_is_open_until_it_is_done_at_the_desk(town: Town) -> None:
    """M17: the task of a booking of now, from the form that books the room to the desk's button."""
    for path, data in (
        ("premises", {"premises": "toimitalo", "owner": "library", "unit": UNIT, "names": {"fi": "Toimitalo"}}),
        ("spaces", {"premises": "toimitalo", "space": "pirtti", "capacity": 9, "task": "open-door"}),
        ("hours", {"premises": "toimitalo", "valid_from": "2014-01-01", "week": ALL_DAY}),
    ):
        town.post(f"/booking/v1/{path}", "staff", data)
    aino, kirsi = signed_in(town.origin), signed_in(town.origin, "staff")
    before, now = town.figures(), quarter(local_time.now(HELSINKI))
    ends = now + timedelta(hours=1)
    until_ = f"{ends:%H:%M}" if ends.date() == now.date() else "00:00"
    of_now = {"day": f"{now:%Y-%m-%d}", "start": f"{now:%H:%M}", "end": until_, "persons": "4"}
    receipt = sent(aino, looked_at(aino, "/book?space=pirtti&lang=en", **of_now))
    assert "/bookings/" in receipt.url
    waits = {
        "M06": {"denominator": 1},
        "M10": {"denominator": 1, "requests": 1},
        "M17": {"tasks": 1, "open": 1},
    }
    assert town.grown(before) == waits
    desk = kirsi.open("/desk?lang=en")
    task = next(one for one in desk.forms if "task" in one.fields and "Done" in one.button)
    assert kirsi.send(task, act="task-done", minutes="5").status == 200
    assert town.grown(before) == waits | {"M17": {"tasks": 1, "done": 1}}


def test_a_notice_that_is_told_on_a_page_counts_once_it_is_approved_at_the_desk(town: Town) -> None:
    """M27."""
    aino, kirsi = signed_in(town.origin), signed_in(town.origin, "staff")
    before, to = town.figures(), reached(aino)
    second = aino.send(
        form(aino.open("/tell?lang=en"), "/tell"), **{"title-fi": "Lukupiiri", "go": "when"}, kind="hobby"
    )
    third = aino.send(form(second, "/tell"), until=in_days(9), go="preview")
    told = aino.send(form(third, "/tell"), go="send")
    notice = urlsplit(told.url).path.rpartition("/")[2]
    assert town.grown(before) == {"M27": {"submitted": 1}}
    page = kirsi.open(f"/desk/notices/{notice}?lang=en")
    assert kirsi.send(button(page, "Approve"), act="approve").status == 200
    assert town.grown(before) == {"M27": {"submitted": 1, "numerator": 1}}
    assert town.mailed(to, "Ilmoituksesi on hyväksytty")


def test_a_comment_counts_once_it_was_answered_at_the_desk(town: Town) -> None:
    """M37."""
    opened = {"CaseID": CASE, "Title": "Puiston valot, Vallila", "Status": "Vireillä", "PublicityClass": "Julkinen"}
    case = town.post("/decisions/v1/records", "staff", {"kind": "case", "content": opened})["outcome"]["data"]["case"]
    aino, outi = signed_in(town.origin), signed_in(town.origin, "participation")
    before, to = town.figures(), reached(aino)
    said = aino.send(form(aino.open(f"/comment?case={case}&lang=en"), "/comment"), text="Enemmän valoa, kiitos.")
    feedback = urlsplit(said.url).path.rpartition("/")[2]
    assert town.grown(before) == {"M37": {"received": 1}}
    page = outi.open(f"/desk/feedback/{feedback}?lang=en")
    answered = outi.send(form(page, f"/desk/feedback/{feedback}"), text="Lisäämme.", changed="yes", act="answer")
    assert answered.status == 200
    assert town.grown(before) == {"M37": {"received": 1, "changed": 1, "numerator": 1, "denominator": 1}}
    assert town.mailed(to, "Kommenttiisi on vastattu", case)


def test_who_comes_in_is_counted_by_the_counter_at_the_door_and_shown_on_the_page_of_the_figure(town: Town) -> None:
    """M14. No page is for it: a counter counts. Told anew its number is another, and no second one."""
    hour = (local_time.now(HELSINKI) - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    slot = {"start": hour.isoformat(), "end": (hour + timedelta(hours=1)).isoformat()}
    before = town.figures()
    for persons in (31, 42):
        town.post("/analytics/v1/visits", "kiosk", {"unit": UNIT, "counter": "ovi", "slot": slot, "persons": persons})
    assert town.grown(before) == {"M14": {"numerator": 42, "days": 1}}
    period = {name: town.period[name] for name in ("from", "to")}
    page = Visitor(town.origin).open(f"/analytics/?unit={UNIT}&lang=en&from={period['from']}&to={period['to']}")
    assert page.has("Visits counted: 42.")
