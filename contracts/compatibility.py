"""The gate: nothing that was released may break, neither for readers of old nor for events that stand on the topics.

python contracts/compatibility.py                  compares with every released set; one sentence for each break
python contracts/compatibility.py --release 1.1    marks the present set as released under that number, today

Inside a major version only additive change is allowed, in both directions: an old reader must understand new events,
and a new reader the old ones that are kept for ever. A break needs a new type (`.v2`) or topic beside the old one, and
the old one stays for the months that `released/promise.toml` promises, from the release of the new one on. A pattern
may give way to a wider one where `promise.toml` names the two and says why. What a schema cannot say (an end after its
start) is held by the released examples, which must still be read.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from generation import declared
from generation.schemas import schemas
from omatoimi_contracts.codec import Malformed, read_document
from omatoimi_contracts.topic import Topic

HERE = Path(__file__).parent
RELEASED = HERE / "released"
PROMISE = RELEASED / "promise.toml"

Schema = dict[str, Any]

WORDS = {"$schema", "$id", "$defs", "title", "description"}
"""What no validator looks at."""
LOWER = {"minimum", "minLength", "minItems", "minProperties"}
UPPER = {"maximum", "maxLength", "maxItems", "maxProperties"}
FIXED = {"type", "format", "pattern", "const", "default"}
PARTS = {"properties", "required", "items", "additionalProperties", "propertyNames", "enum", "x-known-values"}
UNDERSTOOD = WORDS | LOWER | UPPER | FIXED | PARTS
MISSING = object()

REPLAY = "events that stand on the topic would be refused"
READERS = "readers of before would refuse new events"


def breaks(name: str, old: Schema, new: Schema) -> Iterator[str]:
    """Yield one sentence for each way in which `new` breaks what `old` promised. Additions pass: a field that may be
    left out, a new known value of an open list, other words."""
    return _node(f"{name}: ", _inlined(old, old.get("$defs", {})), _inlined(new, new.get("$defs", {})))


def _inlined(node: Any, definitions: Schema) -> Any:
    if isinstance(node, list):
        return [_inlined(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        node = {**definitions[node["$ref"].removeprefix("#/$defs/")], **node}
    return {key: _inlined(part, definitions) for key, part in node.items() if key not in ("$ref", "$defs")}


def _node(at: str, old: Schema, new: Schema) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - UNDERSTOOD):
        yield f"{at} uses {keyword}, which this gate does not understand"
    for keyword in sorted(FIXED):
        before, after = old.get(keyword, MISSING), new.get(keyword, MISSING)
        if before != after:
            yield f"{at} had {_told(keyword, before)} and has {_told(keyword, after)}: {_why(keyword)}"
    yield from (f"{at} {fault}" for fault in _bounds(old, new))
    yield from (f"{at} {fault}" for fault in _lists(old, new))
    yield from _fields(at, old, new)
    for keyword, step in (("items", "/*"), ("additionalProperties", "/*"), ("propertyNames", "/(name)")):
        before, after = old.get(keyword, True), new.get(keyword, True)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _node(at + step, before, after)
        elif before != after:
            yield f"{at} changed {keyword}: {READERS if after is True else REPLAY}"


def _told(keyword: str, value: Any) -> str:
    return f"no {keyword}" if value is MISSING else f"the {keyword} {json.dumps(value)}"


def _why(keyword: str) -> str:
    if keyword == "default":
        return "what old events left out would mean something else"
    return f"{REPLAY}, or {READERS}"


def _bounds(old: Schema, new: Schema) -> Iterator[str]:
    for keyword in sorted(LOWER | UPPER):
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        tighter = before is None or (after is not None and (after > before) == (keyword in LOWER))
        yield f"changed {keyword} from {before} to {after}: {REPLAY if tighter else READERS}"


def _lists(old: Schema, new: Schema) -> Iterator[str]:
    for value in old.get("x-known-values", []):
        if value not in new.get("x-known-values", []):
            yield f"dropped the known value {value!r}: events with it stand on the topic"
    before, after = old.get("enum"), new.get("enum")
    if before != after:
        yield f"changed its closed list from {before} to {after}: {REPLAY}, or {READERS}"


def _fields(at: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    added = {field: part for field, part in after.items() if field not in before}
    heirs = set()
    for field, part in before.items():
        if field in after:
            yield from _node(f"{at}/{field}", part, after[field])
        elif heir := next((other for other, like in added.items() if not list(_node("", part, like))), None):
            heirs.add(heir)
            yield f"{at}/{field} was renamed to {heir}: readers of before would find nothing under its name"
        else:
            yield f"{at}/{field} was dropped: readers of before would find nothing"
    required_before, required_after = set(old.get("required", [])), set(new.get("required", []))
    for field in sorted(required_after - required_before - heirs):
        yield f"{at}/{field} is required now: events that stand on the topic lack it"
    for field in sorted((required_before - required_after) & after.keys()):
        yield f"{at}/{field} may be left out now: readers of before rely on it"


@dataclass(frozen=True)
class Promise:
    """For how many months a major version stays beside the next, since when each released name stands there, and which
    patterns have given way to which."""

    months: int
    since: dict[str, date]
    loosened: dict[str, str]

    def kept(self, name: str, today: date) -> bool:
        """Tell whether a type or topic may go: a later major version of it was released so many months ago."""
        stem, major = _major(name)
        began = [day for other, day in self.since.items() if _major(other)[0] == stem and _major(other)[1] > major]
        return bool(began) and _months_after(min(began), self.months) <= today


def promise(folder: Path = RELEASED) -> Promise:
    """Return the promise of a folder of released sets. Raises KeyError for a set whose day is not told."""
    told = tomllib.loads((folder / PROMISE.name).read_text("utf-8"))
    since: dict[str, date] = {}
    for path in folder.glob("*.json"):
        whole, day = json.loads(path.read_text("utf-8")), told["released"][path.stem]
        for name in [*whole["schemas"], *(topic["name"] for topic in whole["topics"])]:
            since[name] = min(day, since.get(name, day))
    return Promise(told["beside_months"], since, {one["pattern"]: one["to"] for one in told.get("loosened", ())})


def _major(name: str) -> tuple[str, int]:
    stem, _, major = name.rpartition(".v")
    return stem, int(major)


def _months_after(day: date, months: int) -> date:
    # Every month has a 28th; what began on the 29th or later ends with the month.
    late = day.day > 28
    index = day.year * 12 + day.month - 1 + months + late
    return date(index // 12, index % 12 + 1, 1 if late else day.day)


def topic_breaks(old: Schema, new: Topic | None, gone: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield one sentence for each way in which a topic no longer is what was released; `gone` are the types that may
    go."""
    name = old["name"]
    if new is None:
        yield f"{name}: the topic was dropped"
        return
    present = _topic(new)
    for field in ("owner", "class_", "key", "partitions", "cleanup_policy"):
        if old[field] != present[field]:
            yield f"{name}: {field.rstrip('_')} was {old[field]!r} and is {present[field]!r}"
    for field in ("producers", "readers", "types"):
        for value in sorted(set(old[field]) - set(present[field]) - gone):
            yield f"{name}: {value} was dropped from its {field}"
    before, after = old["retention_ms"], present["retention_ms"]
    if after != -1 and (before == -1 or after < before):
        yield f"{name}: records were kept {before} ms and are kept {after} ms (-1 is for ever)"


