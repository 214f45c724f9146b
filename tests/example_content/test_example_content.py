"""A new installation fills in with a year of example content, whatever ends in the middle, and can be rid of it."""

import calendar
import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from analytics.catalogue import metrics
from omatoimi.installation import RunningInstallation, temporary, until
from omatoimi_contracts.event import is_demo
from omatoimi_example.calendar import HELSINKI, at
from omatoimi_example.clubs import DARK_FROM
from omatoimi_example.visits import birdsong, broken

from tests.example_content.lived import DAY, SERVICES, LivedInstallation, by_act, endings, fill_in, tomorrow
from tests.subscriber import alone


@pytest.fixture(scope="module")
def town(installation: RunningInstallation) -> LivedInstallation:
    """Filled in, in spite of everything; what is asked of it below is what stood there then."""
    found = LivedInstallation(installation)
    fill_in(found)
    return found


# -- what it is made of -----------------------------------------------------------------------------------------------


def test_each_act_is_done_once_and_ends_as_the_content_intends_though_all_was_killed(town: LivedInstallation) -> None:
    # What fell due was asked by the services themselves, and is no act.
    outcomes = [event for event in town.of_it if event.get("outcome") and "/channels/" in event["causationsource"]]
    assert {event["causationid"] for event in outcomes} == {str(one.id) for one in town.acts}
    assert endings(outcomes) == Counter(one.ends for one in town.acts)


def test_it_is_known_by_its_source_and_what_is_real_is_not_of_it(town: LivedInstallation) -> None:
    caused = [event for events in town.events.values() for event in events if is_demo(event.get("causationsource", ""))]
    assert len(caused) > 10_000
    assert all(is_demo(event["source"]) for event in caused)
    real = {event["subject"] for event in town.events["booking"] if not is_demo(event["source"])}
    assert real == {town.booked}
    assert "kaupunginjohtaja-j/2014-05-14/50" in {
        event["subject"] for event in town.events["decisions"] if not is_demo(event["source"])
    }


def test_it_happened_and_was_recorded_by_its_own_clock(town: LivedInstallation) -> None:
    for one, event in by_act(town):
        assert datetime.fromisoformat(event["recordedtime"]) == one.time
        assert event["time"] <= event["recordedtime"]
    assert all(event["time"] <= event["recordedtime"] for event in town.of_it)
    until_it = [e for e in town.of_it if datetime.fromisoformat(e["recordedtime"]) < at(DAY, "00:00")]
    assert len(until_it) > 0.99 * len(town.of_it)


def test_the_rooms_are_there_when_the_address_is_told(town: LivedInstallation) -> None:
    assert len(town.rooms) == 11


def test_people_book_and_look_while_it_fills_in(town: LivedInstallation) -> None:
    assert town.answers == [200, 201, 200]


def test_the_services_learned_of_each_other_as_in_life(town: LivedInstallation) -> None:
    """A notice goes with a booking that is given back; a hearing shows on its case; a comment lapses by itself."""
    types = endings(town.of_it)
    automatic = [
        event
        for event in town.events["notices"]
        if event["type"].endswith("notice.withdrawn.v1") and not event["outcome"]
    ]
    assert automatic
    assert all(is_demo(event["source"]) for event in automatic)
    heard = [e for e in town.events["decisions"] if e["type"].endswith("case.changed.v1") and e["data"].get("hearing")]
    assert heard
    assert types["feedback.lapsed"] >= 1
    assert types["notice.expired"] > 50
    assert not town.rows("notices", "select from chassis.dead_letter") + town.rows(
        "booking", "select from chassis.dead_letter"
    )


# -- its stories, in the figures --------------------------------------------------------------------------------------


def days_of(figure: Any) -> dict[date, int]:
    return {date.fromisoformat(row["key"]): row["numerator"] for row in figure["rows"] if row["dimension"] == "day"}


