"""`omatoimi report`"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import date

    from chassis.installation import Pilot


def days(start: str | None, end: str | None, pilot: "Pilot | None") -> tuple[str, str] | None:
    """Return the first day and the one after the last: both as given, or the pilot's; None where that tells no
    period."""
    if start is None and end is None:
        return (pilot.first.isoformat(), pilot.end.isoformat()) if pilot else None
    return (start, end) if start is not None and end is not None else None


def _days(start: str | None, end: str | None, pilot: "Pilot | None") -> "tuple[date, date]":
    from datetime import date

    from omatoimi_platform.errors import PlatformError

    told = days(start, end, pilot)
    if told is None:
        raise PlatformError(
            "Which days? Give --from and --to; without both they are the pilot's, where the installation has one."
        )
    try:
        first, after = (date.fromisoformat(day) for day in told)
    except ValueError:
        raise PlatformError(f"{told[0]} and {told[1]} are not both days: give them as YYYY-MM-DD.") from None
    return first, after


@click.command("report")
@click.option("--from", "start", default=None, help="First local day, YYYY-MM-DD; the pilot's when neither is given.")
@click.option("--to", "end", default=None, help="The day after the last, YYYY-MM-DD.")
@click.option("--unit", default=None, help="The library; all of them when not given.")
@click.option(
    "--position", default=None, help="The log position it is known at, as a report prints it; now when not given."
)
@click.option("--format", "form", type=click.Choice(["html", "json", "csv"]), default="html", show_default=True)
@click.option("--lang", default=None, help="One of the installation's languages; its first when not given.")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True), default="-", help="A file; standard output by default."
)
def command(
    start: str | None, end: str | None, unit: str | None, position: str | None, form: str, lang: str | None, output: str
) -> None:
    """Print the report for a period, as known at a position of the log: the same call gives the same bytes."""
    import asyncio
    import hashlib
    from typing import cast

    from analytics import report
    from analytics.domain.period import NoPeriod, Period
    from analytics.domain.position import NoPosition, Position
    from analytics.store.figures import PositionAhead
    from chassis import Settings
    from omatoimi_platform.errors import PlatformError

    from omatoimi import running

    installation = Settings().installation
    spoken = lang or installation.languages[0]
    if spoken not in installation.languages:
        raise PlatformError(f"There is no language {spoken} here; there are: {', '.join(installation.languages)}.")
    try:
        period = Period(*_days(start, end, installation.pilot), installation.time_zone)
        place = Position.parse(position) if position else None
        made = report.make(
            running.dsn("analytics"),
            installation,
            period,
            unit=unit,
            position=place,
            form=cast(report.ReportFormat, form),
            language=spoken,
        )
        content = asyncio.run(made)
    except report.NoUnit as fault:
        raise PlatformError(str(fault)) from None
    except (NoPeriod, NoPosition) as fault:
        raise PlatformError(f"The report cannot be made so: {fault}.") from None
    except PositionAhead:
        raise PlatformError(
            "The ledger has not read the log that far yet: ask again, or leave the position out."
        ) from None
    with click.open_file(output, "wb") as file:
        file.write(content)
    if output != "-":
        click.echo(f"Wrote {len(content)} bytes to {output}, SHA-256 {hashlib.sha256(content).hexdigest()}")
