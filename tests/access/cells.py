"""The cells of docs/access.md, as somebody reads them: each operation, each role, and how near the thing is."""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.access import Role
from omatoimi.access import COLUMNS, FILE, NOBODY, Operation, everything

NEAR = [(False, False), (False, True), (True, False), (True, True)]
"""Whether the thing is its own, and whether it is of its library or department."""
OPERATIONS = {one.name: one for one in everything()}


@dataclass(frozen=True)
class Case:
    """A caller at an operation: its role (None: no key), whether it is a person, whether the thing is its own, whether
    it is of its library or department, whether the table lets it, and whether it lets it with some thing or other."""

    operation: Operation
    role: Role | None
    person: bool
    own: bool
    there: bool
    allowed: bool
    for_some: bool

    @property
    def caller(self) -> str:
        """The name of who asks, a channel's or a person's: it tells whose, what and where it is."""
        kind = "person" if self.person else "own" if self.own else "other"
        return f"{kind}-{self.role}-{'vallila' if self.there else 'kallio'}"

    def __str__(self) -> str:
        whose = " of its own" if self.person and self.own else ""
        return f"{self.operation.name} {self.caller if self.role else 'no key'}{whose}"


def cases() -> list[Case]:
    """Every cell of the committed table; those that depend on the thing, with each nearness."""
    return [case for name, words in _rows() for case in _of_row(OPERATIONS[name], words)]


def _rows() -> Iterator[tuple[str, list[str]]]:
    service = ""
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif line.startswith("| `"):
            operation, *words = [cell.strip() for cell in line.strip("|").split("|")]
            yield f"{service}: {operation.strip('`')}", words


def _of_row(operation: Operation, row: list[str]) -> Iterator[Case]:
    depends = operation.may.needs_thing
    for (role, person), cell in zip(COLUMNS, row, strict=True):
        words = cell.split(", ")
        # Nothing is a service's own: it may make none of the things that rights look at.
        for own, there in NEAR if depends and role and role is not Role.SERVICE else NEAR[:1]:
            house = "of its library" in words or "of its department" in words
            near = ("own" in words and own) or (house and there) or "signed in" in words
            # A list holds what is near, and is for whoever has anything there.
            listed = not depends and words != [NOBODY]
            allowed = "yes" in words or near or listed
            yield Case(operation, role, person, own, there, allowed, for_some=words != [NOBODY])
