"""Makes docs/access.md: who may do and read what, of all services, from what stands beside each registration.

python -m omatoimi.access            writes it
python -m omatoimi.access --check    writes nothing; one sentence when it is not current, and exit code 1
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from chassis import http
from chassis.access import OF_CHANNELS, OF_PERSONS, May, Role
from chassis.endpoints import endpoints_of
from chassis.service import Service
from chassis.settings import Settings
from omatoimi_contracts.vocabulary import RequestData
from omatoimi_platform.home import CHECKOUT

from omatoimi.services import MAKERS

FILE = CHECKOUT / "docs" / "access.md"
HEAD = """# Who may do what

Made by `python -m omatoimi.access` from the `may=` that stands beside each act and each read; `make check` holds it
current, and [tests/access](../tests/access) tries each cell by HTTP and by Kafka. Why it is so:
[ADR 0018](adr/0018-access-as-data.md).

A **channel** has one or more roles; it may what one of them may. A **resident's** channel asks for residents (a web
page, a telephone); a **device** stands in a library and sees what happens there (a door, a counter, a kiosk); **staff**
acts for the library; a **service** is another one of this installation. `own`: of what came from this channel and is no
person's. `of its library`: of what belongs to the channel's own library. `shown`: of what everybody may see at that
moment. The types that a key is meant for may narrow this further.

A **person** signs in at a channel, which sends their token beside its key; then counts what they may, and nothing of
what the channel itself may ([ADR 0024](adr/0024-persons-as-callers.md)). Everybody who has signed in is a **resident**;
by their token some are **staff** of a library, or of a **department** that owns premises, answer residents
(**participation**), or are a **director**. `own`: of what they asked for, or what stands in the name of an association
that they may act for now. `of its library`, `of its department`: where they have that role; a list shows what is there.

The same holds for an act at its address and as a CloudEvent. A record on Kafka acts as its channel alone.
"""
COLUMNS: tuple[tuple[Role | None, bool], ...] = (
    (None, False),
    *((role, False) for role in OF_CHANNELS),
    *((role, True) for role in OF_PERSONS),
)
"""Who asks: nobody's key, a channel by its role, a person by theirs."""
NOBODY = "—"


@dataclass(frozen=True)
class Operation:
    """An act, with the type that is asked for, or a read."""

    service: str
    method: str
    path: str
    may: May
    kind: type[RequestData] | None = None

    @property
    def name(self) -> str:
        return f"{self.service}: {self.method} {self.path}"

    def cell(self, role: Role | None, person: bool) -> str:
        """Tell what this role of a channel or of a person may, in words; None is who has no key. A person may besides
        what every resident may."""
        roles = {role, Role.RESIDENT} if person else {role}
        grants = [
            grant
            for grant in self.may.grants
            if grant.roles is None or (roles & grant.roles and grant.persons in (None, person))
        ]
        words = list(dict.fromkeys(grant.words for grant in grants))
        return "yes" if "yes" in words else ", ".join(words) or NOBODY


def operations(service: Service) -> Iterator[Operation]:
    """Yield all acts of a service, then all reads. Raises TypeError for one that does not say who may."""
    assert service.api is not None
    for _, handler in sorted(service.handlers.handlers.items()):
        if handler.may is not None and handler.path is not None and issubclass(handler.kind, RequestData):
            yield Operation(service.name, "POST", handler.path, handler.may, handler.kind)
    for (method, path), may in sorted(endpoints_of(service.api).items()):
        yield Operation(service.name, method, path, may)


def everything() -> list[Operation]:
    """Return the operations of all services; those that each has are told under `every service`."""
    of_each = [
        Operation("every service", method, path, may) for (method, path), may in endpoints_of(http.events).items()
    ]
    return [one for make in MAKERS.values() for one in operations(make(Settings()))] + of_each


def table() -> str:
    """Return the page, with one table a service."""
    parts, found = [HEAD], everything()
    for service in dict.fromkeys(one.service for one in found):
        heads = [_head(role, person) for role, person in COLUMNS]
        rows = [f"| operation | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
        for one in found:
            if one.service == service:
                cells = [one.cell(*column) for column in COLUMNS]
                rows.append(f"| `{one.method} {one.path}` | {' | '.join(cells)} |")
        parts.append("\n".join([f"\n## {service}\n", *rows]) + "\n")
    return "".join(parts)


def _head(role: Role | None, person: bool) -> str:
    return "without a key" if role is None else f"{'person' if person else 'channel'}: {role}"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    made = table()
    if not arguments:
        FILE.write_text(made, "utf-8")
    elif not FILE.exists() or FILE.read_text("utf-8") != made:
        print("docs/access.md is not current: run python -m omatoimi.access")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
