"""The topics as `topics/*.yaml` declares them, and their constants for Python."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from omatoimi_contracts.topic import Topic
from pydantic import TypeAdapter

FIELDS = tuple(field.name.rstrip("_") for field in fields(Topic))
HEAD = '''"""The topics of the contract, made from `topics/*.yaml` by `generate.py`; change them there."""

from omatoimi_contracts.topic import Topic
'''


def topics(folder: Path) -> tuple[Topic, ...]:
    """All topics, by name. Raises ValueError with one sentence when a file is not as it should be."""
    return tuple(_topic(path) for path in sorted(folder.glob("*.yaml")))


def _topic(path: Path) -> Topic:
    declared: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    name = declared.get("topic")
    if f"{name}.yaml" != path.name:
        raise ValueError(f"{path.name} declares the topic {name!r}: file and topic must have one name")
    wrong = (declared.keys() ^ {"topic", "description", *FIELDS[1:]}) - {"max_message_bytes", "max_compaction_lag_ms"}
    if wrong:
        raise ValueError(f"{path.name}: the fields {', '.join(sorted(wrong))} are missing or not known")
    if declared["types"] != sorted(declared["types"]):
        raise ValueError(f"{path.name}: the types are not sorted")
    attributes = {"name": declared.pop("topic"), "class_": declared.pop("class")}
    return TypeAdapter(Topic).validate_python(attributes | declared)


def description(folder: Path, topic: Topic) -> str:
    """What stands on the topic, in words."""
    return str(yaml.safe_load((folder / f"{topic.name}.yaml").read_text("utf-8"))["description"])


def constant(topic: Topic) -> str:
    """`booking.events.v1` as `BOOKING_EVENTS`."""
    return topic.name.rsplit(".v", 1)[0].upper().replace(".", "_").replace("-", "_")


def python(declared: tuple[Topic, ...]) -> str:
    """The module `omatoimi_contracts/topics.py`."""
    parts = [HEAD]
    for topic in declared:
        lines = [f"{constant(topic)} = Topic("]
        for field in fields(Topic):
            value = getattr(topic, field.name)
            if value != field.default:
                lines.append(f"    {field.name}={_literal(value)},")
        parts.append("\n".join([*lines, ")\n"]))
    names = "".join(f"        {constant(topic)},\n" for topic in declared)
    parts.append(
        "TOPICS: dict[str, Topic] = {\n    topic.name: topic\n    for topic in (\n"
        + names
        + '    )\n}\n"""Every topic by its logical name."""\n'
    )
    return "\n".join(parts)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if not isinstance(value, tuple):
        return str(value)
    if len(value) == 0:
        return "()"
    one_line = "(" + ", ".join(f'"{part}"' for part in value) + ("," if len(value) == 1 else "") + ")"
    if len(one_line) < 70:
        return one_line
    return "(\n" + "".join(f'        "{part}",\n' for part in value) + "    )"
