"""Facts of other services, as they stand on their owners' topics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import SettableClock
from omatoimi_contracts.booking import BookingCancelled, BookingConfirmed, BookingMoved
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact, Organiser, Slot
from uuid_utils.compat import uuid7


def stated(fact: Fact, *, time: datetime, sequence: int, **attributes: Any) -> FactEvent[Fact]:
    """A fact as its owner states it: that of Helsinki's Vallila, by the web, recorded as it happened, unless told
    otherwise."""
    document = {
        "id": str(uuid7()),
        "source": f"/helsinki/{fact.TOPIC.partition('.')[0]}",
        "type": fact.TYPE,
        "subject": fact.subject(),
        "time": time,
        "sequence": f"{sequence:010d}",
        "recordedtime": time,
        "unit": "vallila",
        "channel": "web",
        "assisted": False,
        "language": "fi",
        "data": fact,
        **attributes,
    }
    event = event_model(type(fact)).model_validate(document)
    assert isinstance(event, FactEvent)
    return event


@dataclass
class Facts:
    """What a service hears of its neighbours, one fact after another about each subject; `of_bookings` is what their
    bookings are, where they are no private person's event."""

    clock: SettableClock
    of_bookings: Mapping[str, Any] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def told(self, fact: Fact, *, sequence: int | None = None, unit: str = "vallila") -> FactEvent[Fact]:
        """The next fact about its subject, or a document, whose sequence is its version."""
        if sequence is None:
            sequence = self.sequences[fact.subject()] = self.sequences.get(fact.subject(), 0) + 1
        return stated(fact, time=self.clock.now, sequence=sequence, unit=unit)

    def confirmed(self, booking: UUID, slot: Slot, case: str | None = None, **more: Any) -> FactEvent[Fact]:
        return self.told(BookingConfirmed(**self._booking(booking, slot, case, **more)))

    def moved(self, booking: UUID, slot: Slot, previous: Slot, case: str | None = None, **more: Any) -> FactEvent[Fact]:
        before = {"previous": previous, "previousspace": "sali", "previousleaves": ("sali",)}
        return self.told(BookingMoved(**self._booking(booking, slot, case, **more), **before))

    def cancelled(self, booking: UUID, slot: Slot, case: str | None = None) -> FactEvent[Fact]:
        return self.told(BookingCancelled(**self._booking(booking, slot, case), by="user", reason="illness"))

    def _booking(self, booking: UUID, slot: Slot, case: str | None, **more: Any) -> dict[str, Any]:
        fields = {
            "booking": booking,
            "premises": "vallila-kirjasto",
            "space": "sali",
            "leaves": ("sali",),
            "slot": slot,
            "wanted": slot,
            "owner": "youth",
            "hours": "unserved",
            "organiser": Organiser(class_="private"),
            "opentopublic": True,
            "purpose": "event",
            "case": case,
        }
        return {**fields, **self.of_bookings, **more}