def test_tuesdays_are_crowded(town: LivedInstallation) -> None:
    by_weekday: Counter[int] = Counter()
    for day, number in days_of(town.figures("2025-10")["M01"]).items():
        by_weekday[day.isoweekday()] += number
    assert by_weekday[2] > 1.5 * max(number for weekday, number in by_weekday.items() if weekday != 2)


def test_the_sports_hall_of_the_school_is_dark_in_the_evenings(town: LivedInstallation) -> None:
    late = town.rows(
        "analytics",
        "select upper(slot) as ends from facts.booking where premises = 'koulu' and space like 'liikuntasali%'"
        " and cancelled is null",
    )
    assert len(late) > 100
    assert max(row["ends"].astimezone(HELSINKI).strftime("%H:%M") for row in late) <= DARK_FROM


def test_in_july_the_school_and_the_youth_centre_are_not_to_be_had(town: LivedInstallation) -> None:
    spaces = {
        month: {row["key"] for row in town.figures(month)["M02"]["rows"] if row["dimension"] == "space"}
        for month in ("2025-05", "2025-07")
    }
    gone = spaces["2025-05"] - spaces["2025-07"]
    assert gone == {"liikuntasali-a", "liikuntasali-b", "musiikkiluokka", "bandikamppa", "keittio"}
    assert town.figures("2025-07")["M06"]["whole"]["parts"]["house"] == 2


def test_rooms_are_told_by_the_names_that_the_city_gives_them(town: LivedInstallation) -> None:
    report = town.report("2025-10")
    assert '<th scope="row">Club room</th>' in report
    assert "kerhohuone" not in report.lower()


def test_somebody_is_refused_finds_another_room_or_goes_without(town: LivedInstallation) -> None:
    without = town.figures("2025-10")["M10"]
    assert without["whole"]["numerator"] >= 1
    assert without["whole"]["parts"]["served-later"] >= 1
    refused = [event["data"] for event in town.events["booking"] if event["type"].endswith("booking.refused.v1")]
    assert {data["rule"] for data in refused} == {"taken", "closed", "capacity", "too-long", "not-verified"}
    taken = [data for data in refused if data["rule"] == "taken"]
    assert sum(bool(data["alternatives"]) for data in taken) > 0.9 * len(taken)


def test_few_cases_are_told_as_few(town: LivedInstallation) -> None:
    """A share of a handful is no percentage: it stands with its interval."""
    answered = [town.figures(month)["M37"]["whole"] for month in ("2025-03", "2025-04", "2025-05", "2025-06")]
    few = [whole for whole in answered if whole["denominator"]]
    assert few
    assert all(whole["low"] is not None and whole["denominator"] < 30 for whole in few)


def test_one_comment_was_never_answered(town: LivedInstallation) -> None:
    months = [f"{year}-{month:02}" for year, month in ((2024, 11), (2024, 12), *((2025, m) for m in range(1, 12)))]
    assert sum(town.figures(month)["M37"]["whole"]["parts"].get("lapsed") or 0 for month in months) == 1


def test_the_counter_at_the_endpoint_was_silent_for_a_fortnight(town: LivedInstallation) -> None:
    counted = {
        datetime.fromisoformat(event["data"]["slot"]["start"]).astimezone(HELSINKI).date()
        for event in town.events["analytics"]
        if event["type"].endswith("visit.counted.v1")
    }
    since, mended = broken(DAY)
    silent = {since + timedelta(days=n) for n in range((mended - since).days)}
    assert not counted & silent
    assert {since - timedelta(days=1), mended} <= counted


def test_whoever_looks_finds_that_the_counter_was_broken(town: LivedInstallation) -> None:
    """In the figure, its finding and its table: days without a count, which are no days without visits."""
    since, mended = broken(DAY)
    silent = [since + timedelta(days=n) for n in range((mended - since).days)]
    for month in {f"{day:%Y-%m}" for day in silent}:
        figure = town.figures(month)["M14"]
        missing = sum(f"{day:%Y-%m}" == month for day in silent)
        days = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
        assert figure["whole"]["parts"] == {"days": days - missing, "missing": missing, "still": 0, "impossible": 0}
        assert not days_of(figure).keys() & set(silent)
        report = town.report(month)
        assert f"Open days without a count: {missing}." in report
    assert all(town.figures(month)["M14"]["whole"]["parts"]["missing"] == 0 for month in ("2025-05", "2025-10"))


