"""`omatoimi reread`"""

import click


@click.command("reread")
@click.argument("service", type=click.Choice(["booking", "notices", "decisions", "analytics"]))
@click.argument("topic")
def command(service: str, topic: str) -> None:
    """Have SERVICE read TOPIC from its beginning at its next start, after it was made anew or the broker changed.

    What it knows already it recognises by its ids."""
    import asyncio

    from chassis import maintenance
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    async def anew() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            if topic not in it.handlers.topics():
                raise PlatformError(f"{service} does not read {topic}; it reads {', '.join(it.handlers.topics())}.")
            count = await maintenance.reread(conn, topic)
        click.echo(f"{count} partitions are read anew at the next start: omatoimi down && omatoimi up")

    asyncio.run(anew())
