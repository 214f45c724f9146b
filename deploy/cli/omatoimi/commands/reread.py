"""`omatoimi reread`"""

import asyncio
from typing import Any

import click

PATIENCE_SECONDS = 20.0
"""So long without a record read, and whoever waits is told what else to do."""


@click.command("reread")
@click.argument("service", type=click.Choice(["booking", "notices", "decisions", "analytics", "people"]))
@click.argument("topic")
@click.option(
    "--from",
    "offset",
    type=click.IntRange(0, 2**62),
    help="Of each partition, from this offset on.",
)
def command(service: str, topic: str, offset: int | None) -> None:
    """Have SERVICE read TOPIC anew: from its beginning, also when it was made anew or the broker changed, or from an
    offset on.

    What it knows already it recognises by its ids. It reads on though this command is ended."""
    from chassis import maintenance
    from chassis.offsets import read_up_to
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    async def anew() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            if topic not in it.handlers.topics():
                raise PlatformError(f"{service} does not read {topic}; it reads {', '.join(it.handlers.topics())}.")
            before = await read_up_to(conn, topic)
            count = await maintenance.reread(conn, topic, offset)
            click.echo(f"{count} partitions of {topic} are read anew.")
            if not await _read(conn, topic, before, offset or 0):
                click.echo("It is not read yet: if the reader stopped for a fault, omatoimi down && omatoimi up.")

    try:
        asyncio.run(anew())
    except KeyboardInterrupt:
        click.echo("It is read on.")


async def _read(conn: Any, topic: str, before: dict[int, int], offset: int) -> bool:
    """Tell how far it is until all that was read before is read again. False when nothing more is read."""
    import time

    from chassis.offsets import read_up_to

    from omatoimi.progress import telling

    tell = telling("records are read anew")
    total, told, moved = sum(max(0, end - offset) for end in before.values()), -1, time.monotonic()
    while told < total:
        now = await read_up_to(conn, topic)
        done = sum(max(0, min(now.get(partition, 0), end) - offset) for partition, end in before.items())
        if done != told:
            tell(done, total)
            told, moved = done, time.monotonic()
        elif time.monotonic() - moved > PATIENCE_SECONDS:
            return False
        await asyncio.sleep(0.2)
    return True
