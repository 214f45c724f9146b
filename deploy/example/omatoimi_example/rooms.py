"""Which rooms are free in the made-up town, so that the content knows beforehand what will be confirmed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from omatoimi_example.calendar import DAY, local_day, nobody_meets
from omatoimi_example.town import StartSpace, is_open, spaces


@dataclass
class Rooms:
    """What is promised, by leaf and local day: the booked time, and the time with its buffers. What was given back
    stays promised here, so that no order of acts can make a room taken that the content thinks free."""

    taken: defaultdict[tuple[str, date], list[tuple[datetime, datetime, datetime, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def free(self, space: StartSpace, start: datetime, end: datetime) -> bool:
        """Tell whether it is open and nobody has it; buffers may meet buffers, but no booked time."""
        before, after = start - space.before, end + space.after
        return is_open(space.premises, start, end) and not any(
            (start < until and since < end) or (before < ends and starts < after)
            for leaf in space.leaves
            for since, starts, ends, until in self.taken[leaf, local_day(start)]
        )

    def take(self, space: StartSpace, start: datetime, end: datetime) -> None:
        for leaf in space.leaves:
            self.taken[leaf, local_day(start)].append((start - space.before, start, end, end + space.after))

    def instead(
        self, space: StartSpace, start: datetime, end: datetime, persons: int
    ) -> tuple[StartSpace, datetime] | None:
        """Return another space at the same time, the smallest first, or the same at the same hour within a week."""
        return next(self._instead(space, start, end, persons), None)

    def _instead(
        self, space: StartSpace, start: datetime, end: datetime, persons: int
    ) -> Iterator[tuple[StartSpace, datetime]]:
        others = (o for o in spaces().values() if o.premises == space.premises and o.capacity >= persons)
        for other in sorted(others, key=lambda one: (one.capacity, one.space)):
            if other is not space and self.free(other, start, end):
                yield other, start
        for offset in range(1, 7):
            later = start + offset * DAY
            if not nobody_meets(local_day(later)) and self.free(space, later, later + (end - start)):
                yield space, later


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
