"""The gate: each break of a released promise fails with its sentence, and each addition passes."""

import copy
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from compatibility import RELEASED, breaks, main, promise, released, topic_breaks
from generation.schemas import schemas
from omatoimi_contracts import topics

TYPE = "omatoimi.booking.confirmed.v1"
OLD = schemas()[TYPE]
Change = Callable[[dict[str, Any], dict[str, Any]], object]
"""Changes a schema, given as the data's definition and the whole."""


def changed(change: Change) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new["$defs"]["BookingConfirmed"], new)
    return list(breaks(TYPE, OLD, new))


def require(name: str, part: dict[str, Any]) -> Change:
    return lambda data, _: (data["properties"].update({name: part}), data["required"].append(name))


def drop(name: str) -> Change:
    def change(data: dict[str, Any], _: dict[str, Any]) -> None:
        del data["properties"][name]
        data["required"] = [field for field in data["required"] if field != name]

    return change


def rename(name: str, other: str) -> Change:
    def change(data: dict[str, Any], _: dict[str, Any]) -> None:
        data["properties"] = {other if key == name else key: part for key, part in data["properties"].items()}
        data["required"] = [other if field == name else field for field in data["required"]]

    return change


def put(name: str, **keywords: Any) -> Change:
    return lambda data, _: data["properties"][name].update(keywords)


CODE = OLD["$defs"]["BookingConfirmed"]["properties"]["space"]["pattern"]
PURPOSES = OLD["$defs"]["BookingConfirmed"]["properties"]["purpose"]["x-known-values"]
INTEGER = {"type": "integer", "minimum": 0}
REPLAY = "events that stand on the topic would be refused"
READERS = "readers of before would refuse new events"
NOTHING = "readers of before would find nothing"
BOTH_WAYS = f"{REPLAY}, or {READERS}"
LACK = "is required now: events that stand on the topic lack it"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (require("floor", INTEGER), f"/data/floor {LACK}"),
        (lambda data, _: data["required"].append("session"), f"/data/session {LACK}"),
        (drop("purpose"), f"/data/purpose was dropped: {NOTHING}"),
        (drop("persons"), f"/data/persons was dropped: {NOTHING}"),
        (lambda _, whole: whole["properties"].pop("outcome"), f"/outcome was dropped: {NOTHING}"),
        (
            lambda data, _: data["required"].remove("purpose"),
            "/data/purpose may be left out now: readers of before rely on it",
        ),
        (
            put("purpose", **{"x-known-values": [value for value in PURPOSES if value != "hearing"]}),
            "/data/purpose dropped the known value 'hearing': events with it stand on the topic",
        ),
        (
            put("opentopublic", type="string"),
            f'/data/opentopublic had the type "boolean" and has the type "string": {BOTH_WAYS}',
        ),
        (
            put("space", pattern="^[a-z]+$"),
            f'/data/space had the pattern {json.dumps(CODE)} and has the pattern "^[a-z]+$": {BOTH_WAYS}',
        ),
        (rename("purpose", "use"), f"/data/purpose was renamed to use: {NOTHING} under its name"),
        (rename("session", "visit"), f"/data/session was renamed to visit: {NOTHING} under its name"),
        (put("persons", maximum=500), f"/data/persons changed maximum from 100000 to 500: {REPLAY}"),
        (put("persons", maximum=200_000), f"/data/persons changed maximum from 100000 to 200000: {READERS}"),
        (put("leaves", minItems=2), f"/data/leaves changed minItems from 1 to 2: {REPLAY}"),
        (put("session", minLength=1), f"/data/session changed minLength from None to 1: {REPLAY}"),
        (
            put("coorganisers", default=[{"class": "library"}]),
            '/data/coorganisers had the default [] and has the default [{"class": "library"}]: '
            "what old events left out would mean something else",
        ),
        (put("booking", format="uri"), f'/data/booking had the format "uuid" and has the format "uri": {BOTH_WAYS}'),
        (
            lambda _, whole: whole["$defs"]["Slot"]["properties"]["end"].update(format="date"),
            f'/data/slot/end had the format "date-time" and has the format "date": {BOTH_WAYS}',
        ),
        (
            lambda data, _: data.update(additionalProperties=False),
            f"/data changed additionalProperties: {REPLAY}",
        ),
        (put("persons", multipleOf=2), "/data/persons uses multipleOf, which this gate does not understand"),
    ],
)
def test_a_break_fails_with_its_sentence(change: Change, sentence: str) -> None:
    assert f"{TYPE}: {sentence}" in changed(change)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(put("purpose", **{"x-known-values": ["sauna", *PURPOSES]}), id="a new known value"),
        pytest.param(lambda data, _: data["properties"].update(floor=INTEGER), id="a field that may be left out"),
        pytest.param(lambda _, whole: whole["properties"].update(tracestate={"type": "string"}), id="an attribute"),
        pytest.param(
            lambda _, whole: whole["$defs"]["Organiser"]["properties"].update(size=INTEGER), id="a field of a part"
        ),
        pytest.param(lambda _, whole: whole.update(description="In other words."), id="other words"),
        pytest.param(lambda data, _: data["properties"].update(reversed(data["properties"].items())), id="order"),
    ],
)
def test_an_addition_passes(change: Change) -> None:
    assert changed(change) == []


