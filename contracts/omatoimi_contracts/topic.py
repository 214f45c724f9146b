"""What a topic promises."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as `topics/<name>.yaml` declares it. `name` is logical: a deployment may put a prefix before it.

    `owner` is the service that reads a request topic, and that alone writes every other one; `producers` and `readers`
    name services, `channels` (trusted front ends) or `city` (any system of the city). `class_` says who may see what
    stands on it: everybody, the system's own services, or its owner alone. `retention_ms` is -1 where records are kept
    for ever, `max_compaction_lag_ms` how old a record of a compacted topic becomes before older ones of its key are
    taken out. `types` may stand on it, and no others: those whose models name it, and none for dead letters, which keep
    what came as it came."""

    name: str
    owner: str
    producers: tuple[str, ...]
    readers: tuple[str, ...]
    class_: Literal["public", "internal", "personal"]
    key: str
    partitions: int
    cleanup_policy: Literal["delete", "compact"]
    retention_ms: int
    types: tuple[str, ...]
    max_message_bytes: int | None = None
    max_compaction_lag_ms: int | None = None

    @property
    def compacted(self) -> bool:
        return self.cleanup_policy == "compact"
