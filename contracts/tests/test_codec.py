"""The codec: whatever comes in is an event of ours or `Malformed` with a pointer, and never anything else."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omatoimi_contracts.codec import MAX_DEPTH, Malformed, UnknownType, header_list, read, split, write
from omatoimi_contracts.event import FactEvent, RequestEvent

Headers = list[tuple[str, bytes | None]]

CONTRACTS = Path(__file__).parents[1]
EXAMPLES = [json.loads(path.read_bytes()) for path in sorted((CONTRACTS / "examples").glob("*/*.json"))]
CONFIRMED = json.loads((CONTRACTS / "examples" / "omatoimi.booking.confirmed.v1" / "full.json").read_bytes())
REQUESTED = json.loads((CONTRACTS / "examples" / "omatoimi.booking.requested.v1" / "full.json").read_bytes())


def refused(value: bytes | None, headers: Headers | None = None) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(value, headers or [])
    return caught.value


def with_(event: dict[str, Any], **attributes: Any) -> bytes:
    return json.dumps({**event, **attributes}).encode()


def binary(event: dict[str, Any]) -> tuple[bytes, Headers]:
    attributes = {name: str(part).lower() if isinstance(part, bool) else part for name, part in event.items()}
    headers = [(f"ce_{name}", str(part).encode()) for name, part in attributes.items() if name != "data"]
    return json.dumps(event["data"]).encode(), [*headers, ("content-type", b"application/json")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the record has no value"),
        (b"\xff\xfe\x00", "the value is not UTF-8"),
        (b"", "the value is no JSON"),
        (b"tervetuloa", "the value is no JSON"),
        (b'{"specversion": "1.0",', "the value is no JSON"),
        (b'{"specversion": NaN}', "NaN is no number"),
        (b'{"specversion": -Infinity}', "-Infinity is no number"),
        (b'{"specversion": 1e999}', "1e999 is no number"),
        (b'{"specversion": "1.0", "a": {"b": 1, "b": 1}}', "'b' stands twice"),
        (b'{"specversion": 9007199254740993}', "9007199254740993 is no number"),
        (b"[" * 100_000 + b"]" * 100_000, "the JSON is nested"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "the JSON is nested"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "the JSON is nested"),
        (b"[]", "a CloudEvent is a JSON object"),
        (b'"text"', "a CloudEvent is a JSON object"),
        (b"{}", "the attribute 'specversion'"),
        (b'{"specversion": "1.0"}', "the attribute 'type'"),
        (b'{"specversion": "1.0", "type": 7}', "the attribute 'type'"),
    ],
)
def test_what_is_no_cloudevent_is_refused_with_its_reason(value: bytes | None, reason: str) -> None:
    assert reason in refused(value).reason


@pytest.mark.parametrize(
    ("batch", "events"),
    [
        (b"[]", []),
        (b" [ ] \n", []),
        (b'[{"id": "a"}]', [(b'{"id": "a"}', "a")]),
        (
            b'[ {"id": 7} ,[],\n{"id": "]", "x": NaN}]',
            [(b'{"id": 7}', None), (b"[]", None), (b'{"id": "]", "x": NaN}', "]")],
        ),
        ('["ä", "€"]'.encode(), [('"ä"'.encode(), None), ('"€"'.encode(), None)]),
        (b"[" + b"7" * 5000 + b"]", [(b"7" * 5000, None)]),
    ],
)
def test_a_batch_comes_apart_into_its_events_byte_for_byte(
    batch: bytes, events: list[tuple[bytes, str | None]]
) -> None:
    assert split(batch) == events


@pytest.mark.parametrize(
    "batch",
    [
        b"",
        b"{}",
        b"7",
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[1 2]",
        b"[1[2]",
        b"[,]",
        b"[]]",
        b"[1]]",
        b"[1],",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_batch_is_malformed(batch: bytes) -> None:
    with pytest.raises(Malformed):
        split(batch)


def test_no_words_hold_the_null_character() -> None:
    asked = json.loads((CONTRACTS / "examples" / "omatoimi.feedback.requested.v1" / "minimal.json").read_bytes())
    fault = refused(with_(asked, data={**asked["data"], "text": "a\0b"}))
    assert (fault.pointer, fault.reason) == ("/data/text", "it holds the null character, which no text has")


@pytest.mark.parametrize("day", ["0000000000", "1800000000", "2026-12-1", "2026-12-01T00:00:00", "today", 20261201])
def test_a_date_is_a_date_and_nothing_else(day: object) -> None:
    asked = json.loads((CONTRACTS / "examples" / "omatoimi.hours.requested.v1" / "minimal.json").read_bytes())
    assert refused(with_(asked, data={**asked["data"], "valid_from": day})).pointer == "/data/valid_from"


def test_brackets_in_words_are_no_depth() -> None:
    asked = json.loads((CONTRACTS / "examples" / "omatoimi.feedback.requested.v1" / "full.json").read_bytes())
    asked["data"]["text"] = "[" * 1000
    assert json.loads(write(read(json.dumps(asked).encode())))["data"]["text"] == "[" * 1000


def test_an_unknown_type_is_told_from_a_malformed_event() -> None:
    fault = refused(with_(CONFIRMED, type="omatoimi.booking.dreamt.v1"))
    assert isinstance(fault, UnknownType)
    assert (fault.type, fault.pointer) == ("omatoimi.booking.dreamt.v1", "/type")


def test_half_a_surrogate_is_refused() -> None:
    raw = json.dumps(REQUESTED).encode().replace(b'"kerhohuone"', rb'"kerho\ud800huone"')
    assert refused(raw).reason


def test_a_reader_ignores_what_it_does_not_know_in_a_fact() -> None:
    newer = {**CONFIRMED, "tracestate": "a=b", "data": {**CONFIRMED["data"], "floor": 2}}
    newer["data"]["organiser"] = {**newer["data"]["organiser"], "logo": {"any": ["thing"]}}
    assert read(json.dumps(newer).encode()) == read(json.dumps(CONFIRMED).encode())


def test_a_misspelt_field_of_a_request_is_told() -> None:
    for path in ((), ("slot",), ("organiser",), ("coorganisers", 0)):
        asked = json.loads(json.dumps(REQUESTED))
        node = asked["data"]
        for step in path:
            node = node[step]
        node["flaw"] = 1
        assert refused(json.dumps(asked).encode()).pointer == "/".join(["/data", *map(str, path), "flaw"])


def test_a_null_is_taken_as_left_out_and_never_written() -> None:
    event = read(with_(REQUESTED, traceparent=None, data={**REQUESTED["data"], "case": None}))
    assert "traceparent" not in json.loads(write(event))
    assert "case" not in json.loads(write(event))["data"]


def test_every_moment_goes_out_in_utc() -> None:
    local = {"start": "2026-12-10T18:00:00+02:00", "end": "2026-12-10T20:00:00.5+02:00"}
    written = json.loads(write(read(with_(REQUESTED, data={**REQUESTED["data"], "slot": local}))))
    assert written["data"]["slot"] == {"start": "2026-12-10T16:00:00Z", "end": "2026-12-10T18:00:00.500000Z"}


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: f"{event['type']}-{event['id'][-4:]}")
def test_binary_mode_is_the_same_event(event: dict[str, Any]) -> None:
    assert read(*binary(event)) == read(json.dumps(event).encode())


def test_the_content_type_decides_between_the_modes() -> None:
    value, headers = with_(CONFIRMED), [("ce_type", b"another"), ("Content-Type", b"application/cloudevents+json; x=y")]
    assert read(value, headers).type == CONFIRMED["type"]


def test_headers_of_others_may_hold_any_bytes_and_ours_may_not() -> None:
    value, headers = binary(CONFIRMED)
    assert read(value, [("trace", b"\xff\xfe"), ("x", None), *headers]).type == CONFIRMED["type"]
    assert read(with_(CONFIRMED), [("trace", b"\xff\xfe")]).type == CONFIRMED["type"]
    assert refused(value, [*headers, ("ce_subject", b"\xff\xfe")]).pointer == "/subject"
    assert refused(value, [*headers, ("ce_subject", None)]).pointer == "/subject"


def test_attributes_over_http_are_percent_decoded() -> None:
    value, headers = binary(CONFIRMED)
    encoded = {name.replace("_", "-"): (part or b"").decode().replace("0", "%30") for name, part in headers}
    encoded["content-type"] = "application/json"
    assert read(value, header_list(encoded)) == read(with_(CONFIRMED))


@pytest.mark.parametrize(
    "told",
    [
        *("1700000000", "2026-12-10", "2026-12-10 18:00:00Z", "2026-12-10T18:00Z", "2026-12-10T18:00:00"),
        *("2026-12-10T24:00:00Z", "2026-12-10T18:00:60Z", "2026-02-30T18:00:00Z", "2026-12-10T18:00:00+0200"),
        *("0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00", "２026-12-10T18:00:00Z", ""),
    ],
)
def test_a_moment_has_one_form(told: str) -> None:
    assert refused(with_(CONFIRMED, time=told)).pointer == "/time"


@pytest.mark.parametrize("told", ["", "1", "{%s}", "urn:uuid:%s", " %s", "%s\n"])
def test_a_uuid_has_one_form(told: str) -> None:
    assert refused(with_(CONFIRMED, id=told.replace("%s", CONFIRMED["id"]))).pointer == "/id"
    assert refused(with_(CONFIRMED, id=CONFIRMED["id"].replace("-", ""))).pointer == "/id"


def test_a_pointer_escapes_what_a_json_pointer_must() -> None:
    assert refused(with_(REQUESTED, data={**REQUESTED["data"], "a/b~c": 1})).pointer == "/data/a~1b~0c"


ODD = [
    *("2026-12-10T18:00:00Z", "2026-12-10T24:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("2026-12-10 18:00:00Z", "2026-12-10T18:00Z", "1700000000", "0000-00-00T00:00:00Z", "2026-02-30", "24:00"),
    *(
        "01a22bb9-c4a0-7001-857c-49888db925f4",
        "01A22BB9-C4A0-7001-857C-49888DB925F4",
        "01a22bb9c4a07001857c49888db925f4",
    ),
    *("urn:uuid:01a22bb9-c4a0-7001-857c-49888db925f4", "0000000000", "HEL-1"),
    *("a" * 65, "\x00", "å\n"),
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.sampled_from(ODD)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["ce_type", "ce_specversion", "CE-ID", "ce_time", "content-type", "ce_outcome", "other"])
        | st.text(max_size=8),
        st.none() | st.binary(max_size=30) | st.sampled_from([b"1.0", b"omatoimi.booking.requested.v1", b"true"]),
    ),
    max_size=8,
)


def places(node: Any) -> list[tuple[Any, ...]]:
    """The path to every member and item."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, part in steps for path in [(key,), *((key, *rest) for rest in places(part))]]


