"""The topics of `contracts/topics/*.yaml`, made where they are missing. Nothing else makes one.

Partitions and retention of a topic that is there are never changed: more partitions would send a key elsewhere than
before and so break the order of its events, and a changed retention could delete what subscribers were promised. How
soon a compacted topic forgets is brought to what the contract says.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import CHECKOUT

FOLDER = CHECKOUT / "contracts" / "topics"

_DAY_MS = 24 * 60 * 60 * 1000
FORGETTING = ("max.compaction.lag.ms", "segment.ms")
_OWN_SETTING = 1
"""What Kafka calls a setting of the topic itself, neither the broker's nor a default."""


@dataclass(frozen=True)
class TopicOnBroker:
    """What a cluster has to know of a topic. Times are milliseconds (-1: for ever), sizes are bytes."""

    name: str
    partitions: int
    settings: dict[str, str]


@dataclass(frozen=True)
class TopicChanges:
    """All names that there now are, those made by this call, and a sentence for each difference to the contract."""

    names: list[str]
    made: list[str]
    differences: list[str]


def declared(folder: Path = FOLDER) -> list[TopicOnBroker]:
    """Return the topics that the contract declares, by name."""
    import yaml

    return [_topic(yaml.safe_load(path.read_text())) for path in sorted(folder.glob("*.yaml"))]


def _topic(contract: dict[str, Any]) -> TopicOnBroker:
    policy, retention = str(contract["cleanup_policy"]), int(contract["retention_ms"])
    settings = {"cleanup.policy": policy, "retention.ms": str(retention)}
    # Kafka deletes and compacts closed segments only, and closes a quiet one after a week by default: what is
    # promised to be gone after seven days would stay for fourteen, and what must be forgotten for eight.
    if "compact" in policy:
        lag = str(contract.get("max_compaction_lag_ms", _DAY_MS))
        settings |= {"max.compaction.lag.ms": lag, "segment.ms": lag}
    elif retention >= 0:
        settings["segment.ms"] = str(min(_DAY_MS, max(retention, 1)))
    if "max_message_bytes" in contract:
        settings["max.message.bytes"] = str(contract["max_message_bytes"])
    return TopicOnBroker(str(contract["topic"]), int(contract["partitions"]), settings)


async def create(bootstrap: str, *, prefix: str = "", folder: Path = FOLDER) -> TopicChanges:
    """Make the declared topics that are missing, each name after `prefix`, and wait until they can be used.

    May be called again at any time. Three copies of each record where the cluster has three brokers, else one.
    Raises PlatformError when the cluster refuses.
    """
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    wanted = {prefix + topic.name: topic for topic in declared(folder)}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = {topic["topic"]: topic for topic in await admin.describe_topics()}
        missing = [name for name in wanted if name not in there]
        if missing:
            replicated = len((await admin.describe_cluster())["brokers"]) >= 3
            durable = {"min.insync.replicas": "2"} if replicated else {}
            response = await admin.create_topics(
                [
                    NewTopic(name, wanted[name].partitions, 3 if replicated else 1, topic_configs=settings | durable)
                    for name in missing
                    for settings in [wanted[name].settings]
                ]
            )
            _check(response)
            await _usable(admin, missing)
        known = {name: topic for name, topic in wanted.items() if name in there}
        await _forget_in_time(admin, known)
        differences = await _differences(admin, known, there) if known else []
    finally:
        await admin.close()
    return TopicChanges(list(wanted), missing, differences)


def _check(response: Any) -> None:
    from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

    for name, code, message in response.topic_errors:
        # Made by another start at the same moment.
        if (error := for_code(code)) not in (NoError, TopicAlreadyExistsError):
            raise PlatformError(f"Apache Kafka refuses to make the topic {name}: {message or error.__name__}.")


async def _usable(admin: Any, names: list[str], within: float = 30) -> None:
    deadline = time.monotonic() + within
    while True:
        topics = await admin.describe_topics(names)
        if all(not topic["error_code"] and all(p["leader"] >= 0 for p in topic["partitions"]) for topic in topics):
            return
        if time.monotonic() > deadline:
            raise PlatformError(f"Apache Kafka made {', '.join(names)}, but no broker leads them after {within:.0f} s.")
        await asyncio.sleep(0.02)


async def _forget_in_time(admin: Any, known: dict[str, TopicOnBroker]) -> None:
    """Let the compacted topics that are there forget as soon as the contract says now."""
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    compacted = {name: topic for name, topic in known.items() if topic.settings["cleanup.policy"] == "compact"}
    if not compacted:
        return
    changed = []
    for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, n) for n in compacted]):
        for _code, _message, _type, name, entries in response.resources:
            # This request replaces all of a topic's own settings, so those that stay are sent again.
            own = {key: value for key, value, _, source, *_ in entries if source == _OWN_SETTING}
            wanted = {key: compacted[name].settings[key] for key in FORGETTING}
            if own.get("cleanup.policy") == "compact" and not wanted.items() <= own.items():
                changed.append(ConfigResource(ConfigResourceType.TOPIC, name, own | wanted))
    for response in await admin.alter_configs(changed) if changed else ():
        for code, message, _type, name in response.resources:
            if code:
                raise PlatformError(f"Apache Kafka refuses to let the topic {name} forget in time: {message or code}.")


async def _differences(admin: Any, known: dict[str, TopicOnBroker], there: dict[str, Any]) -> list[str]:
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    found: list[str] = []
    for name, topic in known.items():
        if (partitions := len(there[name]["partitions"])) != topic.partitions:
            found.append(f"{name} has {partitions} partitions, the contract says {topic.partitions}")
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, {key: "" for key in topic.settings})
        for name, topic in known.items()
    ]
    for response in await admin.describe_configs(resources):
        for _code, _message, _type, name, entries in response.resources:
            for key, value, *_ in entries:
                if value != (wanted := known[name].settings[key]):
                    found.append(f"{name} has {key}={value}, the contract says {wanted}")
    return found
