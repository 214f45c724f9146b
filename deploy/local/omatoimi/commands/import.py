"""`omatoimi import`"""

from pathlib import Path

import click

AT_ONCE = 4


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Take in the city's own records: JSON files of its case system, or minutes as plain text (.txt).

    Folders are searched. Each record goes through the service's own door, under an id that follows from its content, so
    an import may be repeated or go on where it broke off. Ends with what was stored and what was refused, and why.
    """
    import asyncio

    asyncio.run(_import(files))


async def _import(files: tuple[Path, ...]) -> None:
    import asyncio
    from collections import Counter

    import httpx
    from decisions.imports import ToImport
    from decisions.imports import requests as records

    from omatoimi import running
    from omatoimi.trouble import Trouble

    found = [path for given in files for path in (sorted(given.rglob("*.*")) if given.is_dir() else [given])]
    requests = list(records([path for path in found if path.suffix in (".json", ".txt")]))
    if not requests:
        raise Trouble(
            "There is no record of the city in these files: give JSON files of its case system, or minutes as .txt."
        )
    _, key = running.channel("staff")
    outcomes: Counter[str] = Counter()
    refused: list[str] = []
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(
        base_url=running.url(), timeout=60, headers={"Authorization": f"Bearer {key}"}
    ) as http:

        async def post(request: ToImport) -> None:
            async with gate:
                answer = await http.post(
                    "/decisions/v1/records",
                    content=request.data.model_dump_json(by_alias=True, exclude_none=True),
                    headers={"Idempotency-Key": str(request.id), "Content-Type": "application/json"},
                )
            body = answer.json()
            kind = body.get("outcome", {}).get("type", body.get("title", "?"))
            outcomes[kind] += 1
            if answer.status_code >= 400 or "refused" in kind or "rejected" in kind:
                refused.append(f"{request.path.name}  {request.record}  {body.get('detail') or kind}")

        with click.progressbar(length=len(requests), label="Importing") as bar:
            for task in asyncio.as_completed([post(request) for request in requests]):
                await task
                bar.update(1)
    for kind, count in sorted(outcomes.items()):
        click.echo(f"{count:>6}  {kind}")
    for line in refused:
        click.echo(f"refused  {line}")
    click.echo(f"{len(requests) - len(refused)} stored, {len(refused)} refused. See them at {running.url()}/decisions/")
