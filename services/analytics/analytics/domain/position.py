"""A place in the log: for each topic and partition the next offset to read. A figure is known at one.

As text: `booking.events.v1:12.0.4,usage.events.v1:3`, by topic, the partitions' next offsets in order, zeros at the end
left out; `0` is the beginning of everything. Equal positions have equal texts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

BEGINNING = "0"
_LOG = re.compile(r"[a-z0-9][a-z0-9.-]{0,199}:[0-9]{1,18}(\.[0-9]{1,18}){0,999}", re.ASCII)


class NoPosition(ValueError):
    """The text is no position."""


@dataclass(frozen=True, slots=True)
class Position:
    """The next offset by log and partition; what is not named has not been read at all."""

    next_offsets: Mapping[tuple[str, int], int]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, int]]) -> "Position":
        """Make a position of rows of log, partition and next offset."""
        return cls({(log, partition): at for log, partition, at in sorted(rows) if at > 0})

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read a position from its text; raises `NoPosition`."""
        if text == BEGINNING:
            return cls({})
        rows: dict[tuple[str, int], int] = {}
        for part in text.split(","):
            if not _LOG.fullmatch(part):
                raise NoPosition(f"{part[:100]!r} is no place in a log; write it as booking.events.v1:12.0.4")
            log, _, offsets = part.partition(":")
            if any(named == log for named, _ in rows):
                raise NoPosition(f"{log} stands there twice")
            rows |= {(log, partition): int(at) for partition, at in enumerate(offsets.split("."))}
        return cls.of((log, partition, at) for (log, partition), at in rows.items())

    def __str__(self) -> str:
        return ",".join(f"{log}:{'.'.join(map(str, offsets))}" for log, offsets in self.logs()) or BEGINNING

    def logs(self) -> Iterator[tuple[str, list[int]]]:
        """Yield each log with the next offsets of its partitions, zeros at the end left out."""
        for log in sorted({log for log, _ in self.next_offsets}):
            last = max(partition for named, partition in self.next_offsets if named == log)
            yield log, [self.next_offsets.get((log, partition), 0) for partition in range(last + 1)]

    def reaches(self, other: "Position") -> bool:
        """Tell whether all that is known at the other position is known at this one."""
        return all(self.next_offsets.get(at, 0) >= offset for at, offset in other.next_offsets.items())