def test_whoever_looks_finds_that_a_small_number_is_kept_back(town: LivedInstallation) -> None:
    month = f"{birdsong(DAY):%Y-%m}"
    figure = town.figures(month)["M14"]
    hours = {
        row["key"]: row["suppressed"] for row in figure["rows"] if row["dimension"] == "hour" and row["suppressed"]
    }
    assert hours == {"05": "primary", "06": "complementary"}
    assert all(row["value"] is None for row in figure["rows"] if row["suppressed"])
    assert "&lt; 5" in town.report(month)
    assert "&lt; 5" not in town.report("2025-10")


def test_a_late_correction_changes_the_month_it_is_about(town: LivedInstallation) -> None:
    (late,) = (event for one, event in by_act(town) if one.label == "late correction")
    about = datetime.fromisoformat(late["data"]["slot"]["start"])
    assert datetime.fromisoformat(late["recordedtime"]) - about > timedelta(days=30)
    (row,) = town.rows("analytics", "select attended from facts.booking where booking::text = $1", late["subject"])
    assert row["attended"] is False


# -- and without it ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(town: LivedInstallation) -> LivedInstallation:
    """The same installation after `omatoimi reset --demo`."""
    assert "still fills in" not in (said := town.installation.command("reset", "--demo", "--yes"))
    assert "The installation is yours" in said
    town.until_counted()
    until(lambda: town.state()["state"] == "taken out")
    return town


def test_there_is_one_for_good(town: LivedInstallation) -> None:
    assert "one for good" in town.installation.command("demo", status=1)


def test_no_figure_counts_it_any_more(real: LivedInstallation) -> None:
    day = tomorrow("12:00").astimezone(HELSINKI).date()
    months = {f"{day:%Y-%m}", "2025-10", "2025-07", "2024-12"}
    assert {month: number for month in months if (number := real.figures(month)["M01"]["whole"]["numerator"])} == {
        f"{day:%Y-%m}": 1
    }
    assert real.figures("2025-10")["M02"]["whole"]["denominator"] in (0, None)
    (row,) = real.rows(
        "analytics", "select count(*) as n from analytics.ledger where class = 'folded' and source like '%/demo'"
    )
    assert row["n"] == 0
    complete = real.figures(f"{day:%Y-%m}")["M52"]["whole"]
    assert complete["numerator"] == complete["denominator"] > 10_000


