"""A record as it was sent, read by the domain: what is kept of it, that it is secret, or why it cannot be taken in."""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from chassis.installation import Installation
from omatoimi_contracts.requests import RecordRequested
from omatoimi_contracts.vocabulary import BodyId, CaseKey
from pydantic import TypeAdapter, ValidationError

from decisions.domain import ahjo, minutes
from decisions.domain.keys import act_name, case_number
from decisions.domain.minutes import Minutes, UnreadableMinutes
from decisions.domain.page import MOST_MARKS, stacks_marks
from decisions.domain.records import (
    Body,
    Case,
    CityRecord,
    Classification,
    Decision,
    Initiative,
    LanguageVersion,
    Meeting,
    Motion,
    RefusedRecord,
    Resolution,
    Secret,
    under,
)

DUMPS = {
    "case": "cases",
    "decision": "decisions",
    "meeting": "meetings",
    "initiative": "initiatives",
    "resolution": "resolutions",
}
"""The name that records of a kind have in the city's dumps."""

LAYOUTS = dict.fromkeys(DUMPS, "ahjo") | {"minutes": "helsinki-minutes"}
"""The layout in which records of a kind are read; an installation says which registers it has."""

IDS = {
    "case": ("CaseID", "CaseIDLabel"),
    "decision": ("NativeId",),
    "meeting": ("MeetingID",),
    "initiative": ("FileURI",),
    "resolution": ("FileURI",),
}
"""Where records of a kind hold their own id."""

StoredContent = CityRecord | Motion

CONTENT: dict[str, TypeAdapter[Any]] = {
    "case": TypeAdapter(Case),
    "decision": TypeAdapter(Decision),
    "motion": TypeAdapter(Motion),
    "meeting": TypeAdapter(Meeting),
    "initiative": TypeAdapter(Initiative),
    "resolution": TypeAdapter(Resolution),
}
"""How what is kept of each kind is written down."""

_KEY: TypeAdapter[str] = TypeAdapter(CaseKey)
_BODY: TypeAdapter[str] = TypeAdapter(BodyId)
MAX_ID = 500
MOST_PIECES = 10_000
"""Values that may be kept of a record: each is written, compared and told in the loop that books. The longest of the
city's records have 1,081."""


@dataclass(frozen=True, slots=True)
class SentRecord:
    """A record that was sent. `kind` is what it is kept as (minutes are a decision or a motion), `id` the record's own,
    `digest` that of what was sent. `source` is `register` or `minutes`; `own_key` is its key as it came, `act` what
    other sources call the same decision."""

    kind: str
    id: str
    content: StoredContent | Secret | RefusedRecord
    digest: str
    source: str
    own_key: str | None
    act: str | None

    @property
    def key(self) -> str:
        """The key that all language versions of a decision share; else the record's own id."""
        return self.content.key if isinstance(self.content, Decision | Motion | Secret) else self.id

    @property
    def case(self) -> str | None:
        """The case that it belongs to, or is."""
        if isinstance(self.content, Decision | Motion | Secret):
            return self.content.case
        return self.content.key if isinstance(self.content, Case) else None

    @property
    def mentions(self) -> tuple[str, ...]:
        """The cases and decisions that a meeting's agenda names."""
        return self.content.mentions if isinstance(self.content, Meeting) else ()

    def under(self, key: str) -> "SentRecord":
        """Return the same decision or motion under another key."""
        assert isinstance(self.content, Decision | Motion)
        return replace(self, content=under(key, self.content))


def name_digest(name: str) -> str:
    """Return the SHA-256 of a record's id or key: how it is named where its name must not be told."""
    return _sha256(name)


def own_id(asked: RecordRequested) -> str:
    """Return the record's own id as far as it can be told without reading all of it; empty where there is none."""
    content = asked.content or {}
    told = next((str(content[name]) for name in IDS.get(asked.kind, ()) if content.get(name)), asked.record or "")
    told = told.replace("\0", " ")
    return (case_number(told) or told) if asked.kind == "case" else told


def digest_of(asked: RecordRequested) -> str:
    """Return the SHA-256 of what was sent. ValueError where the request holds no record."""
    return _sha256(asked.text if asked.text is not None else _plain(asked.content))


def refused(asked: RecordRequested, code: str, reason: str) -> SentRecord:
    """Return a record that could not be read."""
    digest = digest_of(asked)
    id_ = own_id(asked) or digest
    source = "minutes" if asked.kind == "minutes" else "register"
    return SentRecord(asked.kind, id_, RefusedRecord("", id_, code, reason), digest, source, None, None)


