"""Read record batches so that none of them can stop a reader.

For a batch that it cannot read aiokafka raises, at each fetch anew, and nothing behind it is ever read. Here such a
batch becomes one `Unreadable` record in its place, which says why and holds the batch as it stands in the log; the
readers send it to the dead letters like any other record that they cannot apply.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

import chassis.decompression

MAX_FETCHED_BYTES = 8_000_000
"""So much of a partition is read of one fetch, and the rest fetched again: small batches may hold much, one by one."""
LENGTH_AT, HEAD = 8, 12
LENGTH = Struct(">i")
PLACES = Struct(">q 15x i 30x i")
"""Of a batch: its first offset, the distance to its last one, and the number of its records."""

assert chassis.decompression  # it bounds what a batch may hold


@dataclass
class UnreadableBatch(ConsumerRecord[bytes, bytes]):  # type: ignore[misc]
    """A batch that cannot be read, or its rest, at its last offset: its bytes as `value`, and why."""

    fault: str = ""


class _Batches:
    """The batches of a fetch, as the client library takes them; the bytes of the one that it took last are kept."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched, self._batches, self._next = fetched, MemoryRecords(fetched), 0
        self._at = 0

    def size_in_bytes(self) -> int:
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        end = self._next + HEAD + LENGTH.unpack_from(self._fetched, self._next + LENGTH_AT)[0]
        self._at, self._next = self._next, end
        batches, self._batches = self._batches, MemoryRecords(b"")
        found = batches.next_batch()
        self._batches = batches  # and none of them after one that could not even be taken
        return found

    def last(self) -> bytes:
        """Return the bytes of the batch that was taken last."""
        return bytes(self._fetched[self._at : self._next])


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition in a fetch."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[ConsumerRecord[bytes, bytes]]:
        size = 0
        while self._records.has_next():
            try:
                for record in super()._unpack_records():
                    yield record
                    size += len(record.value or b"") + len(record.key or b"")
                    if size > MAX_FETCHED_BYTES:
                        return
            except Exception as error:
                yield from self._despite(error, self._records.last())

    def _despite(self, error: Exception, batch: bytes) -> Iterator[ConsumerRecord[bytes, bytes]]:
        """Tell what can be read of a batch that the client library failed to read, and of the rest that it cannot."""
        if isinstance(error, UnicodeDecodeError):
            try:
                yield from self._with_any_names(batch)
                return
            except Exception as worse:
                error = worse
        first, distance, count = PLACES.unpack_from(batch.ljust(PLACES.size))
        # Of damaged bytes the smaller number is believed: the next fetch goes on where this one was too careful.
        end = max(first + min(distance + 1, count), self.next_fetch_offset + 1)
        self.next_fetch_offset = end
        why = f"the record batch cannot be read: {type(error).__name__}: {error}"
        yield UnreadableBatch(
            self._tp.topic, self._tp.partition, end - 1, 0, 0, None, batch, None, -1, len(batch), (), why
        )  # fmt: skip

    def _with_any_names(self, batch: bytes) -> Iterator[ConsumerRecord[bytes, bytes]]:
        """Yield the records of a batch in which headers have names that are no UTF-8."""
        records = iter(_DefaultRecordBatchPy(batch))
        records._buffer = _AnyText(records._buffer)
        for record in records:
            if record.offset >= self.next_fetch_offset:
                self.next_fetch_offset = record.offset + 1
                yield self._consumer_record(self._tp, record)
        self.next_fetch_offset = max(self.next_fetch_offset, records.next_offset)


class _AnyText(bytearray):
    """Bytes whose every slice can be decoded: what is no UTF-8 is escaped."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _AnyText(found) if isinstance(at, slice) else found

    def decode(self, *_: Any) -> str:
        return super().decode("utf-8", "backslashreplace")


fetcher.MemoryRecords, fetcher.PartitionRecords = _Batches, _PartitionRecords
