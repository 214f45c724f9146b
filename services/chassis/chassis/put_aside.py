"""Tell in words what a service put aside, by reason, for the staff of the libraries (`GET /v1/dead-letters`).

A letter may hold anything at any place, the name of a person where a type should stand: nothing of it is shown but its
type, its source and its id, each once it has been seen to have its form, and of the pointer to its fault the names that
the contract itself gives. Bytes, and the sentence for who mends it, are for the command `omatoimi dead-letters`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from asyncpg import Record as Row
from omatoimi_contracts.catalogue import TYPES, event_model
from omatoimi_contracts.event import Envelope, Source
from pydantic import TypeAdapter, ValidationError

from chassis.database import Connection
from chassis.record import DeadLetterState, Record

TYPE = re.compile(r"omatoimi(\.[a-z]+(-[a-z]+)*){1,3}\.v[1-9][0-9]?", re.ASCII)
LONGEST_TYPE = 80
MOST_READ = 300_000
"""Bytes of a letter that are read for its type: an event has at most 256 kB."""
OF_EACH = 3
"""So many letters of a kind are shown, the newest; how many there are is counted."""
SOURCE = TypeAdapter[str](Source)

LIST = """
with each as (
    select number, topic, partition, "offset", pointer, event_id, at, state,
        coalesce(code, 'other') as code, type, source,
        row_number() over (partition by code, type, source order by number desc) as nth,
        count(*) over kind as letters,
        count(*) filter (where state = 'open') over kind as open,
        count(*) filter (where state = 'retried') over kind as retried,
        min(at) over kind as first_at,
        max(number) over kind as newest
    from chassis.dead_letter
    window kind as (partition by code, type, source)
)
select each.*, c.name as channel from each left join chassis.channel c using (source)
where nth <= $1 and ($2::bigint is null or newest < $2)
order by newest desc, number desc limit $3
"""


class Letter(TypedDict):
    """Where a letter stands, and how far it is: `pointer` shows as much of the place of its fault as is no word of its
    sender's."""

    number: int
    topic: str
    partition: int
    offset: int
    state: DeadLetterState
    at: str
    pointer: str
    id: NotRequired[str]


class PutAside(TypedDict):
    """Letters of one reason, type and source: why, in words, how many and how far they are, and the last of them."""

    code: str
    type: NotRequired[str]
    source: NotRequired[str]
    channel: NotRequired[str]
    reason: str
    count: int
    open: int
    retried: int
    first_at: str
    last_at: str
    letters: list[Letter]


class ListedLetters(TypedDict):
    """What a service put aside, by kind, and how many letters wait; `next` is the number before which the next kinds
    stand, where there are more."""

    service: str
    open: int
    kinds: list[PutAside]
    next: int | None


def named(record: Record) -> tuple[str | None, str | None, UUID | None]:
    """Return the type, source and id that a letter tells of itself, each None where it has not its form."""
    told = _attributes(record)
    type_, source = str(told.get("type", "")), str(told.get("source", ""))
    try:
        id_ = UUID(str(told.get("id")))
    except ValueError:
        id_ = None
    known = type_ in TYPES or (len(type_) <= LONGEST_TYPE and TYPE.fullmatch(type_) is not None)
    return type_ if known else None, source if _is_source(source) else None, id_


def _attributes(record: Record) -> Mapping[str, Any]:
    prefixes = ("ce_", "ce-")
    headers = {name[3:].lower(): value for name, value in record.headers if name[:3].lower() in prefixes}
    if headers:
        return {name: (value or b"").decode(errors="replace") for name, value in headers.items()}
    try:
        document = json.loads(record.value or b"") if len(record.value or b"") <= MOST_READ else None
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_source(text: str) -> bool:
    try:
        SOURCE.validate_python(text)
    except ValidationError:
        return False
    return True


async def kinds(
    conn: Connection, words: Mapping[str, str], limit: int, before: int | None
) -> tuple[list[PutAside], int | None]:
    """Return at most so many kinds of letters (one reason, type and source), the one with the newest letter first, and
    the number before which the next stand, where there are more."""
    rows = await conn.fetch(LIST, OF_EACH, before, OF_EACH * (limit + 1))
    found = [_kind(list(letters), words) for _, letters in groupby(rows, key=lambda row: row["newest"])]
    shown = found[:limit]
    return shown, shown[-1]["letters"][0]["number"] if len(found) > limit and shown else None


def _kind(rows: list[Row], words: Mapping[str, str]) -> PutAside:
    first = rows[0]
    told: PutAside = {
        "code": first["code"],
        "reason": in_words(words, first["code"], first["channel"], first["source"]),
        "count": first["letters"],
        "open": first["open"],
        "retried": first["retried"],
        "first_at": first["first_at"].isoformat(),
        "last_at": first["at"].isoformat(),
        "letters": [_letter(row) for row in rows],
    }
    if first["type"] is not None:
        told["type"] = first["type"]
    if first["source"] is not None:
        told["source"] = first["source"]
    if first["channel"] is not None:
        told["channel"] = first["channel"]
    return told


def _letter(row: Row) -> Letter:
    told: Letter = {
        "number": row["number"],
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "state": DeadLetterState(row["state"]),
        "at": row["at"].isoformat(),
        "pointer": _known(row["pointer"], row["type"]),
    }
    return {**told, "id": str(row["event_id"])} if row["event_id"] else told


def in_words(words: Mapping[str, str], code: str, channel: str | None, source: str | None) -> str:
    """Say why something was put aside, and by whom it was sent."""
    who = "channel" if channel else "source" if source else "nobody"
    sender = words[f"put-aside.who.{who}"].format(name=channel or source)
    return words.get(f"put-aside.{code}", words["put-aside.other"]).format(sender=sender)


def _known(pointer: str, type_: str | None) -> str:
    """Return the pointer as far as its names are the contract's own: what stands there else is the sender's word."""
    names, known = _names(type_ if type_ in TYPES else None), ""
    for name in pointer.split("/")[1:]:
        if name not in names and not re.fullmatch("[0-9]{1,4}", name, re.ASCII):
            break
        known += f"/{name}"
    return known


@cache
def _names(type_: str | None) -> frozenset[str]:
    """Return the names of all that an event of this type has; without one, of what every event has."""
    if type_ is None:
        return frozenset({*Envelope.model_fields, "data"})
    return frozenset(_properties(event_model(TYPES[type_]).model_json_schema(by_alias=True)))


def _properties(schema: Any) -> Iterator[str]:
    for name, part in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if name == "properties":
            yield from part
        if isinstance(part, dict | list):
            yield from _properties(part)
