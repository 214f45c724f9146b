"""`omatoimi dead-letters`"""

import click


@click.group("dead-letters")
def command() -> None:
    """Look at the records that a service put aside; try them again, or give them up."""


SERVICE = click.argument("service", type=click.Choice(["booking", "notices", "decisions", "analytics", "people"]))

NUMBER = click.argument("number", type=click.IntRange(1, 2**63 - 1))


@command.command("list")
@SERVICE
@click.option("--all", "everything", is_flag=True, help="Also those retried or dropped.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_(service: str, everything: bool, limit: int) -> None:
    """List the oldest dead letters of SERVICE, one a line: number, where it stood, when, why."""
    import asyncio

    from chassis import dead_letters
    from chassis.record import DeadLetterState

    from omatoimi import running

    async def show() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            state = None if everything else DeadLetterState.OPEN
            letters, total = await dead_letters.headings(conn, state, limit), await dead_letters.count(conn, state)
        for each in letters:
            place = f"{each.topic}/{each.partition}/{each.offset}"
            click.echo(
                f"{each.number:>6}  {place}  {each.at:%Y-%m-%d %H:%M}  {each.state}  {each.reason} {each.pointer}"
            )
        if not letters:
            click.echo(f"{service} has no dead letters.")
            return
        more = f" and {total - len(letters)} more, which --limit shows" if total > len(letters) else ""
        click.echo(f"{len(letters)} dead letters{more}. See one with: omatoimi dead-letters show {service} NUMBER")

    asyncio.run(show())


@command.command()
@SERVICE
@NUMBER
def show(service: str, number: int) -> None:
    """Show all of one dead letter: reason, headers, key and bytes."""
    import asyncio

    from chassis import dead_letters
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    async def look() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            found = await dead_letters.find(conn, number)
        if found is None:
            raise PlatformError(f"{service} has no dead letter {number}.")
        for name in ("number", "topic", "partition", "offset", "at", "state", "reason", "pointer", "headers"):
            click.echo(f"{name:<10} {getattr(found, name)}")
        for name, content in (("key", found.key), ("value", found.value)):
            click.echo(f"{name:<10} {'null' if content is None else content.decode(errors='backslashreplace')}")
        if found.state == "open":
            click.echo(f"Try it again with: omatoimi dead-letters retry {service} {number}")

    asyncio.run(look())


@command.command()
@SERVICE
@NUMBER
def retry(service: str, number: int) -> None:
    """Apply one dead letter again, by the same way as the first time."""
    import asyncio

    from chassis import batch

    from omatoimi import running

    async def again() -> None:
        async with running.connected(service) as it:
            click.echo(await batch.retry(it, number))

    asyncio.run(again())


@command.command()
@SERVICE
@NUMBER
def drop(service: str, number: int) -> None:
    """Give one dead letter up."""
    import asyncio

    from chassis import dead_letters
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    async def give_up() -> None:
        async with running.connected(service) as it, it.pool.acquire() as conn:
            if not await dead_letters.drop(conn, number):
                raise PlatformError(f"{service} has no open dead letter {number}.")
        click.echo(f"Dead letter {number} of {service} is dropped; its row stays.")

    asyncio.run(give_up())
