"""`omatoimi import`"""

from pathlib import Path

import click


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Take in the city's own records: JSON files of its case system, or minutes as plain text (.txt).

    Folders are searched. Each record goes through the service's own endpoint, under an id that follows from its
    content, so an import may be repeated, or go on where it broke off. Ends with what was stored and what was refused,
    and why; with status 1 when anything was refused or left.
    """
    import asyncio

    asyncio.run(_import(files))


async def _import(given: tuple[Path, ...]) -> None:
    import httpx
    from decisions import imports
    from omatoimi_platform.errors import PlatformError

    from omatoimi import importing, running

    source, key = running.channel("staff")
    click.echo("Reading the files …")
    found = list(imports.requests(imports.files(given)))
    if not found:
        raise PlatformError(
            "There is no file with records here: give JSON of the city's case system, or minutes as .txt."
        )
    records = [one for one in found if isinstance(one, imports.ToImport)]
    async with httpx.AsyncClient(
        base_url=running.url(), timeout=120, headers={"Authorization": f"Bearer {key}"}
    ) as http:
        with click.progressbar(length=len(records), label=f"Importing {len(records)} records") as bar:
            tally = await importing.send(http, source, records, bar.update)
    for kind, count in sorted(tally.outcomes.items()):
        click.echo(f"{count:>6}  {kind}")
    refused = [(one.path, one.record, one.reason) for one in found if isinstance(one, imports.UnreadableFile)]
    refused += [(one.path, one.record, reason) for one, reason in tally.refused]
    for path, record, reason in refused:
        click.echo(f"refused  {path}  {record}  {reason}")
    rest = f", {len(tally.left)} left because {tally.why_left}" if tally.left else ""
    click.echo(f"{len(found)} records and files: {tally.stored} stored, {len(refused)} refused{rest}.")
    click.echo(f"See what is stored at {running.url()}/decisions/")
    if refused or tally.left:
        click.echo("Mend what was refused and import the same files again: what is stored is known, and is no second.")
        raise SystemExit(1)
