"""`omatoimi republish`"""

import click


@click.command("republish")
@click.argument("service", type=click.Choice(["booking", "notices", "decisions", "analytics", "people"]))
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    required=True,
    help="In UTC; at most 30 days back.",
)
def command(service: str, since: object) -> None:
    """Send again what SERVICE emitted since then, in order: fills a broker that lost its data."""
    import asyncio
    from datetime import UTC, datetime, timedelta

    from chassis import maintenance, outbox
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running
    from omatoimi.progress import telling

    tell = telling("events are marked to be sent again")

    async def again() -> None:
        assert isinstance(since, datetime)  # click made it; tells mypy
        if datetime.now(UTC) - since.replace(tzinfo=UTC) > timedelta(days=outbox.KEPT_DAYS):
            raise PlatformError(f"What was sent is kept {outbox.KEPT_DAYS} days: give a later --since.")
        async with running.connected(service) as it, it.pool.acquire() as conn:
            count = await maintenance.republish(conn, since.replace(tzinfo=UTC), datetime.now(UTC), tell)
        click.echo(f"{count} events of {service} are being sent again; subscribers know their ids.")
        click.echo(f"See them come with: omatoimi follow {it.writes}")

    asyncio.run(again())
