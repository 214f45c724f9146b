"""The cells of docs/access.md, as somebody reads them: each operation, each role, and how near the thing is."""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.access import Role
from omatoimi.access import FILE, Operation, everything

COLUMNS = (None, Role.RESIDENT, Role.DEVICE, Role.STAFF)
NEAR = [(False, False), (False, True), (True, False), (True, True)]
"""Whether the thing is its own, and whether it is of its library."""
OPERATIONS = {one.name: one for one in everything()}


@dataclass(frozen=True)
class Case:
    """A caller at an operation: its role (None: no key), whether the thing is its own, whether it is of its library,
    and whether the table lets it."""

    operation: Operation
    role: Role | None
    own: bool
    there: bool
    allowed: bool

    @property
    def channel(self) -> str:
        """The name of the channel that asks: it tells whose, what and where it is."""
        return f"{'own' if self.own else 'other'}-{self.role}-{'vallila' if self.there else 'kallio'}"

    def __str__(self) -> str:
        return f"{self.operation.name} {self.channel if self.role else 'no key'}"


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
    for role, cell in zip(COLUMNS, row, strict=True):
        words = cell.split(", ")
        for own, there in NEAR if depends and role else NEAR[:1]:
            near = ("own" in words and own) or ("of its library" in words and there)
            yield Case(operation, role, own, there, "yes" in words or near)
