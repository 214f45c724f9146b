"""What stands in an address or a header is composed, bounded and free of control characters before a route sees it."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from chassis.normalization import MAX_PATH, MAX_QUERY, Normalization, parameters_once
from chassis.problem import tell_problems
from fastapi import Depends, FastAPI, Query

from .test_problems import problem

DECOMPOSED, COMPOSED = "a\u0308", "\u00e4"


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[httpx.AsyncClient]:
    """Tells what it was asked: a word of the path, a word of the query, and several others."""
    app = FastAPI(dependencies=[Depends(parameters_once)])

    @app.get("/{word:path}")
    async def told(word: str, q: str = "", many: Annotated[list[str] | None, Query()] = None) -> list[object]:
        return [word, q, many]

    tell_problems(app)
    app.add_middleware(Normalization)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http:
        yield http


async def test_what_is_written_in_two_ways_arrives_as_one(echo: httpx.AsyncClient) -> None:
    for written in (DECOMPOSED, COMPOSED):
        text = quote(written)
        assert (await echo.get(f"/{text}?q={text}&many={text}&many=b")).json() == [COMPOSED, COMPOSED, [COMPOSED, "b"]]
    assert (await echo.get("/?q=a%09b%0D%0Ac")).json()[1] == "a b  c"
    problem(await echo.get("/a%0Ab"), 404, "unknown")
    kept = (await echo.get("/a%2Fb%20c?q=%26%3D%2B+%25%23")).json()
    assert kept == ["a/b c", "&=+ %#", None]


@pytest.mark.parametrize("sign", ["%00", "%01", "%1B", "%7F", "%C2%85", "%E2%80%A8", "%FF", "%ED%A0%80"])
async def test_what_no_text_has_is_nowhere_and_in_no_parameter(echo: httpx.AsyncClient, sign: str) -> None:
    problem(await echo.get(f"/a{sign}b"), 404, "unknown")
    problem(await echo.get(f"/a?q=a{sign}b"), 422, "malformed")
    problem(await echo.get(f"/a?{sign}=b"), 422, "malformed")


async def test_an_address_is_bounded(echo: httpx.AsyncClient) -> None:
    assert (await echo.get(f"/{'a' * (MAX_PATH - 1)}")).status_code == 200
    problem(await echo.get(f"/{'a' * MAX_PATH}"), 404, "unknown")
    problem(await echo.get(f"/?q={'a' * MAX_QUERY}"), 414, "too-long")
    problem(await echo.get("/?" + "&".join(["q=%20"] * 501)), 422, "malformed")


async def test_a_query_that_is_no_utf8_as_it_came_is_refused(echo: httpx.AsyncClient) -> None:
    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"q=\xff", "headers": []}
    transport = echo._transport
    assert isinstance(transport, httpx.ASGITransport)
    await transport.app(scope, receive, send)
    assert sent[0]["status"] == 422


async def test_a_parameter_or_header_that_stands_there_twice_is_refused_where_one_is_meant(
    echo: httpx.AsyncClient,
) -> None:
    told = problem(await echo.get("/?q=a&q=a"), 400, "malformed")
    assert told["parameter"] == "q"
    assert (await echo.get("/?many=a&many=a")).json()[2] == ["a", "a"]
    for name in ("Idempotency-Key", "Authorization", "Session", "Last-Event-ID"):
        told = problem(await echo.get("/", headers=[(name, "a"), (name.lower(), "b")]), 400, "malformed")
        assert told["header"] == name.lower()
    assert (await echo.get("/", headers=[("Accept", "text/html"), ("Accept", "text/csv")])).status_code == 200
