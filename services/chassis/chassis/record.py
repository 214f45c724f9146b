"""A record as it stands in a log, and a dead letter."""

from dataclasses import dataclass
from typing import NamedTuple


class Record(NamedTuple):
    """A record as it stands in the log. `topic` is its logical name, `timestamp` milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    fault: str | None = None
    """Why it cannot be read; its value is then the record batch as it stands in the log."""

    @property
    def position(self) -> tuple[str, int, int]:
        """Topic, partition and offset."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record for the dead letters, why, and a JSON pointer to the fault."""

    record: Record
    reason: str
    pointer: str = ""
