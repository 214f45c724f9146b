"""`omatoimi rebuild`"""

import click


@click.command("rebuild")
def command() -> None:
    """Fold the facts of the report anew from the ledger, compare every figure by hash, and switch."""
    import asyncio

    from analytics.rebuild import rebuild

    from omatoimi import running

    async def anew() -> None:
        async with running.connected("analytics") as service:
            await rebuild(service, click.echo)

    asyncio.run(anew())
