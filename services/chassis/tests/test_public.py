"""Every answer on a public port, whatever gives it, keeps the habits of HTTP: a host that is ours, security headers,
HEAD and OPTIONS, entity tags, compression, and a connection that stays open also after a fault."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from chassis import Settings
from chassis.http import STATIC
from chassis.problem import Problem, tell_problems
from chassis.public import PublicPort
from chassis.server import listen, serve
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

LONG = {"rooms": ["kerhohuone"] * 200}
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def application() -> FastAPI:
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    tell_problems(api)
    within = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    tell_problems(within)

    @api.get("/rooms")
    @within.get("/rooms")
    async def rooms() -> JSONResponse:
        return JSONResponse(LONG)

    @api.post("/rooms")
    async def add() -> JSONResponse:
        return JSONResponse({}, 201)

    @api.delete("/rooms/{room}")
    async def take_out(room: str) -> JSONResponse:
        raise Problem(404, "unknown", f"There is no room {room}.")

    @api.get("/secret")
    async def secret() -> Response:
        return Response("once", headers={"Cache-Control": "no-store"})

    @api.get("/breaks")
    async def breaks() -> None:
        raise ZeroDivisionError

    @api.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"data: again\n\n"
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), media_type="text/event-stream")

    api.mount("/within", within)
    api.mount("/static", StaticFiles(directory=STATIC))
    return api


@asynccontextmanager
async def opened(**given: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings, sock, stop = Settings(**given), listen("127.0.0.1", 0), asyncio.Event()
    server = asyncio.create_task(serve(PublicPort(application(), settings), sock, stop, settings))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}", timeout=60) as http:
            yield http
    finally:
        stop.set()
        await server


EVERYTHING = ["/rooms", "/within/rooms", "/static/omatoimi.css", "/nowhere", "/within/nowhere", "/breaks", "/secret"]


async def test_every_answer_has_the_security_headers_and_those_over_tls_say_so() -> None:
    async with opened(trusted_proxies="127.0.0.1") as http:
        for path in EVERYTHING:
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                answer = await http.request(method, path)
                assert SECURITY.items() <= dict(answer.headers).items(), (method, path)
                policy = answer.headers["content-security-policy"]
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert "permissions-policy" in answer.headers
                assert "strict-transport-security" not in answer.headers
        over_tls = await http.get("/rooms", headers={"X-Forwarded-Proto": "https"})
        assert "max-age" in over_tls.headers["strict-transport-security"]
        refused = await http.get("/rooms", headers={"Host": "evil.example"})
        assert SECURITY.items() <= dict(refused.headers).items()


async def test_only_names_of_this_installation_are_served() -> None:
    async with opened(allowed_hosts="omatoimi.example, kirjasto.example") as http:
        port = http.base_url.port
        ours = ("localhost", "127.0.0.1:1", "[::1]:80", "Omatoimi.Example", "kirjasto.example:443")
        for host in ours:
            assert (await http.get("/rooms", headers={"Host": host})).status_code == 200, host
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]"):
            for path in EVERYTHING:
                answer = await http.get(path, headers={"Host": host})
                assert (answer.status_code, answer.json()["title"]) == (421, "Other host"), (host, path)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /rooms HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")
        writer.close()
    async with opened(allowed_hosts="*") as http:
        assert (await http.get("/rooms", headers={"Host": "evil.example"})).status_code == 200


async def test_head_is_get_without_its_body() -> None:
    async with opened() as http:
        for path in (*EVERYTHING, "/stream"):
            head = await http.head(path)
            assert head.content == b""
            if path == "/stream":
                assert head.headers["content-type"].startswith("text/event-stream")
                continue
            get = await http.get(path)
            assert (head.status_code, head.headers) == (get.status_code, get.headers) or {
                **head.headers,
                "date": "",
            } == {**get.headers, "date": ""}, path


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/rooms", "GET, HEAD, OPTIONS, POST"),
        ("/rooms/one", "DELETE, OPTIONS"),
        ("/within/rooms", "GET, HEAD, OPTIONS"),
        ("/static/omatoimi.css", "GET, HEAD, OPTIONS"),
    ],
)
async def test_an_address_tells_the_methods_that_it_takes(path: str, methods: str) -> None:
    async with opened() as http:
        asked = await http.options(path)
        assert (asked.status_code, asked.headers["allow"], asked.content) == (204, methods, b"")
        refused = await http.patch(path)
        assert (refused.status_code, refused.headers["allow"]) == (405, methods)
        assert refused.json()["type"] == "urn:omatoimi:problem:method-not-allowed"
        for method in methods.split(", "):
            assert (await http.request(method, path)).status_code != 405, method
        assert (await http.options("/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/rooms", "/within/rooms", "/static/omatoimi.css"])
async def test_who_has_an_answer_already_is_told_so(path: str) -> None:
    async with opened() as http:
        first = await http.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('W/"')
        assert first.headers["cache-control"] == "no-cache"
        for known in (tag, tag.removeprefix("W/"), f'"a,b", {tag}', "*"):
            for method in ("GET", "HEAD"):
                again = await http.request(method, path, headers={"If-None-Match": known})
                assert (again.status_code, again.content) == (304, b""), known
                assert "content-length" not in again.headers
                assert again.headers["etag"] == tag
                assert again.headers["vary"]
        for other in ('"other"', tag.replace('"', ""), ""):
            assert (await http.get(path, headers={"If-None-Match": other})).status_code == 200, other
        plain = await http.get(path, headers={"Accept-Encoding": "identity"})
        assert (plain.headers["etag"], plain.content) == (tag, first.content)


async def test_what_must_not_be_kept_has_no_tag_and_a_refusal_is_never_unchanged() -> None:
    async with opened() as http:
        secret = await http.get("/secret", headers={"If-None-Match": "*"})
        assert (secret.status_code, secret.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in secret.headers
        assert (await http.get("/nowhere", headers={"If-None-Match": "*"})).status_code == 404
        assert (await http.post("/rooms", headers={"If-None-Match": "*"})).status_code == 201


async def test_long_answers_are_compressed_for_who_takes_that_and_streams_never() -> None:
    async with opened() as http:
        async with http.stream("GET", "/rooms") as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
        plain = await http.get("/rooms", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert "Accept-Encoding" in plain.headers["vary"]
        for told, packed in (
            ("gzip;q=0", 0),
            ("br, *", 1),
            ("*;q=0.5, gzip;q=0.0", 0),
            ("x-gzip", 1),
            ("gzip;q=0.1", 1),
        ):
            answer = await http.get("/rooms", headers={"Accept-Encoding": told})
            assert ("content-encoding" in answer.headers) == bool(packed), told
            assert answer.content == plain.content
        assert gzip.decompress(raw) == plain.content
        assert len(raw) * 5 < len(plain.content)
        async with http.stream("GET", "/stream") as stream:
            assert "content-encoding" not in stream.headers
            assert (await anext(stream.aiter_raw())).startswith(b"data: again\n\n")


async def test_after_a_fault_the_same_connection_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        for path, status in (("/breaks", b"500"), ("/rooms", b"200")):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 " + status)
            assert b"connection: close" not in head
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.close()
    (fault,) = [one for one in caplog.records if one.exc_info]
    assert fault.getMessage() == "GET /breaks broke"
