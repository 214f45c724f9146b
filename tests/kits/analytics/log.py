"""A log in the making: facts become records as their owners would write them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from analytics.domain.period import Period
from chassis.worker import Record
from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.codec import write
from omatoimi_contracts.vocabulary import Fact, Slot

from tests.kits.facts import stated

_NAMES = UUID("00000000-0000-4000-8000-000000000000")


def named(name: str) -> UUID:
    """The same UUID for the same name."""
    return uuid5(_NAMES, name)


HELSINKI = ZoneInfo("Europe/Helsinki")


def at(text: str) -> datetime:
    """A moment of Helsinki's clock: `2026-10-05 18:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC)


def slot(day: str, start: str, end: str, end_day: str | None = None) -> Slot:
    """A span by Helsinki's clock: `slot("2026-10-05", "18:00", "20:00")`."""
    return Slot(start=at(f"{day} {start}"), end=at(f"{end_day or day} {end}"))


def days(first: date, end: date) -> Period:
    """The local days from the first one on until before the end."""
    return Period(first, end, HELSINKI)


OCTOBER = days(date(2026, 10, 1), date(2026, 11, 1))
REGISTERED = at("2026-09-01 09:00")


class Log:
    """A log in the making. Each fact gets the next sequence of its subject and the next offset of its partition. While
    `demo` is set, it is example content."""

    def __init__(self) -> None:
        self.demo = False
        self.records: list[Record] = []
        self.sequences: Counter[tuple[str, str]] = Counter()
        self.ends: Counter[tuple[str, int]] = Counter()

    def add(
        self,
        fact: Fact,
        time: datetime = REGISTERED,
        *,
        recorded: datetime | None = None,
        unit: str = "vallila",
        topic: str | None = None,
        partition: int = 0,
        **attributes: Any,
    ) -> Record:
        """A fact that happened at `time`, and was recorded then unless told otherwise."""
        topic = topic or topics_of(type(fact))[0]
        self.sequences[topic, fact.subject()] += 1
        owner = "analytics" if topic.startswith("usage") else topic.partition(".")[0]
        event = stated(
            fact,
            time=time,
            sequence=self.sequences[topic, fact.subject()],
            **{
                "id": named(f"event {len(self.records)}"),
                "source": f"/helsinki/{owner}" + ("/demo" if self.demo else ""),
                "recordedtime": recorded or time,
                "unit": unit,
                **attributes,
            },
        )
        return self.raw(topic, write(event), partition=partition)

    def raw(
        self, topic: str, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = (), *, partition: int = 0
    ) -> Record:
        """A record with any bytes."""
        offset = self.ends[topic, partition]
        self.ends[topic, partition] += 1
        moment = 1_790_000_000_000 + len(self.records)
        record = Record(topic, partition, offset, moment, None, value, tuple(headers))
        self.records.append(record)
        return record

    def again(self, record: Record, *, partition: int | None = None) -> Record:
        """The same record once more, at the end of its partition or of another."""
        partition = record.partition if partition is None else partition
        return self.raw(record.topic, record.value, record.headers, partition=partition)
