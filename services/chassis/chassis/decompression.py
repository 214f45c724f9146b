"""Decompress what stands in a log, up to a bound.

The broker bounds a batch as it was sent, and a megabyte may hold gigabytes. aiokafka's own functions take as much
memory as there is in it, and loop for ever over some lengths in snappy's framing.
"""

import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import cramjam
from aiokafka.record import default_records
from aiokafka.record._crecords import default_records as compiled_records

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""A batch may hold so much: sixteen times what a broker takes compressed, and more than any client sends unasked."""
XERIAL = b"\x82SNAPPY\0"
"""How Java's snappy begins, before blocks that each have their length before them."""
XERIAL_HEADER = 16


class TooMuch(Exception):
    """A batch holds more than `MAX_BATCH_BYTES`."""

    def __init__(self) -> None:
        super().__init__(f"the batch holds more than {MAX_BATCH_BYTES} bytes when it is decompressed")


def gzip(data: Any) -> bytes:
    """Decompress gzip, of one member or several."""
    found, rest = b"", bytes(data)
    while rest:
        stream = zlib.decompressobj(wbits=31)
        found += stream.decompress(rest, MAX_BATCH_BYTES + 1 - len(found))
        if len(found) > MAX_BATCH_BYTES:
            raise TooMuch
        if not stream.eof:
            raise EOFError("the compressed data ends early")
        rest = stream.unused_data
    return found


def snappy(data: Any) -> bytes:
    """Decompress snappy, with the framing of Java's library or without."""
    payload = bytes(data)
    if not payload.startswith(XERIAL):
        return _snappy_blocks([payload])
    blocks, at = [], XERIAL_HEADER
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4])
        blocks.append(payload[at + 4 : at + 4 + size])
        at += 4 + size
    return _snappy_blocks(blocks)


def _snappy_blocks(blocks: list[bytes]) -> bytes:
    if sum(cramjam.snappy.decompress_raw_len(block) for block in blocks) > MAX_BATCH_BYTES:
        raise TooMuch
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def lz4(data: Any) -> bytes:
    """Decompress an LZ4 frame."""
    return _into_buffer(cramjam.lz4, bytes(data))


def zstd(data: Any) -> bytes:
    """Decompress Zstandard."""
    return _into_buffer(cramjam.zstd, bytes(data))


def _into_buffer(codec: ModuleType, payload: bytes) -> bytes:
    """Decompress into a buffer that does not grow: one that mostly suffices, else the largest."""
    for size in (min(4096 + 16 * len(payload), MAX_BATCH_BYTES), MAX_BATCH_BYTES):
        buffer = bytearray(size)
        try:
            return bytes(memoryview(buffer)[: codec.decompress_into(payload, buffer)])
        except cramjam.DecompressionError as error:
            full = "whole buffer" in str(error)
            if not full:
                raise
    raise TooMuch


DECODERS: dict[str, Callable[[Any], bytes]] = {
    "gzip_decode": gzip,
    "snappy_decode": snappy,
    "lz4_decode": lz4,
    "zstd_decode": zstd,
}
for _module in (default_records, compiled_records):
    for _name, _decode in DECODERS.items():
        setattr(_module, _name, _decode)
