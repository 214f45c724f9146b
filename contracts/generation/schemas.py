"""The JSON Schema of each event type: the complete CloudEvent as on the wire."""

import re
from collections.abc import Iterator
from typing import Any

from omatoimi_contracts.catalogue import TYPES, event_model
from omatoimi_contracts.vocabulary import Fact, RequestData

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPEN_MAPS = {("omatoimi.record.requested.v1", "/data/content")}
"""Maps that hold whatever a system of the city wrote; only on request topics, read by the owner alone."""
FREE_WORDS = ("Matti Meikäläinen", "matti.meikalainen@example.fi", "the club's guest, 040 123 4567")
"""What no string of an event topic may be able to say."""
OWN_WORDS = {
    (f"omatoimi.{fact}.v1", "/data/names/*")
    for fact in ("premises.registered", "premises.changed", "space.registered", "space.changed")
} | {
    (f"omatoimi.space.{fact}.v1", f"/data/{words}")
    for fact in ("registered", "changed")
    for words in ("descriptions/*", "access/*", "house_rules/words/*", "pictures/*/alternative/*")
}
"""What the city calls its premises and spaces and says of them: its own words, written by staff, public for ever."""


def schemas() -> dict[str, Schema]:
    """Return every type's schema, by type."""
    return {type_: schema(kind) for type_, kind in sorted(TYPES.items())}


def schema(kind: type[Fact] | type[RequestData]) -> Schema:
    """Return one type's schema. Facts are open, since readers ignore what they do not know; what is asked is closed, so
    that a misspelt field is told."""
    made: Schema = event_model(kind).model_json_schema(by_alias=True)
    data = made["$defs"].pop(kind.__name__)
    data["description"] = _promise(kind)
    made["$defs"][kind.__name__] = data
    made["properties"]["type"] = {"const": kind.TYPE, "type": "string"}
    made["required"] = ["specversion", *made["required"]]
    definitions = made.pop("$defs")
    return {
        "$schema": DIALECT,
        "$id": "omatoimi:" + kind.TYPE.removeprefix("omatoimi."),
        "title": kind.TYPE,
        "description": _words(kind.__doc__ or ""),
        "type": "object",
        "properties": {name: _plain(part) for name, part in made["properties"].items()},
        "required": made["required"],
        "$defs": {name: _plain(part) for name, part in sorted(definitions.items())},
    }


def _promise(kind: type) -> str:
    """Tell what a type says, with what its family says of the fields it shares."""
    family = [
        parent
        for parent in kind.__mro__[1:]
        if parent not in (Fact, RequestData) and issubclass(parent, Fact | RequestData)
    ]
    told = [kind, *(parent for parent in family if "TYPE" not in vars(parent))]
    return _words(" ".join(vars(parent).get("__doc__") or "" for parent in told))


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _plain(node: Any) -> Any:
    """Leave out what only says how it was made: titles of the library, `null` for what is left out on the wire, and
    patterns of keys where they would let other keys pass."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    node = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if options := node.pop("anyOf", None):
        [node["anyOf"]] = [[option for option in options if option != {"type": "null"}]]
        if len(node["anyOf"]) == 1:
            node |= node.pop("anyOf")[0]
    if node.get("default", ...) is None:
        del node["default"]
    if patterns := node.pop("patternProperties", None):
        [(pattern, value)] = patterns.items()
        node["propertyNames"] = {"pattern": pattern, **node.get("propertyNames", {})}
        node["additionalProperties"] = value
    if "description" in node and isinstance(node["description"], str):
        node["description"] = _words(node["description"])
    return {
        key: {name: _plain(part) for name, part in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
    }


def hiding(kind: type[Fact] | type[RequestData]) -> Iterator[str]:
    """Yield one sentence for each field that hides what every model has under its name, such as `key` or `subject`."""
    every = Fact if issubclass(kind, Fact) else RequestData
    for name in kind.model_fields:
        if hasattr(every, name):
            yield f"{kind.TYPE}: its field {name} hides what every event has under that name: call it something else"


def bare(type_: str, whole: Schema, *, forever: bool) -> Iterator[str]:
    """Yield one sentence for each string, list or map that is not bounded. `forever` is for the event topics: there no
    string may hold free words; elsewhere a length is enough."""
    for pointer, node in _nodes(whole, whole, ""):
        where = f"{type_}: {pointer or 'the event'}"
        kind = node.get("type")
        if kind == "string":
            kept = forever and (type_, pointer) not in OWN_WORDS
            yield from (f"{where} {fault}" for fault in _string(node, forever=kept))
        elif kind == "array" and "maxItems" not in node:
            yield f"{where} is a list without maxItems"
        elif kind == "object" and "properties" not in node and (type_, pointer) not in OPEN_MAPS:
            if "pattern" not in node.get("propertyNames", {}) or not isinstance(node.get("additionalProperties"), dict):
                yield f"{where} is a map whose keys have no pattern or whose values have no schema"
        elif kind not in ("string", "array", "object", "integer", "number", "boolean"):
            yield f"{where} has no type"


def _string(node: Schema, *, forever: bool) -> Iterator[str]:
    if "const" in node or "enum" in node or "format" in node:
        return
    if pattern := node.get("pattern"):
        if forever and any(re.search(pattern, words) for words in FREE_WORDS):
            yield f"has the pattern {pattern}, which lets free words pass"
    elif forever:
        yield "is a string without enum, format or pattern"
    elif "maxLength" not in node:
        yield "is a string without enum, format, pattern or maxLength"


def _nodes(whole: Schema, node: Schema, pointer: str) -> Iterator[tuple[str, Schema]]:
    """Yield every place of an event with its schema, references followed."""
    if "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = {**whole["$defs"][node["$ref"].removeprefix("#/$defs/")], **rest}
    yield pointer, node
    for name, part in node.get("properties", {}).items():
        yield from _nodes(whole, part, f"{pointer}/{name}")
    for key, step in (("items", "/*"), ("additionalProperties", "/*")):
        if isinstance(part := node.get(key), dict):
            yield from _nodes(whole, part, pointer + step)


def ajar(type_: str, whole: Schema) -> Iterator[str]:
    """Yield one sentence for each part of a request that would let a misspelt field pass unseen."""
    for pointer, node in _nodes(whole, whole, ""):
        if pointer.startswith("/data") and "properties" in node and node.get("additionalProperties") is not False:
            yield f"{type_}: {pointer} lets unknown fields pass"
