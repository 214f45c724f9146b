"""A broker of whose log some bytes come damaged, as after a fault of its disk: brokers check what they are sent, and
not what they give out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def damaged_log(bootstrap: str, damage: Mapping[bytes, bytes]) -> AsyncIterator[str]:
    """An address at which the broker at `bootstrap` answers, with these bytes exchanged in what it tells."""
    host, _, port = bootstrap.rpartition(":")
    exchanged = dict(damage)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(host, int(port))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await asyncio.gather(_pass(reader, requests, {}), _pass(answers, writer, exchanged))
        requests.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    own = server.sockets[0].getsockname()[1]
    # So that clients stay here when they are told where the broker is.
    exchanged[host.encode() + int(port).to_bytes(4)] = b"127.0.0.1".ljust(len(host)) + int(own).to_bytes(4)
    try:
        yield f"127.0.0.1:{own}"
    finally:
        server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, exchanged: Mapping[bytes, bytes]) -> None:
    while True:
        frame = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
        for old, new in exchanged.items():
            frame = frame.replace(old, new)
        writer.write(len(frame).to_bytes(4) + frame)
