"""Parse records: which of them are events to apply, and which go to the dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.codec import Event, Malformed, UnknownType, read
from omatoimi_contracts.event import FactEvent, RequestEvent, is_demo
from omatoimi_contracts.proof import HEADER

from chassis import channels, demo
from chassis.act import Item
from chassis.record import DeadLetter, Record, Why
from chassis.service import Service
from chassis.transaction import Request

UNPROVED = f"nothing proves that it comes from {{}}: send the header {HEADER}, made with the channel's key"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a batch of records holds: events to apply with their records, and records for the dead letters."""

    items: list[Item]
    records: list[Record]
    dead_letters: list[DeadLetter]


def takes_requests(topic: str) -> bool:
    """Tell whether it is a request topic: people wait for what stands there, and anybody's mistake may stand there
    too."""
    return topic.endswith(".requests.v1")


async def parse(service: "Service", records: Sequence[Record]) -> Parsed:
    """Read records of one topic. What is no event of ours goes to the dead letters; a type not in the contract goes to
    the dead letters on a request topic and is passed over on an event topic, where newer writers may add types. Example
    content is passed over where it is no longer, or not yet, to be read from the log."""
    found, handlers, asked = Parsed([], [], []), service.handlers.handlers, takes_requests(records[0].topic)
    events: list[tuple[Record, Event]] = []
    for record in records:
        if record.fault:
            found.dead_letters.append(DeadLetter(record, Why.UNREADABLE, record.fault))
            continue
        try:
            event = read(record.value, record.headers, service.installation.lists)
            if isinstance(event, FactEvent) and record.topic not in topics_of(type(event.data)):
                misplaced = f"{event.type} has no place on {record.topic}"
                found.dead_letters.append(DeadLetter(record, Why.MISPLACED, misplaced, "/type"))
            # A fact that nobody here wants is not kept: memory that hundreds of them take and give back costs time.
            elif event.type in handlers or isinstance(event, RequestEvent):
                events.append((record, event))
        except UnknownType as fault:
            if asked:
                found.dead_letters.append(DeadLetter(record, Why.UNKNOWN_TYPE, fault.reason, fault.pointer))
        except Malformed as fault:
            why = Why.WRONG_DATA if fault.pointer.startswith("/data") else Why.NO_EVENT
            found.dead_letters.append(DeadLetter(record, why, fault.reason, fault.pointer))
    sources = {event.source for _, event in events if isinstance(event, RequestEvent)}
    known: dict[str, channels.Registered] = {}
    if sources:
        async with service.pool.acquire() as conn:
            known = await channels.by_source(conn, sources, service.clock())
    example = any(isinstance(event, FactEvent) and is_demo(event.source) for _, event in events)
    passed_over = example and await demo.passes_over(service, records[0].topic)
    for record, event in events:
        if passed_over and is_demo(event.source):
            continue
        unfit = _unfit(service, record, event, known)
        if unfit:
            found.dead_letters.append(unfit)
        elif event.type in handlers:
            found.items.append(Request(event, known[event.source].caller) if isinstance(event, RequestEvent) else event)
            found.records.append(record)
    return found


def _unfit(
    service: "Service", record: Record, event: Event, known: dict[str, channels.Registered]
) -> DeadLetter | None:
    """Tell why an event may not stand where it stands; None when it may."""
    if isinstance(event, FactEvent):
        return None
    if not takes_requests(record.topic):
        return DeadLetter(record, Why.MISPLACED, "a request has no place on an event topic", "/type")
    if event.type not in service.handlers.handlers:
        return DeadLetter(record, Why.NOT_TAKEN, f"{event.type} is not taken here", "/type")
    registered = known.get(event.source)
    if registered is None:
        unknown = f"the source {event.source} is not a registered channel"
        return DeadLetter(record, Why.UNKNOWN_SOURCE, unknown, "/source")
    if not registered.proves(record.value, record.headers):
        return DeadLetter(record, Why.UNPROVED, UNPROVED.format(event.source), "/source")
    by = registered.caller
    if not by.channel.may_ask_for(event.type):
        not_meant = f"the channel {by.channel.name} may not ask for {event.type}"
        return DeadLetter(record, Why.NOT_MEANT, not_meant, "/type")
    return None
