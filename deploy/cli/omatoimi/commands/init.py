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

# The city's departments, by codes of your own, which own premises and organise. The libraries' own is `library`.
departments: [library, school, youth, culture, sports]

# The libraries, each under a code of lower-case letters, digits and hyphens, with the districts of its service area,
# by which decisions come to its pages. The codes of districts are the city's own; write numbers in quotes.
libraries:
  my-library:
    districts: ["01", "02"]

# The layouts of decision records that can be read: ahjo (JSON of Ahjo's interface), helsinki-minutes (printed minutes).
registers: []

# The tables beside this file by which decisions find the districts that they concern: the districts with their names,
# and all names that people use for places. services/decisions/README.md says what their columns mean. Without them, and
# where no records of decisions are read, leave it out.
gazetteer:
  districts: districts.csv
  places: places.csv

# Who signs persons in: an OpenID Connect provider, the clients to which it gives tokens (each is a channel), and what
# its groups make of staff, who sign in by the methods named. Without it nobody signs in.
# identity:
#   issuer: https://sign-in.example/realms/city
#   audience: omatoimi-api
#   clients: {{omatoimi-web: web}}
#   non_external_authentication_methods: [city-accounts]
#   groups:
#     library-staff: [{{role: staff, unit: my-library}}]
#     school: [{{role: department, department: school}}]
#     management: [{{role: director}}]

# For how many days what is held of persons is kept, after its last use, its end, its entry, its sending.
# retention: {{contact_details: 730, memberships: 730, access_log: 730, messages: 90}}

# From whom the mails to persons come. Without an address they go nowhere but into a folder.
# messages:
#   name: My library
#   address: library@example.org

# Where people turn to, for the pages of contact and accessibility; each line may be left out. `supervisor: traficom`
# tells, in Finland, who supervises accessibility by Act 306/2019.
# contact:
#   name: {{en: My library, fi: Minun kirjastoni}}
#   address: Library Street 1
#   feedback: https://example.org/feedback

# The days of the pilot, both included: what `omatoimi report` tells of without other days. It may be left out.
# pilot: {{first: 2027-02-01, last: 2027-07-31}}
"""
TABLES = {
    "districts.csv": """\
code,name_en,name_fi
01,Old Harbour,Vanha satama
02,Mill Hill,Myllymäki
""",
    "places.csv": """\
name,language,kind,districts,caution
Old Harbour,en,district,01,
Mill Hill,en,district,02,
Vanha satama,fi,district,01,
Myllymäki,fi,district,02,
Fish Market,en,everyday,01;02,
""",
}
"""What `TEMPLATE` names, beside it."""


@click.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("installation.yaml"))
def command(file: Path) -> None:
    """Write a commented file for another library, and the tables that it names beside it, to be changed; FILE is
    installation.yaml if not given."""
    import shlex

    from omatoimi_platform.errors import PlatformError

    texts = {file: TEMPLATE.format(file=shlex.quote(str(file.resolve())))}
    texts |= {file.with_name(name): text for name, text in TABLES.items()}
    if there := next(filter(Path.exists, texts), None):
        raise PlatformError(f"{there} is there already, and stays as it is: name another file, or remove it.")
    for path, text in texts.items():
        with path.open("x", encoding="utf-8") as made:
            made.write(text)
    click.echo(f"Wrote {', '.join(map(str, texts))}. Next: change them for your city and library, then start with")
    click.echo(f"  OMATOIMI_INSTALLATION={shlex.quote(str(file.resolve()))} omatoimi up")
    click.echo("What is wrong in it is told then, in one sentence.")
