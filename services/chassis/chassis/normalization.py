"""Text from outside is bounded, composed (Unicode NFC) and free of control characters before anybody looks at it: one
layer over every route of every application, for addresses, queries and headers. Bodies pass the codec instead."""

import re
import unicodedata
from collections import Counter
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request as HttpRequest
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problem import Problem

MAX_PATH, MAX_QUERY, MAX_PARAMETERS = 2_000, 32_000, 500
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]")
"""What no address holds; the last stands where the server found no UTF-8."""
SPACES = str.maketrans("\t\r\n", "   ")
"""What was pasted into a field for one line is on one line."""
PLAIN = re.compile(rb"[!-$&-~]*")
"""A query of nothing but printable ASCII, in which nothing is encoded: as nearly all are."""
ONCE = frozenset(
    (
        b"authorization",
        b"content-type",
        b"content-language",
        b"idempotency-key",
        b"happened-at",
        b"assisted",
        b"traceparent",
        b"session",
        b"last-event-id",
        b"origin",
    )
)
"""Headers of which two would be two answers to one question. The attributes in `ce-` headers are the codec's."""


class Normalization:
    """Passes a request on with its address composed, or answers what is wrong with it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                _check_headers(scope["headers"])
                scope = {**scope, "path": _path(scope["path"]), "query_string": _query(scope["query_string"])}
            except Problem as problem:
                await problem.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _path(path: str) -> str:
    if len(path) > MAX_PATH or CONTROL.search(path):
        raise Problem(404, "unknown", "There is nothing at this address.")
    return unicodedata.normalize("NFC", path)


def _query(query: bytes) -> bytes:
    if len(query) > MAX_QUERY:
        raise Problem(414, "too-long", f"A query may have at most {MAX_QUERY} characters.")
    if PLAIN.fullmatch(query):
        return query
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError:
        raise Problem(422, "malformed", "The query is not UTF-8.") from None
    except ValueError:
        raise Problem(422, "malformed", f"A query has at most {MAX_PARAMETERS} parameters.") from None
    pairs = [(name, value.translate(SPACES)) for name, value in pairs]
    for name, value in pairs:
        if CONTROL.search(name + value):
            shown = CONTROL.sub(" ", name)[:40]
            detail = f"The parameter '{shown}' holds a character that no text has: a control character or no character."
            raise Problem(422, "malformed", detail, parameter=shown)
    composed = [(unicodedata.normalize("NFC", name), unicodedata.normalize("NFC", value)) for name, value in pairs]
    return urlencode(composed, quote_via=quote).encode()


def _check_headers(headers: list[tuple[bytes, bytes]]) -> None:
    if len({name for name, _ in headers}) < len(headers):
        for name, times in Counter(name for name, _ in headers).items():
            if times > 1 and name in ONCE:
                told = name.decode("latin-1")
                raise Problem(400, "malformed", f"The header '{told}' stands there twice; send it once.", header=told)


async def parameters_once(http: HttpRequest) -> None:
    """Refuse a parameter that stands twice where one value is asked for, as a doubled name in JSON is refused: of two
    values one would be passed over in silence."""
    if not http.scope["query_string"]:
        return
    declared = [one for one in get_flat_params(http.scope["route"].dependant) if isinstance(one.field_info, Query)]
    several = {one.alias for one in declared if _takes_several(one.field_info.annotation)}
    for name, times in Counter(name for name, _ in http.query_params.multi_items()).items():
        if times > 1 and name not in several:
            detail = f"The parameter '{name[:40]}' stands there twice; give it once."
            raise Problem(400, "malformed", detail, parameter=name[:40])


def _takes_several(annotation: Any) -> bool:
    return any(get_origin(one) in (list, tuple) for one in (annotation, *get_args(annotation)))
