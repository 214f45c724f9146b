"""`omatoimi init`"""

from pathlib import Path

import click

TEMPLATE = """\
# Whose city, and whose libraries. Change what stands here, then start with OMATOIMI_INSTALLATION={file}

# The city's name in all addresses of events: lower-case letters and hyphens. It never changes once events were told.
municipality: my-city

# Whose clock opening hours, days and months go by: a name of the IANA data base. Set it before the first booking.
time_zone: Europe/Helsinki

# The languages of the pages, the first for whoever asks for none of them: fi, sv, en.
languages: [en, fi]

# The libraries, each under a code of lower-case letters, digits and hyphens, with the districts of its service area,
# by which decisions come to its pages. The codes of districts are the city's own; write numbers in quotes.
libraries:
  my-library:
    districts: ["01", "02"]

# The layouts of decision records that can be read: ahjo (JSON of Ahjo's interface), helsinki-minutes (printed minutes).
registers: []

# The days of the pilot, both included: what `omatoimi report` tells of without other days. It may be left out.
# pilot: {{first: 2027-02-01, last: 2027-07-31}}
"""


@click.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("installation.yaml"))
def command(file: Path) -> None:
    """Write a commented file for another library, to be changed; FILE is installation.yaml if not given."""
    import shlex

    from omatoimi_platform.errors import PlatformError

    try:
        with file.open("x", encoding="utf-8") as made:
            made.write(TEMPLATE.format(file=shlex.quote(str(file.resolve()))))
    except FileExistsError:
        raise PlatformError(f"{file} is there already, and stays as it is: name another file, or remove it.") from None
    click.echo(f"Wrote {file}. Next: change it for your city and library, then start with")
    click.echo(f"  OMATOIMI_INSTALLATION={shlex.quote(str(file.resolve()))} omatoimi up")
    click.echo("What is wrong in it is told then, in one sentence.")