@st.composite
def altered(draw: st.DrawFn) -> dict[str, Any]:
    """An example with one or two places that hold something else, or nothing."""
    event: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        *path, last = draw(st.sampled_from(places(event)))
        node: Any = event
        for step in path:
            node = node[step]
        if draw(st.integers(0, 9)) == 0:
            del node[last]
        else:
            node[last] = draw(st.sampled_from(ODD) | JSON)
    return event


def event_or_malformed(value: bytes, headers: Headers) -> FactEvent[Any] | RequestEvent[Any] | None:
    outcome: object
    try:
        outcome = read(value, headers)
    except Malformed as fault:
        outcome = fault
    if isinstance(outcome, FactEvent | RequestEvent):
        return outcome
    assert isinstance(outcome, Malformed)
    assert outcome.reason
    assert outcome.pointer == "" or outcome.pointer.startswith("/")
    return None


@settings(max_examples=10 * settings().max_examples, deadline=None, print_blob=True)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()), HEADERS)
def test_any_bytes_are_an_event_or_malformed(value: bytes, headers: Headers) -> None:
    event_or_malformed(value, headers)


@settings(max_examples=30 * settings().max_examples, deadline=None, print_blob=True)
@given(altered(), st.booleans())
def test_whatever_is_read_fits_the_published_schema_and_is_stable(event: dict[str, Any], as_binary: bool) -> None:
    if as_binary and isinstance(event.get("data"), dict):
        value, headers = binary(event)
    else:
        value, headers = json.dumps(event).encode(), []
    taken = event_or_malformed(value, headers)
    if taken is None:
        return
    if not headers:
        faults = validator(taken.type).iter_errors(without_null(json.loads(value)))
        assert [(error.message, error.instance_path) for error in faults] == []
    written = write(taken)
    assert list(validator(taken.type).iter_errors(json.loads(written))) == []
    assert write(read(written)) == written


@cache
def validator(type_: str) -> jsonschema_rs.Validator:
    schema = json.loads((CONTRACTS / "schemas" / f"{type_}.schema.json").read_text("utf-8"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def without_null(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: without_null(part) for key, part in node.items() if part is not None}
    return [without_null(part) for part in node] if isinstance(node, list) else node
