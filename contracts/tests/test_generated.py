"""What is derived is current, and no schema leaves room for what must never stand on a topic."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import generate
import jsonschema_rs
import pytest
import yaml
from generation import declared
from generation.schemas import ajar, bare, hiding, schemas
from omatoimi_contracts.catalogue import FACTS, REQUESTS, TYPES, topics_of
from omatoimi_contracts.premises import PremisesRetired
from omatoimi_contracts.requests import MoveRequested
from omatoimi_contracts.topics import TOPICS
from pydantic import create_model

CONTRACTS = Path(__file__).parents[1]
CONFIRMED = "omatoimi.booking.confirmed.v1"
SCHEMAS = schemas()


def test_everything_generated_is_current() -> None:
    run = subprocess.run(
        [sys.executable, CONTRACTS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)


def test_a_stale_file_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = generate.files
    stale = CONTRACTS / "schemas" / f"{CONFIRMED}.schema.json"
    monkeypatch.setattr(generate, "files", lambda topics: {**real(topics), stale: "{}\n"})
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == f"schemas/{CONFIRMED}.schema.json is not current: run contracts/generate.py\n"
    assert json.loads(stale.read_text("utf-8")) == SCHEMAS[CONFIRMED]


def test_every_schema_is_valid_and_has_a_name_without_a_host() -> None:
    for type_, schema in SCHEMAS.items():
        jsonschema_rs.meta.validate(schema)
        assert schema["$id"] == type_.replace("omatoimi.", "omatoimi:", 1)
        assert schema["properties"]["type"]["const"] == type_


def test_every_fact_carries_the_dimensions_of_the_report() -> None:
    always = {"unit", "channel", "assisted", "language", "recordedtime", "sequence", "subject"}
    for type_ in FACTS:
        assert always <= set(SCHEMAS[type_]["required"]), type_
    for type_, kind in FACTS.items():
        if kind.__name__.startswith(("Booking", "Attendance", "Task", "Notice")) and kind.TOPIC.endswith(".events.v1"):
            data = SCHEMAS[type_]["$defs"][kind.__name__]
            assert {"organiser", "opentopublic", "purpose"} <= set(data["required"]), type_
            assert "coorganisers" in data["properties"], type_
        if kind.__name__.startswith(("Booking", "Attendance")):
            data = SCHEMAS[type_]["$defs"][kind.__name__]
            assert {"owner", "hours", "wanted", "leaves"} <= set(data["required"]), type_
            assert "case" in data["properties"], type_
        if kind.__name__.startswith(("Case", "Motion", "Decision", "Feedback")) and kind.TOPIC.endswith(".events.v1"):
            data = SCHEMAS[type_]["$defs"][kind.__name__]
            assert {"body", "case", "primary", "mentioned"} <= set(data["properties"]), type_


BARE = "is a string without enum, format or pattern"
LOOSE = "is a map whose keys have no pattern or whose values have no schema"
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"type": "string"}, f"/data/x {BARE}"),
        ({"type": "string", "maxLength": 20}, f"/data/x {BARE}"),
        ({"type": "string", "pattern": "^.*$"}, "/data/x has the pattern ^.*$, which lets free words pass"),
        ({"type": "string", "pattern": "[a-z]+"}, "/data/x has the pattern [a-z]+, which lets free words pass"),
        ({"type": "array", "maxItems": 2, "items": {"type": "string"}}, f"/data/x/* {BARE}"),
        ({"type": "array", "items": NUMBER}, "/data/x is a list without maxItems"),
        ({"type": "object", "additionalProperties": NUMBER}, f"/data/x {LOOSE}"),
        ({"type": "object", "propertyNames": {"pattern": "^a$"}}, f"/data/x {LOOSE}"),
        ({}, "/data/x has no type"),
    ],
)  # fmt: skip
def test_a_bare_string_list_or_map_is_told(part: dict[str, Any], sentence: str) -> None:
    schema = copy.deepcopy(SCHEMAS[CONFIRMED])
    assert list(bare(CONFIRMED, schema, forever=True)) == []
    schema["$defs"]["BookingConfirmed"]["properties"]["x"] = part
    assert list(bare(CONFIRMED, schema, forever=True)) == [f"{CONFIRMED}: {sentence}"]


def test_a_field_that_hides_what_every_event_has_is_told() -> None:
    with pytest.warns(UserWarning, match="shadows an attribute"):
        fact = create_model("KeyLent", __base__=PremisesRetired, key=(str, ...))
    with pytest.warns(UserWarning, match="shadows an attribute"):
        asked = create_model("LendingRequested", __base__=MoveRequested, subject=(str, ...))
    hides = "hides what every event has under that name: call it something else"
    assert [*hiding(fact), *hiding(asked)] == [
        f"{fact.TYPE}: its field key {hides}",
        f"{asked.TYPE}: its field subject {hides}",
    ]


def test_free_words_of_a_request_have_an_end() -> None:
    type_ = "omatoimi.feedback.requested.v1"
    schema = copy.deepcopy(SCHEMAS[type_])
    assert list(bare(type_, schema, forever=False)) == []
    del schema["$defs"]["FeedbackRequested"]["properties"]["text"]["maxLength"]
    assert list(bare(type_, schema, forever=False)) == [
        f"{type_}: /data/text is a string without enum, format, pattern or maxLength"
    ]
    del schema["$defs"]["FeedbackRequested"]["additionalProperties"]
    assert list(ajar(type_, schema)) == [f"{type_}: /data lets unknown fields pass"]


def test_the_types_of_a_topic_are_those_whose_models_name_it() -> None:
    assert list(generate.faults(tuple(TOPICS.values()))) == []
    assert {type_ for topic in TOPICS.values() for type_ in topic.types} == set(TYPES)
    for topic in TOPICS.values():
        kind_of_topic = topic.name.split(".")[1]
        assert bool(topic.types) == (kind_of_topic != "dead-letters"), topic.name
        if kind_of_topic in ("requests", "documents", "metrics"):
            assert set(topic.types) == {type_ for type_, kind in TYPES.items() if topic.name == kind.TOPIC}
    owners = {name for name in TOPICS if name.endswith(".events.v1")}
    assert set(topics_of(TYPES["omatoimi.request.rejected.v1"])) == owners
    not_searched = {"usage.events.v1", "people.events.v1", "messages.events.v1"}
    assert set(topics_of(TYPES["omatoimi.search.performed.v1"])) == owners - not_searched
    assert topics_of(TYPES[CONFIRMED]) == ("booking.events.v1",)


def test_a_type_whose_topic_is_not_there_is_told() -> None:
    topics = declared.topics(CONTRACTS / "topics")
    assert list(generate.faults(tuple(topic for topic in topics if topic.name != "notices.documents.v1"))) == [
        "omatoimi.notice-text.recorded.v1: there is no topic notices.documents.v1; mend its TOPIC, or write"
        " topics/notices.documents.v1.yaml"
    ]


def test_a_minimal_example_of_no_type_is_surplus(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, gone = generate.files, CONTRACTS / "examples" / CONFIRMED / "minimal.json"
    monkeypatch.setattr(generate, "files", lambda topics: {k: v for k, v in real(topics).items() if k != gone})
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == (
        f"examples/{CONFIRMED}/minimal.json belongs to no type: run contracts/generate.py\n"
    )


def test_only_owners_write_and_personal_topics_are_read_by_their_owner_alone() -> None:
    for topic in TOPICS.values():
        request = topic.name.endswith(".requests.v1")
        # A service that asks another is a channel of it, by a name of its own.
        others = {"channels"} | {one.owner for one in TOPICS.values()} - {topic.owner}
        assert (set(topic.producers) <= others) if request else (topic.producers == (topic.owner,)), topic.name
        internal = topic.name == "people.events.v1"
        told = "personal" if request or not topic.types else "internal" if internal else "public"
        assert topic.class_ == told, topic.name
        if topic.class_ == "internal":
            assert set(topic.readers) <= {one.owner for one in TOPICS.values()}, topic.name
            assert topic.retention_ms == -1, topic.name
        elif topic.class_ == "personal":
            assert topic.readers == (topic.owner,), topic.name
            assert topic.retention_ms == 7 * 86_400_000, topic.name
        else:
            assert "city" in topic.readers, topic.name
            assert topic.retention_ms == -1, topic.name
        kinds = [TYPES[type_] for type_ in topic.types]
        assert all(kind.TYPE in (REQUESTS if request else FACTS) for kind in kinds), topic.name
        assert topic.compacted == (internal or ".documents." in topic.name or ".metrics." in topic.name), topic.name


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("other.v1.yaml", "", "", "file and topic must have one name"),
        ("notices.documents.v1.yaml", "owner:", "boss: x\nowner:", "the fields boss are missing or not known"),
        ("notices.documents.v1.yaml", "owner:", "boss:", "the fields boss, owner are missing or not known"),
        ("notices.documents.v1.yaml", "owner:", "types: []\nowner:", "the fields types are missing or not known"),
    ],
)
def test_a_topic_file_that_is_not_as_it_should_be_is_told(
    tmp_path: Path, name: str, old: str, new: str, sentence: str
) -> None:
    text = (CONTRACTS / "topics" / "notices.documents.v1.yaml").read_text("utf-8")
    (tmp_path / name).write_text(text.replace(old, new) if old else text, "utf-8")
    with pytest.raises(ValueError, match=sentence):
        declared.topics(tmp_path)


def test_the_asyncapi_document_tells_every_topic_message_and_actor() -> None:
    document = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(TOPICS)
    for name, channel in document["channels"].items():
        topic = TOPICS[name]
        assert (channel["address"], channel["x-key"], channel["x-owner"]) == (name, topic.key, topic.owner)
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
        assert set(channel["messages"]) == set(topic.types or ("dead-letter",))
        acts = {
            (operation["tags"][0]["name"], operation["action"])
            for operation in document["operations"].values()
            if operation["channel"]["$ref"] == f"#/channels/{name}"
        }
        wanted = {(actor, "send") for actor in topic.producers} | {(actor, "receive") for actor in topic.readers}
        assert acts == wanted
    for type_ in TYPES:
        message = document["components"]["messages"][type_]
        assert (CONTRACTS / message["payload"]["$ref"]).is_file()
        for example in message["examples"]:
            path = CONTRACTS / "examples" / type_ / f"{example['name']}.json"
            assert example["payload"] == json.loads(path.read_text("utf-8"))
    for reference in references(document):
        if reference.startswith("#/"):
            node = document
            for step in reference[2:].split("/"):
                node = node[step]


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return (
            [node["$ref"]] if set(node) == {"$ref"} else [found for part in node.values() for found in references(part)]
        )
    return [found for part in node for found in references(part)] if isinstance(node, list) else []


def test_the_package_needs_pydantic_alone() -> None:
    code = (
        "import sys\n"
        "allowed = {'pydantic', 'pydantic_core', 'annotated_types', 'typing_extensions', 'typing_inspection'}\n"
        "import omatoimi_contracts.codec, omatoimi_contracts.topics\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "site = {n for n in roots if 'site-packages' in (getattr(sys.modules[n], '__file__', '') or '')}\n"
        "print(sorted(site - allowed - {'omatoimi_contracts'}))\n"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[1:1] = {[str(CONTRACTS), site()]!r}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def site() -> str:
    return next(path for path in sys.path if path.endswith("site-packages"))
