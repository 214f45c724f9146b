"""A record as it stands in a log, and a dead letter."""

from dataclasses import dataclass
from enum import StrEnum
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


class Why(StrEnum):
    """Why a record is put aside, for whoever sorts them. The words of each stand in `locale/put-aside.yaml`."""

    UNREADABLE = "unreadable"
    NO_EVENT = "no-event"
    WRONG_DATA = "wrong-data"
    UNKNOWN_TYPE = "unknown-type"
    MISPLACED = "misplaced"
    NOT_TAKEN = "not-taken"
    UNKNOWN_SOURCE = "unknown-source"
    UNPROVED = "unproved"
    NOT_MEANT = "not-meant"
    OTHER_CONTENT = "other-content"
    FAILED = "failed"


class DeadLetterState(StrEnum):
    """What became of a dead letter: applied after all, given up, or neither yet."""

    OPEN = "open"
    RETRIED = "retried"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record for the dead letters, why as a code and as a sentence for who mends it, and a JSON pointer to the
    fault."""

    record: Record
    why: Why
    reason: str
    pointer: str = ""
