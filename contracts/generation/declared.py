"""The topics as `topics/*.yaml` declares them, the types whose models name them, and the constants for Python."""

from dataclasses import fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from omatoimi_contracts.catalogue import TYPES
from omatoimi_contracts.topic import Topic
from pydantic import TypeAdapter

FIELDS = tuple(field.name.rstrip("_") for field in fields(Topic))
FOLLOWS = {"name", "types"}
"""What a file does not tell: the name is told as `topic`, the types follow from the models."""
HEAD = '''"""The topics of the contract, made by `generate.py` from `topics/*.yaml` and the models; change those."""

from omatoimi_contracts.topic import Topic
'''


def topics(folder: Path) -> tuple[Topic, ...]:
    """Return all topics, by name. Raises ValueError with one sentence when a file is not as it should be."""
    return tuple(_topic(path) for path in sorted(folder.glob("*.yaml")))


def _topic(path: Path) -> Topic:
    declared: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    name = declared.get("topic")
    if f"{name}.yaml" != path.name:
        raise ValueError(f"{path.name} declares the topic {name!r}: file and topic must have one name")
    wrong = (declared.keys() ^ {"topic", "description", *FIELDS} - FOLLOWS) - {
        "max_message_bytes",
        "max_compaction_lag_ms",
    }
    if wrong:
        raise ValueError(f"{path.name}: the fields {', '.join(sorted(wrong))} are missing or not known")
    attributes = {"name": declared.pop("topic"), "class_": declared.pop("class"), "types": types(str(name))}
    return TypeAdapter(Topic).validate_python(attributes | declared)


def types(topic: str) -> tuple[str, ...]:
    """Return the types whose models may stand on a topic."""
    return tuple(sorted(type_ for type_, kind in TYPES.items() if stands(kind.TOPIC, topic)))


def stands(where: str, topic: str) -> bool:
    """Tell whether a model's `TOPIC` means a topic."""
    return any(fnmatchcase(topic, pattern) for pattern in where.split(" | "))


def description(folder: Path, topic: Topic) -> str:
    """Tell what stands on the topic, in words."""
    return str(yaml.safe_load((folder / f"{topic.name}.yaml").read_text("utf-8"))["description"])


def constant(topic: Topic) -> str:
    """Return `booking.events.v1` as `BOOKING_EVENTS`."""
    return topic.name.rsplit(".v", 1)[0].upper().replace(".", "_").replace("-", "_")


def python(declared: tuple[Topic, ...]) -> str:
    """Return the module `omatoimi_contracts/topics.py`."""
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
