"""CloudEvents 1.0 to `Event` and back: structured JSON, and binary mode on the way in.

Every refusal is a `Malformed` with one sentence and a JSON pointer to the fault.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError

from omatoimi_contracts.catalogue import TYPES, event_model
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.text import composed, has_identity_code
from omatoimi_contracts.vocabulary import ASKED, Fact, Lists, RequestData

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
MAX_DEPTH = 64
JSON = "application/json"
JSON_IN_UTF8 = re.compile(r'application/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?', re.IGNORECASE)
ATTRIBUTE = re.compile(r"[a-z0-9]+")
OF_THE_FORMAT = frozenset(("data", "data_base64", *RequestEvent.model_fields, *FactEvent.model_fields))
"""What the format and our own attributes are called; the models know what these hold."""
TOO_DEEP = f"the JSON is nested more than {MAX_DEPTH} deep"

IN_WORDS = {
    "missing": "this field is missing",
    "model_type": "a JSON object must stand here",
    "extra_forbidden": "there is no such field; see the schema",
}
"""Faults whose words would tell a programmer of ours more than the one who asks."""

Event = FactEvent[Fact] | RequestEvent[RequestData]
Headers = Iterable[tuple[str, bytes | None]]


class Malformed(ValueError):
    """It is no event of ours: `reason` says why in one sentence, `pointer` is the JSON pointer to the fault."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"{reason} (at {pointer})" if pointer else reason)
        self.reason, self.pointer = reason, pointer


class UnknownType(Malformed):
    """A well-formed CloudEvent whose type this version of the contract does not know."""

    def __init__(self, type_: str) -> None:
        super().__init__(f"the type {type_[:100]!r} is not in the contract", "/type")
        self.type = type_


def read(value: bytes | None, headers: Headers = (), lists: Lists = ASKED) -> Event:
    """Return the event in a record or body: structured mode, or binary mode when `ce_` headers say so.

    Raises `UnknownType` for a type not in the contract, `Malformed` for all else that is wrong.
    """
    if value is None:
        raise Malformed("the record has no value")
    binary = _binary_attributes(headers)
    document = parse(value)
    if binary is not None:
        attributes = json.dumps({name: told for name, told in binary.items() if name != "data"}).encode()
        return read_document({**binary, "data": document}, attributes[:-1] + b', "data": ' + value + b"}", lists)
    return read_document(document, value, lists)


