"""The desk: who sees it, what its forms ask for, and that it says what does not answer."""

import re
from datetime import date
from html import unescape
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from omatoimi_contracts.lists import known
from omatoimi_contracts.vocabulary import CancelReason, RejectionReason
from starlette.datastructures import ImmutableMultiDict
from web.desk import hours, rooms
from web.desk.acts import Fault, Said, local_moment, number
from web.desk.shell import MENU
from web.exchange import RoleAt
from web.visitors import DESK, Form

from tests.kits.web import STAFF_OF_VALLILA, Site, pages_of

HELSINKI = ZoneInfo("Europe/Helsinki")
ADDRESSES = [entry.address for entry in MENU]
HOUSES = {"staff", "department"}
FORMS = {
    "/desk/notices": HOUSES,
    "/desk/organisations": {"staff"},
    "/desk/people": {"staff"},
    "/desk/feedback": {"participation"},
    "/desk/rooms": HOUSES,
    "/desk/hours": HOUSES,
    "/desk/blocks": HOUSES,
    "/desk/bookings": HOUSES,
}
"""Whose forms those of the desk are; those of `/desk` itself are of who keeps houses too."""
EVERYTHING = (*STAFF_OF_VALLILA, RoleAt("participation"))
"""The roles that every page of the desk is for."""


def form(**typed: str) -> Form:
    return ImmutableMultiDict([(name.replace("__", "-"), value) for name, value in typed.items()])


@pytest.mark.parametrize("address", ADDRESSES)
async def test_the_desk_is_for_those_who_work_there(alone: Site, address: str) -> None:
    async with alone.browser() as browser:
        answer = await browser.get(f"{address}?lang=fi")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?")
    async with alone.browser(await alone.signed_in()) as browser:
        assert (await browser.get(address)).status_code == 403
    async with alone.browser(await alone.signed_in(roles=EVERYTHING)) as browser:
        answer = await browser.get(f"{address}?lang=fi")
        assert answer.status_code in (200, 503)  # no service answers here
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("lang", "says", "answers"),
    [
        ("fi", "Tämä osa ei juuri nyt vastaa.", "Sivun käyttäjät: osallisuusyksikkö."),
        ("sv", "Den här delen svarar inte", "Sidan används av: delaktighetsenheten."),
        ("en", "does not answer just now", "It is used by: participation unit."),
    ],
)
async def test_a_service_that_does_not_answer_has_a_sentence_in_its_place(
    alone: Site, lang: str, says: str, answers: str
) -> None:
    async with alone.browser(await alone.signed_in(roles=STAFF_OF_VALLILA)) as browser:
        refused = await browser.get(f"/desk/feedback?lang={lang}")
        assert (refused.status_code, answers in refused.text) == (403, True)
    async with alone.browser(await alone.signed_in(roles=EVERYTHING)) as browser:
        # Which kiosks there are the web channel knows by itself.
        for address in set(ADDRESSES) - {"/desk/kiosks"}:
            answer = await browser.get(f"{address}?lang={lang}")
            status = 200 if address in ("/desk", "/desk/dead-letters") else 503
            assert (answer.status_code, says in answer.text) == (status, True), address


async def test_the_menu_has_what_somebody_has_a_use_for(alone: Site) -> None:
    async def seen(*roles: RoleAt) -> set[str]:
        async with alone.browser(await alone.signed_in(roles=roles)) as browser:
            page = (await browser.get("/desk")).text
            return set(re.findall(r'href="(/desk/[a-z-]+)\?', page))

    assert {"/desk/notices", "/desk/hours", "/desk/organisations"} < await seen(*STAFF_OF_VALLILA)
    houses = {"/desk/notices", "/desk/rooms", "/desk/hours", "/desk/blocks"}
    assert await seen(RoleAt("department", department="school")) == houses
    assert await seen(RoleAt("participation")) == {"/desk/feedback"}
    assert await seen(RoleAt("director")) == {"/desk/dead-letters"}


