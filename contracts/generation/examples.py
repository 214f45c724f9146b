"""Derive from one full example of a type its smallest form, and each plain way in which it can be wrong.

The full example is written by hand, since nobody else knows what an event of the field looks like. All else that the
schema alone can tell follows from it, so that a new type needs one example and loses no check.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from omatoimi_contracts.catalogue import REQUESTS, TYPES
from omatoimi_contracts.codec import Malformed, read_document

from generation.schemas import Schema

ExampleEvent = dict[str, Any]
Steps = tuple[str | int, ...]

FREE_WORDS = "Matti Meikäläinen, 040 123 4567"
UNKNOWN = "unheard-of"
NOT_OF_THE_TYPE = {
    "string": 7,
    "integer": "seven",
    "number": "seven",
    "boolean": "true",
    "array": "a, b",
    "object": "a",
}
NOT_OF_THE_FORMAT = {
    "uuid": ("varaus-1", "24900123456789", "{019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07}"),
    "date-time": ("torstaina klo 18", "2026-12-10", "2026-12-10T18:00:00", "10.12.2026 klo 18"),
    "date": ("joulukuussa 2026", "1.12.2026"),
}
ANY_CODE = {("omatoimi.record.requested.v1", "/data/kind")}
"""Open lists of which whoever asks may name a value that nobody knows: the owner answers that it cannot read it."""


@dataclass(frozen=True)
class Wrong:
    """An event that breaks one keyword of its schema at one place; `keyword` is None where no schema can tell."""

    pointer: str
    keyword: str | None
    event: ExampleEvent


def missing(folder: Path) -> Iterator[str]:
    """Yield one sentence for each type without a full example, saying what to write."""
    for type_, kind in TYPES.items():
        if not (folder / type_ / "full.json").is_file():
            yield (
                f"{type_} has no example: write examples/{type_}/full.json, one complete CloudEvent of that type"
                f" whose data shows every field of {kind.__name__}"
            )


def shown(folder: Path) -> dict[str, dict[str, ExampleEvent]]:
    """Return the minimal and the full example of each type, as far as one is written."""
    written = ((type_, folder / type_ / "full.json") for type_ in sorted(TYPES))
    full = {type_: json.loads(path.read_text("utf-8")) for type_, path in written if path.is_file()}
    return {type_: {"minimal": minimal(event), "full": event} for type_, event in full.items()}


def minimal(full: ExampleEvent) -> ExampleEvent:
    """Leave out whatever may be left out: of the event's own attributes and of the fields of its data."""
    event = {**full, "id": str(uuid5(UUID(full["id"]), "minimal"))}
    while smaller := next(filter(_is_read, _each_without_one(event)), None):
        event = smaller
    return event


def _each_without_one(event: ExampleEvent) -> Iterator[ExampleEvent]:
    for name in event:
        yield {key: value for key, value in event.items() if key != name}
    for name in event["data"]:
        yield {**event, "data": {key: value for key, value in event["data"].items() if key != name}}


def _is_read(event: ExampleEvent) -> bool:
    try:
        read_document(event)
    except Malformed:
        return False
    return True


def wrong(whole: Schema, event: ExampleEvent) -> Iterator[Wrong]:
    """Yield every plain fault that an event of this schema could have: at each of its places a field missing, one that
    nobody knows, another type, form, length, number or value than it should be."""
    type_ = event["type"]
    for steps, node, value in _places(whole, whole, event, ()):
        pointer = pointed(steps)
        if steps and pointer != "/type":  # an event of another type has another schema
            for keyword, other in _instead(node, value):
                yield Wrong(pointer, keyword, _with(event, steps, other))
            if type_ in REQUESTS and "x-known-values" in node and (type_, pointer) not in ANY_CODE:
                yield Wrong(pointer, None, _with(event, steps, UNKNOWN))
        for keyword, name, other in _members(node, value):
            yield Wrong(pointed((*steps, name)), keyword, _with(event, steps, other))


def places(whole: Schema, event: ExampleEvent) -> set[str]:
    """Return the pointer to every place of an event of which its schema says something."""
    return {pointed(steps) for steps, _, _ in _places(whole, whole, event, ())}


def pointed(steps: Iterable[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _places(whole: Schema, node: Schema, value: Any, steps: Steps) -> Iterator[tuple[Steps, Schema, Any]]:
    if "$ref" in node:
        node = {**whole["$defs"][node["$ref"].removeprefix("#/$defs/")], **node}
    yield steps, node, value
    if isinstance(value, list):
        for item in value[:1]:
            yield from _places(whole, node["items"], item, (*steps, 0))
    elif isinstance(value, dict):
        parts = node.get("properties", {})
        rest = node.get("additionalProperties")
        for name, item in value.items():
            if name in parts:
                yield from _places(whole, parts[name], item, (*steps, name))
            elif isinstance(rest, dict):
                yield from _places(whole, rest, item, (*steps, name))


def _instead(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what could wrongly stand in the place of a value, each with the keyword that refuses it."""
    if "const" in node or "enum" in node:
        yield ("const" if "const" in node else "enum"), UNKNOWN
        return
    yield "type", NOT_OF_THE_TYPE[node["type"]]
    if node["type"] == "integer":
        yield "type", 2.5
    if "pattern" in node:
        yield "pattern", FREE_WORDS[: node.get("maxLength")]
        if "maxLength" not in node:  # neither end is open
            yield "pattern", f"{value} {FREE_WORDS}"
            yield "pattern", f"{FREE_WORDS} {value}"
    for other in NOT_OF_THE_FORMAT.get(node.get("format", ""), ()):
        yield "format", other
    if "minimum" in node:
        yield "minimum", node["minimum"] - 1
    if "maximum" in node:
        yield "maximum", node["maximum"] + 1
    for short, long in (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "")):
        if node.get(short):
            yield short, value[: node[short] - 1] if short != "minProperties" else {}
        if long in node and value:
            yield long, value * (node[long] // len(value) + 1)


def _members(node: Schema, value: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield an object without each of its required members, and with one that has no place there."""
    if not isinstance(value, dict):
        return
    for name in node.get("required", ()):
        yield "required", name, {key: item for key, item in value.items() if key != name}
    if node.get("additionalProperties") is False:
        yield "additionalProperties", "misspelt", {**value, "misspelt": True}
    if "pattern" in node.get("propertyNames", {}):
        yield "propertyNames", "Suomi (fi)", {**value, "Suomi (fi)": next(iter(value.values()), "")}


def _with(node: Any, steps: Steps, value: Any) -> Any:
    """Return a document with another value at one place."""
    if not steps:
        return value
    first, *rest = steps
    other = _with(node[first], tuple(rest), value)
    return [other, *node[1:]] if isinstance(node, list) else {**node, first: other}
