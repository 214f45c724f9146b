"""What the examples promise: each valid one is an event for everybody, each invalid one is refused for its reason.

Only what the schema cannot tell, or a wrong value with a story of its own, stands in a file below `invalid/`. Every
plain fault is derived from the valid examples, and judged here by the codec, the JSON Schema and the model alike."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event
from generation import examples
from omatoimi_contracts.catalogue import FACTS, TYPES, event_model
from omatoimi_contracts.codec import Malformed, read, write
from omatoimi_contracts.vocabulary import ASKED
from pydantic import ValidationError

CONTRACTS = Path(__file__).parents[1]
EXAMPLES = CONTRACTS / "examples"
VALID = sorted(EXAMPLES.glob("*/*.json"))
INVALID = sorted(EXAMPLES.glob("*/invalid/*.json"))
KEYWORDS = {
    "required": {"missing"},
    "pattern": {"string_pattern_mismatch"},
    "format": {"value_error", "date_from_datetime_parsing", "date_parsing", "uuid_parsing"},
    "type": {
        "bool_type",
        "date_type",
        "datetime_type",
        "dict_type",
        "float_type",
        "int_from_float",
        "int_type",
        "model_type",
        "string_type",
        "tuple_type",
        "uuid_type",
    },
    "const": {"literal_error"},
    "enum": {"literal_error"},
    "minimum": {"greater_than_equal"},
    "maximum": {"less_than_equal"},
    "minLength": {"string_too_short"},
    "maxLength": {"string_too_long"},
    "minItems": {"too_short"},
    "maxItems": {"too_long"},
    "minProperties": {"too_short"},
    "additionalProperties": {"extra_forbidden"},
    "propertyNames": {"string_pattern_mismatch"},
    None: {"value_error"},
}
"""What the models call the fault that JSON Schema finds by a keyword; None is what no schema can say."""


def name(path: Path) -> str:
    return str(path.relative_to(EXAMPLES).with_suffix(""))


@cache
def schema(type_: str) -> Any:
    return json.loads((CONTRACTS / "schemas" / f"{type_}.schema.json").read_text("utf-8"))


@cache
def validator(type_: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema(type_), validate_formats=True)


def data_schema(type_: str) -> Any:
    return schema(type_)["$defs"][TYPES[type_].__name__]


def test_every_type_is_shown_by_a_full_example_and_no_other_type_is() -> None:
    assert list(examples.missing(EXAMPLES)) == []
    assert {path.parent.name for path in VALID} == set(TYPES)


def test_who_adds_a_type_is_told_to_write_its_full_example(tmp_path: Path) -> None:
    for type_ in TYPES.keys() - {"omatoimi.visit.counted.v1"}:
        (tmp_path / type_).mkdir()
        (tmp_path / type_ / "full.json").write_text("{}", "utf-8")
    assert list(examples.missing(tmp_path)) == [
        "omatoimi.visit.counted.v1 has no example: write examples/omatoimi.visit.counted.v1/full.json, one complete"
        " CloudEvent of that type whose data shows every field of VisitCounted"
    ]


@pytest.mark.parametrize("path", VALID, ids=name)
def test_a_valid_example_is_taken_by_model_and_schema_and_comes_back_as_it_was(path: Path) -> None:
    value = path.read_bytes()
    document = json.loads(value)
    assert document["type"] == path.parent.name
    assert [error.message for error in validator(document["type"]).iter_errors(document)] == []
    event = read(value)
    once = write(event)
    assert read(once) == event
    assert write(read(once)) == once
    assert list(validator(document["type"]).iter_errors(json.loads(once))) == []
    assert event.subject == (event.data.subject() if type(event.data).TYPE in FACTS else document.get("subject"))


@pytest.mark.parametrize("path", VALID, ids=name)
def test_the_cloudevents_sdk_reads_a_valid_example_as_we_do_and_we_what_it_writes_in_binary_mode(path: Path) -> None:
    document = json.loads(path.read_bytes())
    headers = {"content-type": b"application/cloudevents+json"}
    seen = from_kafka_event(KafkaMessage(headers=headers, key=None, value=path.read_bytes()))
    ours = read(path.read_bytes())
    assert (seen.get_id(), seen.get_source(), seen.get_type()) == (str(ours.id), ours.source, ours.type)
    assert (seen.get_time(), seen.get_subject()) == (ours.time, document.get("subject"))
    assert seen.get_data() == document["data"]
    told = document.keys() - {"specversion", "id", "source", "type", "time", "datacontenttype", "subject", "data"}
    assert {key: seen.get_extension(key) for key in told} == {key: document[key] for key in told}

    binary = to_binary_event(seen)
    assert read(binary.value, list(binary.headers.items())) == ours


@pytest.mark.parametrize("path", [path for path in VALID if path.stem == "minimal"], ids=name)
def test_nothing_can_be_left_out_of_a_minimal_example(path: Path) -> None:
    document = json.loads(path.read_bytes())
    for field in document:
        with pytest.raises(Malformed):
            read(json.dumps({key: part for key, part in document.items() if key != field}).encode())
    for field in document["data"]:
        rest = {key: part for key, part in document["data"].items() if key != field}
        with pytest.raises(Malformed):
            read(json.dumps({**document, "data": rest}).encode())


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_the_valid_examples_of_a_type_show_each_of_its_fields(type_: str) -> None:
    shown = {key for path in VALID if path.parent.name == type_ for key in json.loads(path.read_bytes())["data"]}
    assert shown == set(data_schema(type_)["properties"])


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_every_plain_fault_of_a_type_is_refused_for_that_fault_at_its_place(type_: str) -> None:
    for path in [path for path in VALID if path.parent.name == type_]:
        event = json.loads(path.read_bytes())
        faults = list(examples.wrong(schema(type_), event))
        for fault in faults:
            refused_alike(type_, fault)
        assert examples.places(schema(type_), event) - {fault.pointer for fault in faults} <= {"", "/type"}
        required = {f"/{field}" for field in schema(type_)["required"]}
        required |= {f"/data/{field}" for field in data_schema(type_).get("required", [])}
        assert required <= {fault.pointer for fault in faults if fault.keyword == "required"}


def refused_alike(type_: str, fault: examples.Wrong) -> None:
    """One fault is refused by the codec, the schema and the model, each naming the same place and the same reason."""
    event, told = fault.event, f"{fault.keyword} at {fault.pointer}"
    with pytest.raises(Malformed) as refused:
        read(json.dumps(event).encode())
    assert refused.value.pointer == fault.pointer, told

    found = {(error.kind.name, pointer_of(error)) for error in validator(type_).iter_errors(event)}
    assert {pointer for _, pointer in found} <= {fault.pointer}, told
    assert (fault.keyword, fault.pointer) in found if fault.keyword else not found, told

    if "specversion" in event:  # which the model would take for said
        context = None if type_ in FACTS else ASKED  # lists are closed for who asks alone
        with pytest.raises(ValidationError) as faults:
            event_model(TYPES[type_]).model_validate_json(
                json.dumps(event), strict=True, by_name=False, context=context
            )
        assert faults.value.errors()[0]["type"] in KEYWORDS[fault.keyword], told


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_an_invalid_example_is_refused_for_its_stated_reason_alone(path: Path) -> None:
    stated = json.loads(path.read_bytes())
    event, keyword, pointer = stated["event"], stated["keyword"], stated["pointer"]
    assert event["type"] == path.parts[-3]
    with pytest.raises(Malformed) as refused:
        read(json.dumps(event).encode())
    assert refused.value.pointer == pointer

    found = [(error.kind.name, pointer_of(error)) for error in validator(event["type"]).iter_errors(event)]
    assert found == ([] if keyword is None else [(keyword, pointer)])

    if event.get("specversion") == "1.0":
        with pytest.raises(ValidationError) as faults:
            event_model(TYPES[event["type"]]).model_validate_json(json.dumps(event), strict=True, by_name=False)
        assert faults.value.errors()[0]["type"] in KEYWORDS[keyword]


def pointer_of(error: jsonschema_rs.ValidationError) -> str:
    """Where the fault is: of a member that is missing, not known or wrongly named, the member itself."""
    kind = error.kind.as_dict()
    member = kind.get("property") or next(iter(kind.get("unexpected", [])), None)
    if error.kind.name == "propertyNames":
        member = kind["error"].instance
    return examples.pointed([*error.instance_path, *([member] if member else [])])
