"""The contract as AsyncAPI 3.0: topics are channels, types are messages, and who writes or reads is an operation."""

from pathlib import Path
from typing import Any

import yaml
from omatoimi_contracts.topic import Topic

from generation.declared import constant, description

STRUCTURED = "application/cloudevents+json"
BINDING = "0.5.0"
INFO = """\
Events of the neighbourhood library as the residents' own service point. Every record is one CloudEvent 1.0 in
structured mode. Topic names are logical: a deployment may put a prefix before them. README.md tells how to subscribe,
what order holds and what never stands on a topic.
"""
DEAD_LETTER = """\
A record that could not be taken, byte for byte as it came; headers tell the reason, a JSON pointer to the fault, the
topic, partition and offset it came from, and its number with the service.
"""


def document(
    topics: tuple[Topic, ...], schemas: dict[str, Any], examples: dict[str, dict[str, Any]], folder: Path, version: str
) -> str:
    """Return the document as YAML. `examples` are those of each type by name; `folder` is where the topics stand."""
    whole = {
        "asyncapi": "3.0.0",
        "info": {"title": "Omatoimi", "version": version, "description": INFO},
        "defaultContentType": STRUCTURED,
        "channels": {topic.name: _channel(topic, description(folder / "topics", topic)) for topic in topics},
        "operations": {name: part for topic in topics for name, part in _operations(topic)},
        "components": {
            "messages": {
                **{type_: _message(type_, schema, examples.get(type_, {})) for type_, schema in schemas.items()},
                "dead-letter": {
                    "name": "dead-letter",
                    "summary": "A record that could not be taken.",
                    "description": DEAD_LETTER,
                    "contentType": "application/octet-stream",
                },
            },
            "messageTraits": {
                "structured": {
                    "headers": {
                        "type": "object",
                        "properties": {"content-type": {"type": "string", "const": STRUCTURED}},
                    }
                }
            },
        },
    }
    return "# Made by generate.py from the models and topics/*.yaml; change those.\n" + yaml.dump(
        whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120
    )


def _channel(topic: Topic, words: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"cleanup.policy": [topic.cleanup_policy], "retention.ms": topic.retention_ms}
    if topic.max_message_bytes:
        settings["max.message.bytes"] = topic.max_message_bytes
    return {
        "address": topic.name,
        "description": words,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "tags": [{"name": topic.class_}],
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": settings,
                "bindingVersion": BINDING,
            }
        },
        "x-key": topic.key,
        "x-owner": topic.owner,
    }


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    acts = [(actor, "send") for actor in topic.producers] + [(actor, "receive") for actor in topic.readers]
    return [
        (
            f"{actor}.{action}.{constant(topic).lower()}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "tags": [{"name": actor}],
                "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in _messages(topic)],
            },
        )
        for actor, action in acts
    ]


def _messages(topic: Topic) -> tuple[str, ...]:
    return topic.types or ("dead-letter",)


def _message(type_: str, schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": type_,
        "title": type_.removeprefix("omatoimi.").rsplit(".", 1)[0],
        "summary": schema["description"],
        "contentType": STRUCTURED,
        "traits": [{"$ref": "#/components/messageTraits/structured"}],
        "payload": {"$ref": f"./schemas/{type_}.schema.json"},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": BINDING}},
        "examples": [{"name": name, "payload": event} for name, event in examples.items()],
    }


class _Dumper(yaml.SafeDumper):
    """Long words as blocks, and every part written out rather than as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _block(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)