def test_a_break_is_told_once() -> None:
    assert len(changed(rename("purpose", "use"))) == 1
    assert len(changed(drop("purpose"))) == 1
    assert len(changed(require("floor", INTEGER))) == 1


def test_the_present_contract_breaks_nothing_that_was_released() -> None:
    sets = sorted(RELEASED.glob("*.json"))
    assert sets
    assert [sentence for path in sets for sentence in released(path)] == []


def test_a_dropped_type_and_an_example_that_is_refused_now_are_told(tmp_path: Path) -> None:
    event = json.loads((RELEASED.parent / "examples" / TYPE / "full.json").read_text("utf-8"))
    event["data"]["slot"]["end"] = event["data"]["slot"]["start"]
    before = {"topics": [], "schemas": {PAINTED: {}}, "examples": {f"{TYPE}/full": event}}
    (path,) = sets(tmp_path, {"0.9": before}, {"0.9": "2024-01-31"})
    assert list(released(path)) == [
        f"{PAINTED}: the type was dropped before a later major version stood beside it for 24 months",
        f"{TYPE}/full: the released example is refused: end must be after start (at /data/slot)",
    ]


PAINTED = "omatoimi.room.painted.v1"


def sets(folder: Path, whole: dict[str, dict[str, Any]], days: dict[str, str]) -> list[Path]:
    """Made-up released sets, and the promise beside them."""
    lines = [f'"{number}" = {day}' for number, day in days.items()]
    (folder / "promise.toml").write_text("\n".join(["beside_months = 24", "[released]", *lines]), "utf-8")
    for number, one in whole.items():
        (folder / f"{number}.json").write_text(
            json.dumps({"topics": [], "schemas": {}, "examples": {}, **one}), "utf-8"
        )
    return sorted(folder.glob("*.json"))


@pytest.mark.parametrize(
    ("later", "beside", "today", "may_go"),
    [
        ("omatoimi.room.painted.v2", "2024-03-15", "2026-03-14", False),
        ("omatoimi.room.painted.v2", "2024-03-15", "2026-03-15", True),
        ("omatoimi.room.painted.v3", "2024-03-15", "2026-03-15", True),
        ("omatoimi.room.painted.v2", "2024-01-31", "2026-01-31", False),
        ("omatoimi.room.painted.v2", "2024-01-31", "2026-02-01", True),
        ("omatoimi.room.painted.v2", "2024-12-31", "2026-12-31", False),
        ("omatoimi.room.painted.v2", "2024-12-31", "2027-01-01", True),
        ("omatoimi.wall.painted.v2", "2024-03-15", "2034-03-15", False),
    ],
)
def test_a_major_version_stays_beside_the_next_for_the_promised_months(
    tmp_path: Path, later: str, beside: str, today: str, may_go: bool
) -> None:
    topic = {**released_topic("booking.events.v1"), "name": PAINTED, "types": [PAINTED]}
    example = {f"{PAINTED}/full": {"specversion": "1.0", "type": PAINTED}}
    first = {"topics": [topic], "schemas": {PAINTED: {}}, "examples": example}
    paths = sets(tmp_path, {"1.0": first, "2.0": {"schemas": {later: {}}}}, {"1.0": "2023-01-01", "2.0": beside})
    told = list(released(paths[0], date.fromisoformat(today)))
    assert told == [] if may_go else len(told) == 3


