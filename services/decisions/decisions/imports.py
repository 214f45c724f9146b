"""The city's records in files, as requests that go through the service's own endpoint."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from omatoimi_contracts.codec import TOO_DEEP, Malformed, parse
from omatoimi_contracts.requests import RecordRequested
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from decisions.domain.page import decode
from decisions.reading import DUMPS, digest_of, own_id

OWN = Path(__file__).parent / "records" / "helsinki_2014-05-14_50.txt"
"""The decision that this product stands on; it ships with it (records/SOURCE.md)."""

SINGLE = (("Handlings", "case"), ("Content", "decision"), ("Agenda", "meeting"))
"""A field that tells the kind of a record that stands in a file by itself."""
SUFFIXES = (".json", ".txt")
MAX_BYTES = 950_000
"""Of one record: a request has room for 1 MB."""


@dataclass(frozen=True, slots=True)
class ToImport:
    """One record of a file. `record` is its own id as the file has it; `id` follows from the content alone, so that an
    import may be repeated, or go on where it broke off."""

    path: Path
    record: str
    id: UUID
    data: RecordRequested


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file, or a record in it, that no request can be made of. `record` is its own id, else its place in the file."""

    path: Path
    record: str
    reason: str


def files(given: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and in folders those that may hold records, each once."""
    seen: set[Path] = set()
    for path in given:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            wanted = one == path or (one.suffix.lower() in SUFFIXES and not one.is_dir())
            if wanted and not (one.is_dir() or one in seen):
                seen.add(one)
                yield one


def requests(files: Iterable[Path]) -> Iterator[ToImport | UnreadableFile]:
    """Yield the records of these files in their order: `.json` of the case system (a dump such as `{"cases": […]}`, one
    record by itself or a list of such), `.txt` with minutes. Nothing is passed over: what is no record is told."""
    for path in files:
        try:
            yield from _of_file(path)
        except OSError as error:
            yield UnreadableFile(path, "-", f"it cannot be read: {error.strerror or error}")


def _of_file(path: Path) -> Iterator[ToImport | UnreadableFile]:
    match path.suffix.lower():
        case ".txt":
            yield _request(path, path.stem, "minutes", text=_text(path.read_bytes()))
        case ".json":
            try:
                payload = json.loads(path.read_bytes())
            except UnicodeDecodeError as error:
                yield UnreadableFile(path, "-", f"it is not UTF-8, as JSON is: the byte {error.start} fits nothing")
            except RecursionError:
                yield UnreadableFile(path, "-", TOO_DEEP)
            except ValueError as error:
                yield UnreadableFile(path, "-", f"it is no JSON: {error}")
            else:
                yield from _records(path, payload)
        case _:
            yield UnreadableFile(path, "-", "it is neither .json of the case system nor minutes as .txt")


def _text(content: bytes) -> str:
    try:
        return decode(content)
    except ValueError:
        # Told by the service, with all other refusals.
        return content.decode("latin-1")


def _records(path: Path, payload: Any) -> Iterator[ToImport | UnreadableFile]:
    for place, kind, record in _found(payload):
        if kind is None:
            yield UnreadableFile(path, place, str(record))
        elif not isinstance(record, dict):
            yield UnreadableFile(path, place, "it is no JSON object")
        else:
            yield _request(path, place, kind, content=record)


def _found(payload: Any) -> Iterator[tuple[str, str | None, Any]]:
    """Place, kind and content of each record; where the kind is None, why there is none."""
    if isinstance(payload, list) and any(map(_kind, payload)):
        for at, one in enumerate(payload):
            kind = _kind(one)
            yield f"[{at}]", kind, one if kind else "it is no record of a kind that is known"
        return
    if kind := _kind(payload):
        yield "-", kind, payload
        return
    names = {name.lower(): name for name in payload} if isinstance(payload, Mapping) else {}
    dumps = [(kind, names[name]) for kind, name in DUMPS.items() if name in names]
    for kind, name in dumps:
        if isinstance(payload[name], list):
            yield from ((f"{name}[{at}]", kind, one) for at, one in enumerate(payload[name]))
        else:
            yield name, None, f"{name} is no list of records"
    if not dumps:
        yield "-", None, "it holds no record of the city"


def _kind(record: Any) -> str | None:
    """Return the kind of a record by itself."""
    if not isinstance(record, Mapping):
        return None
    return next((kind for field, kind in SINGLE if field in record), None)


def _request(path: Path, place: str, kind: str, **fields: Any) -> ToImport | UnreadableFile:
    try:
        data = RecordRequested(kind=kind, **fields)
        # As the endpoint will read it.
        written = json.dumps(data.model_dump(mode="python", by_alias=True, exclude_none=True), ensure_ascii=False)
        if len(written.encode()) > MAX_BYTES:
            return UnreadableFile(path, place, f"it is larger than the {MAX_BYTES:,} bytes that a request has room for")
        parse(written.encode())
    except ValidationError as error:
        return UnreadableFile(path, place, str(error.errors()[0]["msg"]))
    except Malformed as fault:
        return UnreadableFile(path, place, fault.reason)
    except UnicodeEncodeError:
        return UnreadableFile(
            path, place, "it names half a character (a lone surrogate, such as \\ud800), which no text has"
        )
    except (RecursionError, PydanticSerializationError):
        return UnreadableFile(path, place, TOO_DEEP)
    id_ = uuid5(NAMESPACE_URL, f"omatoimi:record:{kind}:{digest_of(data)}")
    return ToImport(path, own_id(data) or place, id_, data)
