"""The example content is a pure function of a seed and a day, and holds what it promises."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any
from uuid import uuid4

import pytest
from omatoimi_contracts import requests as ask
from omatoimi_contracts.vocabulary import RequestData
from omatoimi_example.acts import Act, OfEarlier
from omatoimi_example.calendar import AHEAD, DAY, HELSINKI, at, first_day, local_day
from omatoimi_example.clubs import DARK_FROM
from omatoimi_example.plan import plan
from omatoimi_example.posters import EVENINGS, NEWS, NOT_PUBLISHED
from omatoimi_example.town import ASSOCIATIONS, content, spaces
from omatoimi_example.visits import broken

SEED, DAY_OF_IT = 2014, date(2026, 11, 26)
OTHER_DAYS = [date(2026, 7, 15), date(2026, 1, 3), date(2028, 2, 29), date(2026, 9, 1), date(2027, 4, 1)]


@pytest.fixture(scope="module")
def acts() -> list[Act]:
    return plan(SEED, DAY_OF_IT)


def of(acts: list[Act], kind: type[RequestData], ends: str = "") -> Iterator[Act]:
    return (one for one in acts if one.kind is kind and (not ends or one.ends == ends))


def slot(one: Act) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(one.data["slot"]["start"]), datetime.fromisoformat(one.data["slot"]["end"])


def test_the_same_seed_and_day_give_the_same_acts_and_another_seed_others(acts: list[Act]) -> None:
    again = plan(SEED, DAY_OF_IT)
    assert [(one.id, one.content()) for one in again] == [(one.id, one.content()) for one in acts]
    assert {one.id for one in plan(SEED + 1, DAY_OF_IT)}.isdisjoint({one.id for one in acts})


@pytest.mark.parametrize("day", [DAY_OF_IT, *OTHER_DAYS])
def test_acts_stand_in_order_of_time_within_their_fourteen_months(day: date) -> None:
    found = plan(SEED, day)
    assert found == sorted(found, key=lambda one: one.time)
    assert at(first_day(day), "00:00") <= found[0].time
    assert found[-1].time < at(day, "00:00")
    assert all(one.asked <= one.time for one in found)
    assert len({one.id for one in found}) == len(found)
    latest = max(slot(one)[1] for one in of(found, ask.BookingRequested))
    assert at(day, "00:00") + AHEAD - 5 * DAY < latest <= at(day, "00:00") + AHEAD + timedelta(hours=1)


@pytest.mark.parametrize("day", [DAY_OF_IT, *OTHER_DAYS])
def test_an_act_refers_to_earlier_ones_only_and_every_request_is_valid(day: date) -> None:
    told: dict[str, datetime] = {}
    for one in plan(SEED, day):
        for need in one.needs:
            assert told[need.label] < one.time, one
        if one.label:
            assert one.label not in told, one.label
            told[one.label] = one.time
        data = {name: uuid4() if isinstance(value, OfEarlier) else value for name, value in one.data.items()}
        one.kind.model_validate_json(json.dumps(data, default=str))


def test_there_are_some_two_thousand_bookings_and_the_other_acts_beside_them(acts: list[Act]) -> None:
    ends = Counter(one.ends for one in acts)
    assert 1800 < ends["booking.confirmed"] < 2400
    for name in ("booking.moved", "booking.cancelled", "booking.unattended", "notice.rejected", "decision.published"):
        assert ends[name] > 5, name
    premises = {spaces()[one.data["space"]].premises for one in of(acts, ask.BookingRequested, "booking.confirmed")}
    assert premises == {"kirjasto", "koulu", "nuorisotalo"}


def test_tuesdays_are_crowded(acts: list[Act]) -> None:
    confirmed = of(acts, ask.BookingRequested, "booking.confirmed")
    by_weekday = Counter(slot(one)[0].astimezone(HELSINKI).isoweekday() for one in confirmed)
    refused = Counter(
        slot(one)[0].astimezone(HELSINKI).isoweekday() for one in of(acts, ask.BookingRequested, "booking.refused")
    )
    assert all(by_weekday[2] > 1.8 * number for day, number in by_weekday.items() if day != 2)
    assert refused[2] > sum(number for day, number in refused.items() if day != 2) / 2


def test_the_sports_hall_is_dark_in_the_evenings(acts: list[Act]) -> None:
    ends = [
        slot(one)[1].astimezone(HELSINKI).strftime("%H:%M")
        for kind in (ask.BookingRequested, ask.MoveRequested)
        for one in of(acts, kind)
        if one.ends != "booking.refused" and one.data.get("space", "").startswith("liikuntasali")
    ]
    assert len(ends) > 200
    assert max(ends) <= DARK_FROM


def test_school_and_youth_centre_keep_closed_in_july(acts: list[Act]) -> None:
    closings = [one for one in of(acts, ask.HoursRequested) if one.data["valid_from"] == "2026-07-01"]
    assert {one.data["premises"] for one in closings} == {"koulu", "nuorisotalo"}
    given_back = {
        one.data["booking"].label for one in of(acts, ask.CancellationRequested) if one.data.get("reason") == "closure"
    }
    in_july = {
        one.label
        for one in of(acts, ask.BookingRequested, "booking.confirmed")
        if slot(one)[0].month == 7 and spaces()[one.data["space"]].premises in ("koulu", "nuorisotalo")
    }
    assert in_july == given_back != set()


def test_the_counter_at_the_endpoint_is_broken_for_a_fortnight(acts: list[Act]) -> None:
    since, until = broken(DAY_OF_IT)
    counted = {slot(one)[0].astimezone(HELSINKI).date() for one in of(acts, ask.VisitRequested)}
    days = {first_day(DAY_OF_IT) + n * DAY for n in range(1, (DAY_OF_IT - first_day(DAY_OF_IT)).days)}
    assert days - counted == {since + n * DAY for n in range((until - since).days)}


def test_something_is_corrected_weeks_later(acts: list[Act]) -> None:
    (late,) = (one for one in acts if one.label == "late correction")
    first = next(one for one in acts if one.label == f"came {late.data['booking'].label}")
    assert local_day(late.time) - local_day(first.time) == 35 * DAY
    assert late.time < at(DAY_OF_IT, "00:00")
    twice = Counter((one.data["slot"]["start"]) for one in of(acts, ask.VisitRequested))
    assert len([1 for number in twice.values() if number == 2]) > 8


def test_one_comment_is_never_answered_and_lapses_before_the_day(acts: list[Act]) -> None:
    answered = {one.data["feedback"].label for one in of(acts, ask.AnswerRequested)}
    old = [one for one in of(acts, ask.FeedbackRequested) if one.time < at(DAY_OF_IT - 61 * DAY, "00:00")]
    assert [one.data["text"][:20] for one in old if one.label not in answered] == ["Sali on tyhjä joka i"]


def test_whoever_is_refused_for_a_taken_room_may_take_another(acts: list[Act]) -> None:
    sessions = {
        one.data["session"]: one for one in of(acts, ask.BookingRequested, "booking.refused") if "session" in one.data
    }
    instead = [one for one in of(acts, ask.BookingRequested, "booking.confirmed") if "wanted" in one.data]
    assert len(sessions) > len(instead) > 20
    assert all(one.data["wanted"] == sessions[one.data["session"]].data["slot"] for one in instead)


def test_no_association_asks_for_more_than_its_quota(acts: list[Act]) -> None:
    by_month = Counter(
        (one.data["organiser"].get("organisation"), slot(one)[0].astimezone(HELSINKI).strftime("%Y-%m"))
        for one in of(acts, ask.BookingRequested, "booking.confirmed")
    )
    assert max(number for (organisation, _), number in by_month.items() if organisation) <= 15


def test_no_room_is_promised_twice(acts: list[Act]) -> None:
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in of(acts, ask.BookingRequested, "booking.confirmed"):
        for leaf in spaces()[one.data["space"]].leaves:
            taken.setdefault(leaf, []).append(slot(one))
    for slots in taken.values():
        slots.sort()
        assert all(one[1] <= next_[0] for one, next_ in pairwise(slots))


def test_the_club_room_is_free_at_noon_for_whoever_tries_it(acts: list[Act]) -> None:
    for one in of(acts, ask.BookingRequested, "booking.confirmed"):
        start, end = (moment.astimezone(HELSINKI) for moment in slot(one))
        if one.data["space"] == "kerhohuone" and start.date() >= DAY_OF_IT:
            assert end.strftime("%H:%M") <= "11:15" or start.strftime("%H:%M") >= "13:45"


def test_every_source_of_it_is_of_example_content_and_none_is_one_that_people_use(acts: list[Act]) -> None:
    """The counter and the cases are its own: nothing that the README lets one write to."""
    assert {one.data["counter"] for one in of(acts, ask.VisitRequested)} == {"paaovi"}
    cases: set[Any] = {one.data["case"] for one in of(acts, ask.FeedbackRequested)}
    assert all(case.split("-")[2].startswith("98") for case in cases)


def test_words_are_there_in_three_languages_and_each_poster_has_an_organiser_that_exists() -> None:
    posters = [poster for several in EVENINGS.values() for poster in several] + [
        *NEWS,
        *(poster for poster, _ in NOT_PUBLISHED),
    ]
    assert {language for poster in posters for language in poster.titles} == {"fi", "sv", "en"}
    assert all(set(poster.texts) == set(poster.titles) and poster.language in poster.titles for poster in posters)
    assert {poster.by for poster in NEWS} - {"library"} <= ASSOCIATIONS.keys()
    assert EVENINGS.keys() - {"library"} <= ASSOCIATIONS.keys()


def test_many_acts_share_a_moment_so_that_it_is_there_soon(acts: list[Act]) -> None:
    moments = [list(group) for _, group in groupby(acts, lambda one: (one.time, one.service))]
    assert len(moments) < len(acts) / 3
    assert max(len(moment) for moment in moments) <= 40


@pytest.mark.parametrize("day", [DAY_OF_IT, *OTHER_DAYS])
def test_whoever_books_accepts_the_house_rules_and_comes_with_enough(day: date) -> None:
    told = {one["data"]["space"]: one["data"] for one in content() if one["type"] == ask.SpaceRequested.TYPE}
    assert any(room.get("rules_to_accept") for room in told.values())
    for one in of(plan(SEED, day), ask.BookingRequested):
        room = told[one.data["space"]]
        assert one.data.get("rules_accepted") == (1 if room.get("rules_to_accept") else None)
        assert one.data.get("persons", room["capacity"]) >= room.get("minimum", 1)