def _topic(topic: Topic) -> Schema:
    free = ("max_message_bytes", "max_compaction_lag_ms")
    return {field: getattr(topic, field) for field in Topic.__slots__ if field not in free}


def released(path: Path, today: date | None = None) -> Iterator[str]:
    """Yield one sentence for each break between a released set and the present one."""
    before = json.loads(path.read_text("utf-8"))
    now, topics = schemas(), {topic.name: topic for topic in declared.topics(HERE / "topics")}
    promised, day = promise(path.parent), today or datetime.now(UTC).date()
    gone = frozenset(type_ for type_ in before["schemas"] if type_ not in now and promised.kept(type_, day))
    for topic in before["topics"]:
        present = topics.get(topic["name"])
        if present is not None or not promised.kept(topic["name"], day):
            yield from topic_breaks(topic, present, gone)
    for type_, schema in before["schemas"].items():
        if type_ in now:
            yield from breaks(type_, _loosened(schema, promised.loosened), now[type_])
        elif type_ not in gone:
            beside = f"before a later major version stood beside it for {promised.months} months"
            yield f"{type_}: the type was dropped {beside}"
    for name, event in before["examples"].items():
        try:
            if event["type"] not in gone:
                read_document(event)
        except Malformed as fault:
            yield f"{name}: the released example is refused: {fault}"


def _loosened(node: Any, patterns: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_loosened(part, patterns) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: patterns.get(part, part) if key == "pattern" and isinstance(part, str) else _loosened(part, patterns)
        for key, part in node.items()
    }


def release(path: Path) -> None:
    """Mark the present set as released: topics, schemas without their words, and every valid example."""
    examples = sorted((HERE / "examples").glob("*/*.json"))
    whole = {
        "topics": [_topic(topic) for topic in declared.topics(HERE / "topics")],
        "schemas": {type_: _wordless(schema) for type_, schema in schemas().items()},
        "examples": {f"{it.parent.name}/{it.stem}": json.loads(it.read_text("utf-8")) for it in examples},
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _wordless(schema: Schema) -> Schema:
    def stripped(node: Any) -> Any:
        if isinstance(node, list):
            return [stripped(part) for part in node]
        if not isinstance(node, dict):
            return node
        return {
            key: {name: stripped(part) for name, part in value.items()}
            if key in ("properties", "$defs")
            else stripped(value)
            for key, value in node.items()
            if key not in WORDS - {"$defs"}
        }

    bare: Schema = stripped(schema)
    return bare


def main(arguments: list[str]) -> int:
    sentences = [f"{path.stem}: {sentence}" for path in sorted(RELEASED.glob("*.json")) for sentence in released(path)]
    print(*sentences, sep="\n", end="\n" if sentences else "")
    match arguments:
        case []:
            return 1 if sentences else 0
        case ["--release", number] if not (path := RELEASED / f"{number}.json").exists():
            if not sentences:
                release(path)
                with PROMISE.open("a", encoding="utf-8") as told:
                    told.write(f'"{number}" = {datetime.now(UTC).date()}\n')
            return 1 if sentences else 0
        case ["--release", number]:
            print(f"{number} is released already; what is released does not change")
            return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
