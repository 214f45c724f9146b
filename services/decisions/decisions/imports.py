"""The city's records in files, as requests that go through the service's own door."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from omatoimi_contracts.requests import RecordRequested

from decisions.domain.page import decode
from decisions.reading import DUMPS, digest_of, own_id

OWN = Path(__file__).parent / "records" / "helsinki_2014-05-14_50.txt"
"""The decision that this product stands on; it ships with it (records/SOURCE.md)."""

SINGLE = (("Handlings", "case"), ("Content", "decision"), ("Agenda", "meeting"))
"""A field that tells the kind of a record that stands in a file by itself."""


@dataclass(frozen=True, slots=True)
class ToImport:
    """One record of a file. `record` is its own id as the file has it; `id` follows from the content alone, so that an
    import may be repeated, or go on where it broke off."""

    path: Path
    record: str
    id: UUID
    data: RecordRequested


def requests(files: Iterable[Path]) -> Iterator[ToImport]:
    """The records of these files in their order: `.json` of the case system (a dump such as `{"cases": […]}`, or one
    record by itself), `.txt` with minutes. A file that holds no records is passed over."""
    for path in files:
        for asked in _minutes(path) if path.suffix == ".txt" else _records(path):
            id_ = uuid5(NAMESPACE_URL, f"omatoimi:record:{asked.kind}:{digest_of(asked)}")
            yield ToImport(path, own_id(asked) or path.stem, id_, asked)


def _minutes(path: Path) -> Iterator[RecordRequested]:
    content = path.read_bytes()
    try:
        text = decode(content)
    except ValueError:
        # Told by the service, with all other refusals.
        text = content.decode("latin-1")
    yield RecordRequested(kind="minutes", text=text)


def _records(path: Path) -> Iterator[RecordRequested]:
    try:
        payload = json.loads(path.read_bytes())
    except ValueError:
        return
    for kind, record in _found(payload) if isinstance(payload, Mapping) else ():
        yield RecordRequested(kind=kind, content=record)


def _found(payload: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, name in DUMPS.items():
        if isinstance(payload.get(name), list):
            yield from ((kind, record) for record in payload[name] if isinstance(record, dict))
            return
    for field, kind in SINGLE:
        if field in payload:
            yield kind, dict(payload)
            return
