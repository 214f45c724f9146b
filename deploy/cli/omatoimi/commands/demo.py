"""`omatoimi demo`"""

from datetime import datetime

import click


@click.command("demo")
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=2014, show_default=True, help="Other seeds, other people."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day up to which it is made up; today if not given.")
def command(seed: int, day: datetime | None) -> None:
    """Fill in example content, on an installation in which nothing real has happened yet."""
    import asyncio

    from omatoimi_example import beginning, fill

    from omatoimi import running
    from omatoimi.services import MAKERS

    async def fill_in() -> None:
        async with running.all_connected() as services:
            await beginning.on_demand(services, seed, day.date() if day else beginning.today())
        click.echo("It fills in; how far it is tells also: omatoimi status")
        await fill.fill_in(MAKERS, running.kafka(), running.dsns(), _say)

    asyncio.run(fill_in())
    click.echo(f"The example content is there: {running.url()}\nTake it out again with: omatoimi reset --demo")


def _say(percent: int) -> None:
    if percent % 5 == 0:
        click.echo(f"  example   {percent} %")