def test_of_a_topic_that_stays_a_type_may_go_that_was_promised_no_longer() -> None:
    old = released_topic("booking.events.v1")
    with_it = {**old, "types": [*old["types"], PAINTED]}
    assert list(topic_breaks(with_it, topics.BOOKING_EVENTS, frozenset({PAINTED}))) == []
    assert list(topic_breaks(with_it, topics.BOOKING_EVENTS)) == [
        f"booking.events.v1: {PAINTED} was dropped from its types"
    ]


def test_the_promise_is_24_months_and_knows_the_day_of_every_released_set() -> None:
    assert promise().months == 24
    names = [name for file in RELEASED.glob("*.json") for name in json.loads(file.read_text("utf-8"))["schemas"]]
    assert names
    assert set(names) <= set(promise().since)  # a type that is not released yet is promised nothing


@pytest.mark.parametrize(
    ("field", "before", "sentence"),
    [
        ("partitions", 12, "booking.events.v1: partitions was 12 and is 6"),
        ("cleanup_policy", "compact", "booking.events.v1: cleanup_policy was 'compact' and is 'delete'"),
        ("key", "<booking>", f"booking.events.v1: key was '<booking>' and is '{topics.BOOKING_EVENTS.key}'"),
        ("class_", "personal", "booking.events.v1: class was 'personal' and is 'public'"),
        ("types", ["omatoimi.x.y.v1"], "booking.events.v1: omatoimi.x.y.v1 was dropped from its types"),
        ("readers", ["museum"], "booking.events.v1: museum was dropped from its readers"),
    ],
)
def test_a_topic_keeps_what_was_released(field: str, before: object, sentence: str) -> None:
    [old] = [
        topic for topic in json.loads(newest().read_text("utf-8"))["topics"] if topic["name"] == "booking.events.v1"
    ]
    assert list(topic_breaks(old, topics.BOOKING_EVENTS)) == []
    assert list(topic_breaks({**old, field: before}, topics.BOOKING_EVENTS)) == [sentence]
    assert list(topic_breaks(old, None)) == ["booking.events.v1: the topic was dropped"]


def test_a_topic_never_keeps_its_records_shorter() -> None:
    [old] = [
        topic for topic in json.loads(newest().read_text("utf-8"))["topics"] if topic["name"] == "booking.requests.v1"
    ]
    assert list(topic_breaks({**old, "retention_ms": 1}, topics.BOOKING_REQUESTS)) == []
    for before in (-1, 10**12):
        assert len(list(topic_breaks({**old, "retention_ms": before}, topics.BOOKING_REQUESTS))) == 1


def test_what_is_released_is_not_released_again(capsys: pytest.CaptureFixture[str]) -> None:
    before = newest().read_bytes()
    assert main(["--release", newest().stem]) == 1
    assert newest().read_bytes() == before
    assert "is released already" in capsys.readouterr().out


def newest() -> Path:
    return max(RELEASED.glob("*.json"), key=lambda path: [int(part) for part in path.stem.split(".")])


def released_topic(name: str) -> dict[str, Any]:
    topics: list[dict[str, Any]] = json.loads(newest().read_text("utf-8"))["topics"]
    return next(topic for topic in topics if topic["name"] == name)


def test_a_pattern_gives_way_to_a_wider_one_only_where_the_promise_names_the_two(tmp_path: Path) -> None:
    """And every district that could be told before can be told now."""
    whole = json.loads((RELEASED / "1.0.json").read_text("utf-8"))
    (tmp_path / "1.0.json").write_text(json.dumps(whole), "utf-8")
    (tmp_path / "promise.toml").write_text('beside_months = 24\n\n[released]\n"1.0" = 2026-11-25\n', "utf-8")
    sentences = list(released(tmp_path / "1.0.json"))
    assert sentences
    assert all('had the pattern "^[0-9]{2}$"' in sentence for sentence in sentences)
    for before, after in promise().loosened.items():
        assert (before, after) == ("^[0-9]{2}$", CODE)
    assert all(re.match(CODE, f"{number:02}") for number in range(100))
