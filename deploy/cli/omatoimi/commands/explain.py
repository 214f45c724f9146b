"""`omatoimi explain`"""

from typing import Any

import click

ROWS = 10


@click.command("explain")
@click.argument("metric")
@click.option("--period", required=True, help="A month, 2026-10, or local days, the last one not included: FROM..TO.")
@click.option("--unit", default=None, help="The library; all of them together when not given.")
@click.option(
    "--at", "position", default=None, help="The log position it is known at, as a report prints it; now when not given."
)
@click.option("--all", "everything", is_flag=True, help=f"All rows of the ledger behind it, not the first {ROWS}.")
@click.option("--lang", type=click.Choice(["fi", "sv", "en"]), default="en", show_default=True, help="Of the card.")
def command(metric: str, period: str, unit: str | None, position: str | None, everything: bool, lang: str) -> None:
    """Tell how a figure came about: METRIC's card, its query, the rows of the ledger behind it, and one of their events
    as it stands on its topic."""
    from omatoimi import running

    first, end = _period(period)
    query = {"from": first, "to": end, "unit": unit, "position": position}
    asked = {name: value for name, value in query.items() if value is not None}
    url = running.url() + "/analytics/v1"
    told = _get(f"{url}/explain/{metric}", {**asked, "limit": str(ROWS)})
    card = _get(f"{url}/metrics/{metric}", {})
    rows = told["rows"]
    while everything and told["next"] is not None:
        told = _get(f"{url}/explain/{metric}", {**asked, "limit": "1000", "after": str(told["next"])})
        rows += told["rows"]
    _tell_card(card, lang)
    _tell_figure(told, card["parts"])
    _tell_query(told)
    _tell_rows(told, rows)
    event = next((row for row in rows if row["class"] == "folded"), None)
    if event:
        _tell_event(url, event)


def _period(text: str) -> tuple[str, str]:
    """Return the first local day, and the day after the last."""
    from datetime import date, timedelta

    from omatoimi_platform.errors import PlatformError

    first, _, end = text.partition("..")
    try:
        if end:
            return str(date.fromisoformat(first)), str(date.fromisoformat(end))
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise PlatformError(f"{text} is no period: give a month, 2026-10, or days, 2026-10-01..2026-10-15.") from None
    return str(month), str((month + timedelta(days=32)).replace(day=1))


def _get(url: str, query: dict[str, str]) -> Any:
    import httpx
    from omatoimi_platform.errors import PlatformError

    try:
        answer = httpx.get(url, params=query, timeout=120)
    except httpx.HTTPError as error:
        raise PlatformError(
            f"Omatoimi does not answer at {url} ({type(error).__name__}): see omatoimi status."
        ) from None
    try:
        told = answer.json()
    except ValueError:
        raise PlatformError(f"{url} answered {answer.status_code} and no JSON: see omatoimi status.") from None
    if answer.is_error:
        raise PlatformError(str(told["detail"]))
    return told


def _head(text: str) -> None:
    click.echo(f"\n{text}\n{'-' * len(text)}")


def _tell_card(card: dict[str, Any], lang: str) -> None:
    words = card["card"][lang]
    click.echo(f"{card['metric']} {words['name']} (definition {card['definition']}, SHA-256 {card['sha256'][:16]}…)")
    for field in ("objective", "scope", "definition", "method", "numerator", "denominator", "interpretation", "source"):
        if words[field]:
            click.echo(f"  {field:<15}{words[field]}")


def _tell_figure(told: dict[str, Any], parts: list[str]) -> None:
    whole, period = told["figure"]["whole"], told["period"]
    _head("The figure")
    click.echo(f"  {'period':<15}{period['from']} to {period['to']} (not included), {period['zone']}")
    click.echo(f"  {'library':<15}{told['unit']}")
    click.echo(f"  {'known at':<15}{told['position'] or 'nothing was read yet'}")
    click.echo(f"  {'status':<15}{told['figure']['status']}")
    for name in ("value", "numerator", "denominator"):
        if whole[name] is not None:
            click.echo(f"  {name:<15}{whole[name]}")
    for name in parts:
        if name in whole["parts"]:
            click.echo(f"  {name:<15}{whole['parts'][name]}")


def _tell_query(told: dict[str, Any]) -> None:
    _head("The query that computed it")
    click.echo(told["query"].rstrip())
    for number, (name, value) in enumerate(told["parameters"].items(), start=1):
        click.echo(f"  ${number} {name} = {'null' if value is None else value}")


def _tell_rows(told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    _head("The rows of the ledger behind it")
    if told["subjects"]:
        counted = told["subjects"]
        sums = [f"{name} {counted[name]}" for name in ("numerator", "denominator") if counted[name] is not None]
        click.echo(f"  {counted['number']} subjects" + (f", together {' and '.join(sums)}" if sums else ""))
    for row in rows:
        place = f"{row['topic']} {row['partition']} {row['offset']}"
        what = f"{row['type'] or row['class']}  {row['subject'] or '-'}"
        click.echo(f"  {row['number']:>8}  {place:<28} {row['time'] or '-':<27} {what}")
    if told["next"] is not None:
        click.echo("  … and more: see them all with --all")


def _tell_event(url: str, row: dict[str, Any]) -> None:
    import json

    event = _get(f"{url}/events/{row['number']}", {})
    place = f"partition {row['partition']}, offset {row['offset']}"
    _head(f"One of them: {row['topic']}, {place}")
    click.echo(json.dumps(event["event"], indent=2, ensure_ascii=False))
    at = f"{row['partition']}:{row['offset']}"
    click.echo(f"\nSee that record on its topic with: omatoimi follow {row['topic']} --at {at} --json --count 1")
