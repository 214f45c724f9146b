"""`omatoimi rebuild`"""

import click


@click.command("rebuild")
def command() -> None:
    """Fold the facts of the report anew from the ledger, compare every figure by hash, and switch.

    It goes in batches while everything runs; ended in the middle, it goes on there when it is called again."""
    import asyncio

    from analytics.rebuild import rebuild
    from analytics.store.anew import AlreadyFolding
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running
    from omatoimi.progress import telling

    async def anew() -> None:
        async with running.connected("analytics") as service:
            await rebuild(service, click.echo, telling("rows of the ledger are folded anew"))

    try:
        asyncio.run(anew())
    except AlreadyFolding:
        raise PlatformError("A rebuild runs already: wait until it has ended, or end it.") from None
