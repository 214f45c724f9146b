"""Hand-made logs for tests: facts become records as their owners would write them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from chassis import Service
from chassis.transaction import Transaction
from chassis.worker import Record
from omatoimi_contracts.catalogue import event_model, topics_of
from omatoimi_contracts.codec import write
from omatoimi_contracts.vocabulary import Fact

from analytics.handlers.log import keep

SPACE = UUID("00000000-0000-4000-8000-000000000000")
RECORDED = datetime(2026, 10, 1, tzinfo=UTC)


def named(name: str) -> UUID:
    """The same UUID for the same name."""
    return uuid5(SPACE, name)


class Log:
    """A log in the making. Each fact gets the next sequence of its subject and the next offset of its partition."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.sequences: Counter[tuple[str, str]] = Counter()
        self.ends: Counter[tuple[str, int]] = Counter()

    def add(
        self,
        fact: Fact,
        time: datetime = RECORDED,
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
        model = event_model(type(fact))
        number = len(self.records)
        event = model.model_validate(
            {
                "id": named(f"event {number} {fact.TYPE}"),
                "source": f"/helsinki/{'analytics' if topic.startswith('usage') else topic.partition('.')[0]}",
                "type": fact.TYPE,
                "time": time,
                "subject": fact.subject(),
                "sequence": f"{self.sequences[topic, fact.subject()]:010d}",
                "recordedtime": recorded or time,
                "unit": unit,
                "channel": "web",
                "assisted": False,
                "language": "fi",
                "data": fact,
                **attributes,
            }
        )
        return self.raw(topic, write(event), partition=partition)

    def raw(
        self,
        topic: str,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        *,
        partition: int = 0,
    ) -> Record:
        """A record with any bytes."""
        offset = self.ends[topic, partition]
        self.ends[topic, partition] += 1
        record = Record(topic, partition, offset, 1_700_000_000_000 + len(self.records), None, value, tuple(headers))
        self.records.append(record)
        return record

    def again(self, record: Record, *, partition: int | None = None) -> Record:
        """The same record once more, at the end of its partition."""
        partition = record.partition if partition is None else partition
        return self.raw(record.topic, record.value, record.headers, partition=partition)


def renumbered(records: Iterable[Record]) -> list[Record]:
    """The records as they would stand in the log had they come in this order."""
    ends: Counter[tuple[str, int]] = Counter()
    told = []
    for record in records:
        place = (record.topic, record.partition)
        told.append(
            Record(*place, ends[place], record.timestamp, record.key, record.value, record.headers)
        )
        ends[place] += 1
    return told


async def read(service: Service, records: Iterable[Record]) -> None:
    """Have analytics read records, in one transaction, as its worker would."""
    async with service.pool.acquire() as conn, conn.transaction():
        await keep(list(records), Transaction(conn, service.clock()))


def at(text: str) -> datetime:
    """A moment of Helsinki: `2026-10-05 18:00`."""
    from analytics.domain.period import HELSINKI

    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC)