def read(asked: RecordRequested, installation: Installation) -> SentRecord:
    """Read a record that is to be taken in. ValueError where the request holds none."""
    digest = digest_of(asked)
    id_, content, act = _read(asked, own_id(asked) or digest, installation)
    kind = _kept_as(content) or asked.kind
    if fault := _misnamed(id_, content):
        content = RefusedRecord("", id_, "bad-id", fault)
    if _pieces(content) > MOST_PIECES:
        content = RefusedRecord("", id_, "too-long", f"it has more than {MOST_PIECES} parts, paragraphs and documents")
    source = "minutes" if asked.kind == "minutes" else "register"
    own_key = content.key if isinstance(content, Decision | Motion | Secret) else None
    return SentRecord(kind, id_, content, digest, source, own_key, act)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(content: dict[str, Any] | None) -> str:
    if content is None:
        raise ValueError("a record that is taken back holds nothing to read")
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _read(
    asked: RecordRequested, id_: str, installation: Installation
) -> tuple[str, StoredContent | Secret | RefusedRecord, str | None]:
    """Return its own id, what is kept of it, and what other sources call it."""
    if stacks_marks(asked.text or _values(asked.content)):
        return id_, RefusedRecord("", id_, "bad-characters", f"more than {MOST_MARKS} marks stand on one letter"), None
    if asked.kind in LAYOUTS and LAYOUTS[asked.kind] not in installation.registers:
        there = ", ".join(installation.registers) or "none"
        return id_, RefusedRecord("", id_, "unknown-kind", f"of the layouts of records there is {there} here"), None
    if asked.text is not None and asked.kind == "minutes":
        return _minutes(asked.text, own_id(asked))
    if asked.content is None or asked.kind not in DUMPS:
        return id_, RefusedRecord("", id_, "unknown-kind", "no such kind of record is taken in in this form"), None
    if "\0" in _values(asked.content):
        return id_, RefusedRecord("", id_, "bad-characters", "it holds the null character"), None
    content = ahjo.READERS[DUMPS[asked.kind]](asked.content, "", installation.time_zone)
    match content:
        case Decision():
            return content.versions[0].id, content, act_name(content.body.name, content.date, content.section)
        case Secret():
            return content.id, content, content.act
        case RefusedRecord():
            return id_, content, None
    return content.key, content, None


def _values(value: Any) -> str:
    """Return all text of a JSON value, its names included."""
    if isinstance(value, dict):
        return "".join(_values(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return "".join(map(_values, value))
    return value if isinstance(value, str) else ""


def _pieces(value: object) -> int:
    """Tell how many values there are inside."""
    if isinstance(value, tuple | frozenset):
        return sum(map(_pieces, value))
    if is_dataclass(value):
        return sum(_pieces(getattr(value, field.name)) for field in fields(value))
    return 1


def _kept_as(content: StoredContent | Secret | RefusedRecord) -> str | None:
    if isinstance(content, Secret):
        return content.kind
    return None if isinstance(content, RefusedRecord) else type(content).__name__.lower()


def _misnamed(id_: str, content: StoredContent | Secret | RefusedRecord) -> str | None:
    """Tell why its names cannot stand on the event topic."""
    if isinstance(content, RefusedRecord):
        return None
    if len(id_) > MAX_ID:
        return "its own id is too long"
    try:
        if isinstance(content, Case | Decision | Motion):
            _KEY.validate_python(content.key)
        if isinstance(content, Decision | Motion):
            _KEY.validate_python(content.case)
            _BODY.validate_python(content.body.id if isinstance(content, Decision) else content.body)
    except ValidationError:
        return "its key, case or body has signs that no such name has"
    return None


def _minutes(text: str, given: str) -> tuple[str, StoredContent | Secret | RefusedRecord, str | None]:
    try:
        found = minutes.read(text)
    except UnreadableMinutes as refusal:
        return given or _sha256(text), RefusedRecord("", given, "not-minutes", refusal.reason), None
    id_, case = given or found.key, found.case_id or found.key
    act = act_name(found.decision_maker or found.body_named_on_page, found.date, found.section)
    if ahjo.is_secret(found.title):
        return id_, Secret("decision", id_, found.key, found.case_id, act), act
    if found.kind == "motion":
        return id_, _motion(found, case), act
    return id_, _decision(found, case, id_), act


def _decision(found: Minutes, case: str, id_: str) -> Decision:
    by_the_body = found.decision_maker in (None, found.body_named_on_page)
    name = found.decision_maker or found.body_named_on_page
    return Decision(
        key=found.key,
        case=case,
        body=Body(found.body, name, "", "", "body" if by_the_body else "official", None),
        date=found.date,
        decided=None,
        section=found.section,
        meeting=None,
        classification=Classification("", ""),
        versions=(LanguageVersion(id_, found.language, found.title, found.sections, (), frozenset()),),
        motion=None,
        votes=(),
        documents=(),
        earlier=(),
    )


def _motion(found: Minutes, case: str) -> Motion:
    return Motion(
        key=found.key,
        case=case,
        body=found.body,
        meeting=None,
        date=found.date,
        title=found.title,
        language=found.language,
        sections=found.sections,
        flags=frozenset(),
    )
