"""A cluster of one's own: its topics, users and access lists, as `contracts/topics` declares who writes and reads what.

A service may write the topics that it produces and read those that it reads, in consumer groups whose names begin with
its own; channels may write request topics, where each record proves whose it is (docs/adr/0013); a system of the city
may read what is for the city, in groups of its own. Nobody else may do anything, and no topic of personal data has the
city among its readers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omatoimi_platform.topics import FOLDER, FORGETTING, TopicOnBroker

CHANNELS, CITY = "channels", "city"


@dataclass(frozen=True)
class User:
    """A user of the cluster: the topics that it may write and read, and how its consumer groups begin."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    groups: str


def users(
    *, prefix: str = "", channels: Sequence[str] = (), city: Sequence[str] = (), folder: Path = FOLDER
) -> list[User]:
    """Return the services, then the channels and the systems of the city that are named, each with its rights. Topics
    and the services' groups begin with `prefix`."""
    import yaml

    contracts = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    services = sorted({contract["owner"] for contract in contracts})
    return [
        *(_user(contracts, name, name, prefix, f"{prefix}{name}.") for name in services),
        *(_user(contracts, name, CHANNELS, prefix, f"{name}.") for name in channels),
        *(_user(contracts, name, CITY, prefix, f"{name}.") for name in city),
    ]


def _user(contracts: Iterable[dict[str, Any]], name: str, role: str, prefix: str, groups: str) -> User:
    def topics(part: str) -> tuple[str, ...]:
        return tuple(f"{prefix}{contract['topic']}" for contract in contracts if role in contract[part])

    return User(name, topics("producers"), topics("readers"), groups)


_HEAD = """\
#!/usr/bin/env bash
# Topics, users and access lists of Omatoimi, from contracts/topics. Run it where Kafka's own tools are, as an
# administrator of the cluster. It may be run again at any time: it changes nothing of a topic but how soon a compacted
# one forgets, and takes no right away.
#   BOOTSTRAP   where the cluster is, host:port
#   ADMIN       a file with the administrator's client settings (none: no login)
#   PASSWORDS   a file with a line `user=password` for each user below
#   REPLICAS    copies of each record, 3 if unset
set -euo pipefail
: "${BOOTSTRAP:?} ${PASSWORDS:?}"
at() {
  local tool=$1; shift
  "kafka-$tool.sh" --bootstrap-server "$BOOTSTRAP" ${ADMIN:+--command-config "$ADMIN"} "$@"
}
topic() {
  local name=$1 partitions=$2; shift 2
  at topics --create --if-not-exists --topic "$name" --partitions "$partitions" \\
    --replication-factor "${REPLICAS:-3}" --config min.insync.replicas=$((${REPLICAS:-3} > 2 ? 2 : 1)) "$@"
}
forgets() { at configs --alter --entity-type topics --entity-name "$1" --add-config "$2"; }
user() {
  local password
  password=$(sed -n "s/^$1=//p" "$PASSWORDS")
  [ -n "$password" ] || { echo "There is no password for $1 in $PASSWORDS." >&2; exit 1; }
  at configs --alter --entity-type users --entity-name "$1" \\
    --add-config-file <(printf 'SCRAM-SHA-512=iterations=8192,password=%s\\n' "$password")
}
may() { local user=$1; shift; at acls --add --allow-principal "User:$user" "$@"; }
"""


def script(topics: Iterable[TopicOnBroker], users: Iterable[User], *, prefix: str = "") -> str:
    """Return a script for Kafka's own tools that makes all of it."""
    lines = [_HEAD]
    for topic in topics:
        configs = " ".join(f"--config {name}={value}" for name, value in topic.settings.items())
        lines.append(f"topic {prefix}{topic.name} {topic.partitions} {configs}")
        if topic.settings["cleanup.policy"] == "compact":
            lines.append(f"forgets {prefix}{topic.name} {','.join(f'{k}={topic.settings[k]}' for k in FORGETTING)}")
    lines.append("")
    for user in users:
        lines.append(f"user {user.name}")
        if user.writes:
            lines.append(f"may {user.name} --operation Write --operation Describe {_topics(user.writes)}")
        if user.reads:
            lines.append(f"may {user.name} --operation Read --operation Describe {_topics(user.reads)}")
            lines.append(f"may {user.name} --operation Read --resource-pattern-type prefixed --group {user.groups}")
        lines.append("")
    return "\n".join(lines)


def _topics(names: Iterable[str]) -> str:
    return " ".join(f"--topic {name}" for name in names)