def test_its_events_stay_on_the_topics_and_a_subscriber_leaves_them_out(
    real: LivedInstallation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    subscriber = alone(tmp_path_factory.mktemp("elsewhere") / "contracts")
    kafka = real.installation.addresses["kafka"]
    assert "M01: 1\n" in subscriber.follow(kafka, "booking.events.v1")
    assert real.rows("analytics", "select from analytics.ledger where class = 'demo' limit 1")


def test_nothing_of_it_is_left_in_the_state(real: LivedInstallation) -> None:
    assert [str(row["booking"]) for row in real.rows("booking", "select booking from booking.booking")] == [real.booked]
    for service, tables in {
        "booking": ("task", "block", "organisation"),
        "notices": ("notice", "organisation"),
        "decisions": ("feedback", "hearing"),
    }.items():
        for table in tables:
            assert real.rows(service, f"select * from {service}.{table}") == [], table
    assert {row["key"] for row in real.rows("decisions", "select key from decisions.publication")} == {
        "kaupunginjohtaja-j/2014-05-14/50"
    }
    assert len(real.rows("booking", "select from booking.claim")) == 1


def test_the_words_are_taken_back_from_the_compacted_topics(real: LivedInstallation) -> None:
    words: dict[str, bytes | None] = {}

    def taken_back() -> bool:
        words.update(real.last_documents("notices.documents.v1") | real.last_documents("decisions.documents.v1"))
        return len(words) > 20 and sum(value is not None for value in words.values()) == 1

    until(taken_back)
    assert [key for key, value in words.items() if value is not None] == ["kaupunginjohtaja-j/2014-05-14/50"]


def test_premises_rooms_and_hours_stay_and_are_real_from_then_on(real: LivedInstallation) -> None:
    rows = real.rows("booking", "select value from chassis.outbox where topic = 'booking.events.v1' order by seq")
    events = [json.loads(row["value"]) for row in rows]
    announced = [event for event in events if not is_demo(event["source"]) and event["subject"] != real.booked]
    register = endings(announced)
    assert (register["premises.registered"], register["space.registered"]) == (3, 11)
    assert register["hours.set"] >= 3
    spaces = {event["subject"] for event in announced if event["type"].endswith("space.registered.v1")}
    assert {row["space"] for row in real.get("/booking/v1/today", unit="vallila")["spaces"]} == spaces
    answer = real.book("kerhohuone", tomorrow("12:00"))
    assert answer.status_code == 201
    assert real.book("tyohuone", tomorrow("12:00")).status_code == 409  # the booking that was real stands
    keys = {"booking": answer.json()["outcome"]["data"]["booking"]}
    (row,) = real.rows("booking", "select count(*) as n from booking.booking where booking::text = $1", keys["booking"])
    assert row["n"] == 1


def test_pages_show_nothing_of_it(real: LivedInstallation) -> None:
    for path in ("/", "/booking", "/notices", "/decisions", "/analytics"):
        page = real.page(path)
        for word in ("esimerkki", "Pelimannit", "Satutuokio", "leikkipaikan"):
            assert word not in page, (path, word)


def test_a_rebuild_leaves_it_out(real: LivedInstallation) -> None:
    told = real.installation.command("rebuild", within=300)
    assert f"{len(metrics())} of {len(metrics())} metrics equal by hash" in told


def test_what_is_read_anew_does_not_bring_it_back_though_nobody_remembers_its_ids(real: LivedInstallation) -> None:
    real.rows("notices", "delete from chassis.inbox where source like '%/demo' returning id")
    real.installation.command("reread", "notices", "booking.events.v1")
    real.installation.down()
    real.installation.up()
    ends = "select sum(next_offset) as n from chassis.consumed where topic = 'booking.events.v1'"
    whole = real.rows("analytics", ends)[0]["n"]
    until(lambda: real.rows("notices", ends)[0]["n"] == whole, within=300)
    known = {str(row["booking"]) for row in real.rows("notices", "select booking from notices.booking")}
    assert real.booked in known
    assert len(known) <= 2


def test_once_taken_out_there_is_nothing_to_take_out(real: LivedInstallation) -> None:
    assert "no example content" in real.installation.command("reset", "--demo", "--yes", status=1)
    assert "one for good" in real.installation.command("demo", status=1)


# -- an installation that is in use -----------------------------------------------------------------------------------


def test_it_is_not_mixed_with_what_is_real(installation: RunningInstallation) -> None:
    """By the word of the variable; on demand only as long as nothing has happened, and up to a day that has come."""
    killed: list[int] = []
    with temporary(killed) as other:
        other.environment["OMATOIMI_DEMO"] = "perhaps"
        assert "OMATOIMI_DEMO=perhaps is neither yes nor no" in other.command("up", status=1)
        other.environment["OMATOIMI_DEMO"] = "no"
        other.up()
        town = LivedInstallation(other, acts=[])
        assert town.state()["state"] == "none"
        assert "has not come yet" in other.command("demo", "--day", "2999-01-01", status=1)
        assert town.book("tyohuone", tomorrow("12:00")).status_code == 201
        assert "something real" in other.command("demo", status=1)
        assert not any(town.rows(service, "select * from chassis.demo") for service in SERVICES)
