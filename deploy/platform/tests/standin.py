"""Stands in for the four services where only the platform is tested: one page, and nothing else."""

import asyncio

from omatoimi_platform.process import Serving


async def serve(on: Serving) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", on.port)
    on.ready()
    await on.stop.wait()
    server.close()
