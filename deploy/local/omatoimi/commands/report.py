"""`omatoimi report`"""

import click


@click.command("report")
@click.option("--from", "start", required=True, help="First local day of the period, YYYY-MM-DD.")
@click.option("--to", "end", required=True, help="The day after the last, YYYY-MM-DD.")
@click.option("--unit", default=None, help="The library; all of them when not given.")
@click.option(
    "--position", default=None, help="The log position it is known at, as a report prints it; now when not given."
)
@click.option("--format", "form", type=click.Choice(["html", "json", "csv"]), default="html", show_default=True)
@click.option("--lang", type=click.Choice(["fi", "sv", "en"]), default="fi", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True), default="-", help="A file; standard output by default."
)
def command(start: str, end: str, unit: str | None, position: str | None, form: str, lang: str, output: str) -> None:
    """Print the report for a period, as known at a position of the log: the same call gives the same bytes."""
    import hashlib

    import httpx

    from omatoimi import running
    from omatoimi.trouble import Trouble

    query = {"from": start, "to": end, "unit": unit, "position": position, "lang": lang}
    answer = httpx.get(
        f"{running.url()}/analytics/v1/report.{form}",
        params={name: value for name, value in query.items() if value is not None},
        timeout=120,
    )
    if answer.status_code != 200:
        raise Trouble(answer.json().get("detail", answer.text))
    with click.open_file(output, "wb") as file:
        file.write(answer.content)
    if output != "-":
        click.echo(
            f"Wrote {len(answer.content)} bytes to {output}, SHA-256 {hashlib.sha256(answer.content).hexdigest()}"
        )
