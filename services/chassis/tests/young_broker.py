"""A broker as it is for a moment after it was started: it answers, and is no member of its own cluster yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka.protocol import metadata

NO_BROKERS: tuple[object, ...] = (0, [], "", -1, [])
"""Throttle, brokers, cluster, controller, topics, as versions 3 to 5 of the answer have them."""


@asynccontextmanager
async def young_broker(bootstrap: str, times: int) -> AsyncIterator[str]:
    """An address at which who asks for the cluster is told of none, and cut off; so many times, then the broker at
    `bootstrap` answers."""
    host, _, port = bootstrap.rpartition(":")
    left = times

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        answers, requests = await asyncio.open_connection(host, int(port))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await _frame(reader)
                api, version = (int.from_bytes(request[at : at + 2]) for at in (0, 2))
                if api == metadata.MetadataRequest.API_KEY and left:
                    left -= 1
                    kind = getattr(metadata, f"MetadataResponse_v{version}")
                    _send(writer, request[4:8] + kind.SCHEMA.encode(NO_BROKERS))
                    await writer.drain()
                    break
                _send(requests, request)
                _send(writer, await _frame(answers))
        requests.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4)))


def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(len(frame).to_bytes(4) + frame)