async def test_a_form_of_the_desk_is_taken_from_its_own_page_only(alone: Site) -> None:
    async with alone.browser(await alone.signed_in(roles=STAFF_OF_VALLILA)) as browser:
        for address in ("/desk", "/desk/hours", "/desk/blocks", "/desk/organisations", "/desk/rooms/space"):
            foreign = await browser.post(address, data={"act": "came"}, headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403, address
            without = await browser.post(address, data={"act": "came"}, headers={"Sec-Fetch-Site": "same-origin"})
            assert without.status_code == 403, address


@pytest.mark.parametrize("role", sorted(DESK | {""}))
async def test_a_form_of_somebody_whose_it_is_not_is_refused_before_a_field_of_it_is_read(
    alone: Site, role: str
) -> None:
    roles = (RoleAt(role, unit="vallila", department="school"),) if role else ()
    async with alone.browser(await alone.signed_in(roles=roles)) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/my/erase")).text)
        assert token
        for page in pages_of(alone.app):
            if "POST" not in (page.methods or ()) or not page.path.startswith("/desk"):
                continue
            own = (entry.roles for entry in MENU[1:] if page.path.startswith(entry.address))
            theirs = next((roles for of, roles in FORMS.items() if page.path.startswith(of)), next(own, HOUSES))
            address = re.sub(r"\{\w+\}", str(UUID(int=7)), page.path)
            typed = {"csrf": unescape(token[1]), "act": "none", "booking": "none"}
            answer = await browser.post(address, data=typed, headers={"Sec-Fetch-Site": "same-origin"})
            assert (answer.status_code == 403) == (role not in theirs), (address, answer.status_code)


def test_lists_of_the_contract_are_chosen_from() -> None:
    assert {"closure", "maintenance", "other"} <= set(known(CancelReason))
    assert {"advertising", "personal-data"} <= set(known(RejectionReason))


@pytest.mark.parametrize("typed", ["16.30", "16:30"])
def test_a_time_is_taken_as_people_write_it(typed: str) -> None:
    for day in ("24.12.2026", "2026-12-24"):
        found = local_moment(form(day=day, at=typed), "day", "at", HELSINKI)
        assert f"{found:%Y-%m-%d %H:%M %z}" == "2026-12-24 16:30 +0200"
    assert local_moment(form(day="2026-12-24", at="24"), "day", "at", HELSINKI).day == 25


@pytest.mark.parametrize(
    ("day", "at", "field"),
    [("24.13.2026", "16", "day"), ("", "16", "day"), ("2026-12-24", "25", "at"), ("2026-12-24", "x", "at")],
)
def test_a_time_that_is_none_names_its_field(day: str, at: str, field: str) -> None:
    with pytest.raises(Fault) as fault:
        local_moment(form(day=day, at=at), "day", "at", HELSINKI)
    assert fault.value.field == field


def test_a_number_that_is_none_names_its_field_and_an_empty_field_is_no_number() -> None:
    assert (number(form(persons=" 12 "), "persons"), number(form(persons=""), "persons")) == (12, None)
    for typed in ("many", "-1", "1000000", "²"):
        with pytest.raises(Fault):
            number(form(persons=typed), "persons")


def test_what_was_typed_stands_in_its_field_again() -> None:
    said = Said(422, fault=Fault("day", "day"), typed=form(day="tomorrow"))
    assert (said.value("day", "2026-12-01"), said.wrong("day"), said.wrong("start")) == ("tomorrow", True, False)
    assert Said().value("day", "2026-12-01") == "2026-12-01"


USUAL: hours.Week = [
    {"weekday": day, "spans": [{"opens": "08:00", "closes": "20:00", "kind": "staffed"}]} for day in range(1, 8)
]
SUMMER: hours.Week = [{"weekday": 1, "spans": [{"opens": "10:00", "closes": "16:00", "kind": "staffed"}]}]
PERIODS: list[hours.HoursPeriod] = [
    {"valid_from": "2026-01-01", "week": USUAL},
    {"valid_from": "2026-06-01", "week": SUMMER},
]


def test_a_single_day_is_its_own_week_and_the_usual_one_from_the_day_after() -> None:
    change = hours.change_of(
        form(act="set-day", premises="library", valid_from="2026-12-24", closed="yes"), PERIODS[:1]
    )
    (kept_from, kept), (since, week) = change.weeks
    # What follows stands first: cut short between the two, nothing has changed yet.
    assert (kept_from, kept, since) == (date(2026, 12, 25), USUAL, date(2026, 12, 24))
    assert hours.spans_of(week, since.isoweekday()) == []
    assert hours.spans_of(week, 5) == USUAL[4]["spans"]


def test_a_single_day_before_another_period_leaves_that_period_as_it_is() -> None:
    typed = form(
        act="set-day",
        premises="library",
        valid_from="31.5.2026",
        opens__day__0="10",
        closes__day__0="14",
        kind__day__0="staffed",
    )
    change = hours.change_of(typed, PERIODS)
    assert [since for since, _ in change.weeks] == [date(2026, 5, 31)]
    assert hours.spans_of(change.weeks[0][1], 7) == [{"opens": "10:00", "closes": "14:00", "kind": "staffed"}]


def test_a_week_has_the_days_that_were_filled_in() -> None:
    typed = form(
        act="set",
        premises="library",
        valid_from="2027-01-01",
        opens__1__0="8",
        closes__1__0="16.30",
        kind__1__0="staffed",
        opens__1__1="16:30",
        closes__1__1="24",
        kind__1__1="self-service",
    )
    ((since, week),) = hours.change_of(typed, PERIODS).weeks
    assert since == date(2027, 1, 1)
    assert week == [
        {
            "weekday": 1,
            "spans": [
                {"opens": "08:00", "closes": "16:30", "kind": "staffed"},
                {"opens": "16:30", "closes": "24:00", "kind": "self-service"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"opens__1__0": "8", "closes__1__0": ""}, "closes-1-0"),
        ({"opens__1__0": "16", "closes__1__0": "8", "kind__1__0": "staffed"}, "closes-1-0"),
        ({"opens__1__0": "8", "closes__1__0": "16", "kind__1__0": "open"}, "kind-1-0"),
        (
            {
                "opens__1__0": "8",
                "closes__1__0": "16",
                "kind__1__0": "staffed",
                "opens__1__1": "15",
                "closes__1__1": "18",
                "kind__1__1": "staffed",
            },
            "opens-1-1",
        ),
    ],
)
def test_hours_that_are_none_name_their_field(typed: dict[str, str], field: str) -> None:
    with pytest.raises(Fault) as fault:
        hours.change_of(form(act="set", premises="library", valid_from="2027-01-01", **typed), PERIODS)
    assert fault.value.field == field


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"space": "Iso sali"}, "space"),
        ({"capacity": "0"}, "capacity"),
        ({"name-fi": ""}, "name-fi"),
        ({"task": "sing"}, "task"),
    ],
)
def test_a_room_that_is_none_names_its_field(typed: dict[str, str], field: str) -> None:
    given = {"premises": "library", "space": "hall", "name-fi": "Sali", "capacity": "60", "task": ""}
    assert rooms.asked_space(ImmutableMultiDict(given), "fi")["capacity"] == 60
    with pytest.raises(Fault) as fault:
        rooms.asked_space(ImmutableMultiDict(given | typed), "fi")
    assert fault.value.field == field
