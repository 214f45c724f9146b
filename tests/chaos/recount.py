"""What the topics alone come to: the log, from offset 0, counted by hand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from omatoimi_contracts.booking import BookingCancelled, BookingConfirmed, BookingFact, BookingMoved
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Slot

Events = Iterable[FactEvent[Any]]


def standing(events: Events) -> dict[UUID, FactEvent[BookingFact]]:
    """The last event that says where a booking stands, by booking."""
    kinds = (BookingConfirmed, BookingMoved, BookingCancelled)
    return {event.data.booking: event for event in events if isinstance(event.data, kinds)}


def cancelled(event: FactEvent[BookingFact]) -> bool:
    return isinstance(event.data, BookingCancelled)


def overlaps(events: Events) -> Iterator[str]:
    """Who was let into a leaf space while another stood in it, as a subscriber reads it: first copies in log order."""
    taken: defaultdict[str, dict[UUID, Slot]] = defaultdict(dict)
    for event in events:
        fact = event.data
        if not isinstance(fact, (BookingConfirmed, BookingMoved, BookingCancelled)):
            continue
        for of in taken.values():
            of.pop(fact.booking, None)
        if isinstance(fact, BookingCancelled):
            continue
        for leaf in fact.leaves:
            for other, slot in taken[leaf].items():
                if slot.start < fact.slot.end and fact.slot.start < slot.end:
                    yield f"{leaf}: {fact.booking} from {fact.slot.start} beside {other}, event {event.id}"
            taken[leaf][fact.booking] = fact.slot


def outcomes(events: Events) -> defaultdict[tuple[str, UUID], list[FactEvent[Any]]]:
    """The events marked as outcomes, by the source and id of the request that they answer."""
    found: defaultdict[tuple[str, UUID], list[FactEvent[Any]]] = defaultdict(list)
    for event in events:
        if event.outcome:
            assert event.causationsource is not None
            assert event.causationid is not None
            found[event.causationsource, event.causationid].append(event)
    return found


def gaps(events: Events) -> Iterator[str]:
    """Subjects whose first copies do not count from 1 without gaps, in log order."""
    last: defaultdict[str, int] = defaultdict(int)
    for event in events:
        if int(event.sequence) != last[event.subject] + 1:
            yield f"{event.subject}: {event.sequence} after {last[event.subject]}"
        last[event.subject] = int(event.sequence)
