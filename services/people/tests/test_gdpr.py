"""The city's interface of personal data, asked as its profile asks: `requests` writes a true flag as `True` into the
query, sends the token as a bearer, and waits five seconds."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from people.domain.tree import node
from people.gdpr import found_at

from tests.kits.people import Office

AINO = "5f0d3b52-91cf-1ed4-8c8e-0050569a4b7c"
"""As the city calls her: its ids are no random ones."""
QUERY, DELETE = "gdprquery", "gdprdelete"


def permissions(*scopes: str) -> dict[str, Any]:
    """The scopes of an API token, where Helsinki-tunnistus has them."""
    return {"authorization": {"permissions": [{"rsname": "omatoimi", "scopes": list(scopes)}]}}


async def asked(
    office: Office,
    method: str,
    scope: str,
    subject: str = AINO,
    *,
    address: str | None = None,
    query: str = "",
    body: bytes = b"",
    kind: str = "application/json",
    **changed: Any,
) -> httpx.Response:
    """What the profile is answered for a person."""
    claims = office.claims(subject, azp="profile-api", **{**permissions(scope), **changed})
    headers = {"Authorization": f"Bearer {office.issuer.sign(claims)}", "Content-Type": kind}
    path = f"/gdpr-api/v1/user/{address or subject}{query}"
    return await office.bench.http.request(method, path, headers=headers, content=body)


async def is_there(office: Office) -> bool:
    return bool(await office.fetch("select from people.person where subject = $1", AINO))


async def test_what_is_held_is_told_as_a_tree_of_keys_and_texts(office: Office) -> None:
    await office.client(AINO, name="Aino Virtanen", email="aino@example.fi")
    answer = await asked(office, "GET", QUERY)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert told["key"] == "OMATOIMI"
    children = {one["key"]: one for one in told["children"]}
    contact = {one["key"]: one["value"] for one in children["CONTACT"]["children"]}
    assert (contact["NAME"], contact["EMAIL"]) == ("Aino Virtanen", "aino@example.fi")

    def checked(one: Any) -> None:
        assert set(one) in ({"key", "value"}, {"key", "children"})
        assert one["key"] == one["key"].upper()
        assert isinstance(one.get("value", ""), str)
        for child in one.get("children", ()):
            checked(child)

    checked(told)


def test_a_list_has_a_child_for_each_and_what_is_not_known_no_node() -> None:
    assert node("x", {"seen-by": [{"at": 1}], "none": None, "flags": ["a"]}) == {
        "key": "X",
        "children": [
            {"key": "SEEN_BY", "children": [{"key": "SEEN_BY", "children": [{"key": "AT", "value": "1"}]}]},
            {"key": "FLAGS", "children": [{"key": "FLAG", "value": "a"}]},
        ],
    }


async def test_of_whom_nothing_is_held_there_is_nothing_to_tell_and_nothing_to_erase(office: Office) -> None:
    assert (await asked(office, "GET", QUERY)).status_code == 204
    for query in ("", "?dry_run=True"):
        answer = await asked(office, "DELETE", DELETE, query=query)
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "trial",
    [
        {"query": "?dry_run=True"},
        {"query": "?dry_run=true"},
        {"query": "?dry_run=1"},
        {"body": b'{"dry_run": true}'},
        {"body": b'{"dry_run": "true"}'},
        {"body": b"dry_run=true", "kind": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
async def test_a_trial_erases_nothing_wherever_it_is_told(office: Office, trial: dict[str, Any]) -> None:
    await office.client(AINO)
    before = await office.events()
    answer = await asked(office, "DELETE", DELETE, **trial)
    assert (answer.status_code, await is_there(office)) == (204, True)
    assert await office.events() == before
    assert (await asked(office, "GET", QUERY)).status_code == 200


@pytest.mark.parametrize(
    "meant", [{}, {"query": "?dry_run=False"}, {"query": "?dry_run="}, {"body": b'{"dry_run": false}'}]
)
async def test_what_is_meant_erases_at_once_and_tells_everybody(office: Office, meant: dict[str, Any]) -> None:
    aino = office.id_of(await office.client(AINO))
    answer = await asked(office, "DELETE", DELETE, **meant)
    assert (answer.status_code, answer.content, await is_there(office)) == (204, b"", False)
    (last,) = [event for event in await office.events() if event.type == "omatoimi.person.erased.v1"]
    assert last.data.person == aino
    again = await asked(office, "DELETE", DELETE)
    assert again.status_code == 204, "also when there is nothing any more"
    assert (await asked(office, "GET", QUERY)).status_code == 204


async def test_the_profile_tries_first_and_then_erases(office: Office) -> None:
    await office.client(AINO)
    for query in ("?dry_run=True", ""):
        assert (await asked(office, "DELETE", DELETE, query=query)).status_code == 204
    assert not await is_there(office)


@pytest.mark.parametrize("loa", ["low", "unknown", None])
async def test_who_is_not_identified_strongly_is_refused_with_the_reason_in_three_languages(
    office: Office, loa: str | None
) -> None:
    await office.client(AINO)
    for query in ("", "?dry_run=true"):
        answer = await asked(office, "DELETE", DELETE, query=query, loa=loa)
        assert (answer.status_code, await is_there(office)) == (403, True)
        (error,) = answer.json()["errors"]
        assert set(answer.json()) == {"errors"}
        assert (set(error), error["code"]) == ({"code", "message"}, "insufficient-loa")
        assert set(error["message"]) == {"fi", "sv", "en"}
        assert all(isinstance(said, str) and said for said in error["message"].values())
    told = await asked(office, "GET", QUERY, loa=loa)
    assert told.status_code == 200
    assert all(one["error"]["code"] == "insufficient-loa" for one in told.json()["children"])
    assert "irtanen" not in told.text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"authorization": None},
        permissions("gdprqueryy"),
        permissions(),
        {"authorization": {"permissions": "gdprquery gdprdelete"}},
        {"authorization": "gdprquery"},
        {"aud": "another-service"},
        {"aud": "omatoimi-web"},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"at_hash": "h", "typ": "ID"},
        {"sub": "39233a8b-b50e-4c67-9409-0b07690531f1"},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_is_401(office: Office, method: str, wrong: dict[str, Any]) -> None:
    await office.client(AINO)
    scope = {"GET": QUERY, "DELETE": DELETE}[method]
    answer = await asked(office, method, scope, address=AINO, **wrong)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), answer.text
    assert await is_there(office)


async def test_the_scope_for_the_one_is_not_that_for_the_other(office: Office) -> None:
    await office.client(AINO)
    assert (await asked(office, "DELETE", QUERY)).status_code == 401
    assert (await asked(office, "GET", DELETE)).status_code == 401
    assert await is_there(office)


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer x", "Basic YTph", "Bearer a.b.c"])
async def test_without_a_token_it_is_401(office: Office, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    for method in ("GET", "DELETE"):
        answer = await office.bench.http.request(method, f"/gdpr-api/v1/user/{AINO}", headers=headers)
        assert answer.status_code == 401


async def test_no_channels_key_opens_it(office: Office) -> None:
    answer = await office.bench.staff.get(f"/gdpr-api/v1/user/{AINO}")
    assert answer.status_code == 401


async def test_a_database_that_does_not_answer_is_told_as_the_contract_has_it(office: Office) -> None:
    await office.client(AINO)
    async with office.service.pool.acquire() as conn, conn.transaction():
        await conn.execute("lock table people.person in access exclusive mode")
        answer = await asked(office, "DELETE", DELETE)
    assert answer.status_code == 500
    (error,) = answer.json()["errors"]
    assert (error["code"], set(error["message"])) == ("try-again", {"fi", "sv", "en"})
    assert await is_there(office)


def test_scopes_are_found_through_lists_and_nothing_else_is() -> None:
    claims = {"a": {"b": [{"c": ["x", 7]}, {"c": "y"}, "z", {"d": ["w"]}]}}
    assert found_at(claims, "a.b.c") == {"x", "y"}
    assert found_at(claims, "a.q.c") == set()
    assert found_at(json.loads("[]") or {}, "a") == set()
    assert UUID(AINO).version == 1