def parse(value: bytes) -> Any:
    """Parse JSON that every reader takes for the same: UTF-8, no name twice in one object, no NaN, no number that some
    would round, no deep nesting.

    Raises `Malformed`.
    """
    try:
        document = STRICT.decode(value.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("the value is not UTF-8") from None
    except RecursionError:
        raise Malformed(TOO_DEEP) from None
    except ValueError as error:
        raise Malformed(f"the value is no JSON: {error}"[:200]) from None
    if HALF.search(value) and not _is_text(json.dumps(document, ensure_ascii=False)):
        raise Malformed("the JSON names half a character (a lone surrogate, such as \\ud800), which no text has")
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and _deeper_than(document, MAX_DEPTH):
        raise Malformed(TOO_DEEP)
    return document


def split(value: bytes) -> list[tuple[bytes, str | None]]:
    """Return the events of a batch (a JSON array), each as its bytes stand there and with its id where it has one, so
    that each is read by itself and one that is no event spoils no other.

    Raises `Malformed` when the array itself cannot be made out.
    """
    items: list[tuple[bytes, str | None]] = []
    try:
        text = value.decode("utf-8")
        sign, at = _sign(text, 0)
        if sign != "[":
            raise ValueError("it does not begin with '['")
        sign = ","
        if text.startswith("]", at):
            sign, at = _sign(text, at)
        while sign == ",":
            document, end = LENIENT.raw_decode(text, at)
            id_ = document.get("id") if isinstance(document, dict) else None
            items.append((text[at:end].encode(), id_ if isinstance(id_, str) and _is_text(id_) else None))
            sign, at = _sign(text, end)
        if sign != "]" or at != len(text):
            raise ValueError(f"it does not go on as an array at character {at}")
    except UnicodeDecodeError:
        raise Malformed("the batch is not UTF-8") from None
    except RecursionError:
        raise Malformed(TOO_DEEP) from None
    except ValueError as error:
        raise Malformed(f"the batch is no JSON array: {error}"[:200]) from None
    return items


def _is_text(text: str) -> bool:
    """Tell whether it can be written as UTF-8: JSON can name half a character, and no answer could tell it."""
    return not SURROGATE.search(text)


def _sign(text: str, at: int) -> tuple[str, int]:
    """Return the sign of an array that stands there, if any, and where what follows it begins."""
    found = SIGN.match(text, at)
    assert found is not None
    return found[1], found.end()


def read_document(document: Any, raw: bytes | None = None, lists: Lists = ASKED) -> Event:
    """Return the event in a parsed CloudEvent (see `parse`); `raw` are its bytes, where they are at hand. What a
    request names stands in `lists`, where the installation has a list of its own."""
    if not isinstance(document, dict):
        raise Malformed("a CloudEvent is a JSON object")
    type_ = document.get("type")
    if document.get("specversion") != "1.0":
        raise Malformed("the attribute 'specversion' must be '1.0'", "/specversion")
    if not isinstance(type_, str):
        raise Malformed("the attribute 'type' is missing or no string", "/type")
    kind = TYPES.get(type_)
    if kind is None:
        raise UnknownType(type_)
    settled = _conforming(document)
    if issubclass(kind, RequestData) and (raw is None or settled is not document or not _is_plain(raw)):
        settled = _as_asked(settled)
    if raw is None or settled is not document:
        document = settled
        try:
            raw = json.dumps(document, allow_nan=False).encode()
        except (ValueError, RecursionError):
            raise Malformed("the event is no JSON that every reader takes for the same") from None
    try:
        # by_name=False: a field with an alias has one name on the wire, though Python code may use the other.
        context = lists if issubclass(kind, RequestData) else None
        event = event_model(kind).model_validate_json(raw, strict=True, by_alias=True, by_name=False, context=context)
    except ValidationError as error:
        raise malformed(error) from None
    if isinstance(event, RequestEvent) and (b"\\u" in raw or has_identity_code(raw.decode())):
        _refuse_identity_codes(event)
    return event


def _is_plain(raw: bytes) -> bool:
    """Tell whether JSON holds nothing but ASCII, so that there is nothing to compose."""
    return raw.isascii() and b"\\u" not in raw


def _as_asked(document: dict[str, Any]) -> dict[str, Any]:
    """Return a request with all its text composed (Unicode NFC); itself where that changes nothing."""
    try:
        made = composed(document)
    except ValueError as error:
        raise Malformed(str(error)) from None
    return document if made == document else made


def _refuse_identity_codes(event: RequestEvent[RequestData]) -> None:
    """Refuse a request in which a personal identity code stands where a code of a list or the name of a thing is asked
    for: that goes on to a public topic, for ever. In free words it has been made unreadable by now."""
    told = event.model_dump(include={"subject", "language", "data"}, by_alias=True)
    for pointer, text in _texts(told):
        if has_identity_code(text):
            raise Malformed("a personal identity code has no place here; name it by a code of its own", pointer)


def _texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value, names of objects among them, with the pointer to where it stands."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(name, pointer)
            yield from _texts(one, f"{pointer}/{_escaped(str(name))}")
    elif isinstance(value, list | tuple):
        for at, one in enumerate(value):
            yield from _texts(one, f"{pointer}/{at}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _conforming(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as CloudEvents 1.0 has it, its data in `data`; itself where it is so already.

    `data_base64` holds the bytes of the data, which `datacontenttype` says to be JSON; that may name its charset. The
    name of an attribute has lower-case letters and digits, its value is a text, a truth or an integer.
    """
    changes: dict[str, Any] = {}
    media = document.get("datacontenttype")
    if isinstance(media, str) and media != JSON:
        if not JSON_IN_UTF8.fullmatch(media):
            raise Malformed(f"the data must be JSON in UTF-8: '{JSON}'", "/datacontenttype")
        changes["datacontenttype"] = JSON
    for name, value in document.items():
        if name in OF_THE_FORMAT:
            continue
        if not ATTRIBUTE.fullmatch(name):
            reason = f"the attribute name {name[:40]!r} is none: it has lower-case letters a to z and digits alone"
            raise Malformed(reason, f"/{_escaped(name[:40])}")
        if isinstance(value, dict | list | float):
            reason = "the value of an attribute is a text, true, false or an integer; what has parts belongs in 'data'"
            raise Malformed(reason, f"/{name}")
    if document.get("data_base64") is not None:
        changes["data"] = _from_base64(document)
    if not changes:
        return document
    return {name: value for name, value in document.items() if name != "data_base64"} | changes


def _from_base64(document: dict[str, Any]) -> Any:
    if document.get("data") is not None:
        raise Malformed("an event has 'data' or 'data_base64', and not both", "/data_base64")
    try:
        return parse(b64decode(document["data_base64"], validate=True))
    except Malformed as fault:
        raise Malformed(f"in what 'data_base64' holds, {fault.reason}", "/data_base64") from None
    except (TypeError, ValueError):
        raise Malformed("'data_base64' must be a text in Base64", "/data_base64") from None


def write(event: Event) -> bytes:
    """Return the event as structured JSON; attributes without a value are left out."""
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def malformed(error: ValidationError, prefix: str = "") -> Malformed:
    """Tell a validation error as one sentence and a pointer."""
    first = error.errors(include_url=False, include_context=False)[0]
    # "[key]" is the library's mark for "the key itself is wrong"; the pointer names the member.
    parts = [str(part) for part in first["loc"] if part != "[key]"]
    pointer = prefix + "".join("/" + _escaped(part) for part in parts)
    reason = IN_WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return Malformed(reason[:1].lower() + reason[1:], pointer)


def _deeper_than(document: Any, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        level = [child for node in level if isinstance(node, dict | list) for child in _children(node)]
    return any(isinstance(node, dict | list) for node in level)


def _children(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node


# Numbers that other readers would round or refuse (RFC 7493), so that one event has one digest everywhere.
def _no_number(text: str) -> Any:
    raise ValueError(f"{text[:40]} is no number that every reader takes for the same")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _exact(text: str) -> int:
    return int(text) if len(text) < 16 or abs(int(text)) < 2**53 else _no_number(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:40]!r} stands twice in one object")
    return document


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite, parse_int=_exact)
LENIENT = json.JSONDecoder(parse_int=len, parse_float=len)
"""Finds where a value ends, and judges nothing."""
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
SURROGATE = re.compile("[\ud800-\udfff]")
SIGN = re.compile(r"[ \t\r\n]*([\[\],]?)[ \t\r\n]*")


def _binary_attributes(headers: Headers) -> dict[str, Any] | None:
    """Return the attributes of binary mode, or None when the record is in structured mode. Headers of others may hold
    any bytes; only ours are read."""
    found: dict[str, Any] = {}
    media: dict[str, str] = {}
    for name, content in headers:
        if name.lower() == "content-type":
            media["datacontenttype"] = (content or b"").decode("utf-8", "replace").strip().lower()
            if media["datacontenttype"].startswith(STRUCTURED):
                return None
        if not name.lower().startswith(("ce_", "ce-")):
            continue
        attribute = name[3:].lower()
        if attribute in found:
            raise Malformed(f"the attribute '{attribute[:40]}' stands in two headers", f"/{attribute[:40]}")
        if content is None:
            raise Malformed(f"the header {name} has no value", f"/{attribute}")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed(f"the header {name} is not UTF-8", f"/{attribute}") from None
        # The Python SDK writes Python's own "True" where CloudEvents says "true".
        truth = {"true": True, "false": False}.get(text.lower()) if attribute in ("assisted", "outcome") else None
        found[attribute] = text if truth is None else truth
    return found | media if "specversion" in found or "type" in found else None


def header_list(headers: Mapping[str, str]) -> list[tuple[str, bytes | None]]:
    """Return HTTP headers in the shape that `read` takes. Over HTTP the attributes of binary mode are percent-encoded,
    and may stand in double quotes."""
    return [
        (name, _unescaped(content) if name.lower().startswith("ce-") else content.encode("latin-1", "replace"))
        for name, content in headers.items()
    ]


def _unescaped(content: str) -> bytes:
    if quoted := QUOTED.fullmatch(content):
        content = re.sub(r"\\(.)", r"\1", quoted[1])
    return unquote_to_bytes(content.encode("latin-1", "replace"))
