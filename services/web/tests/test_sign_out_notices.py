"""What the provider tells of sign-outs by itself, in back-channel notices (people_web case 11)."""

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
from chassis.clock import SettableClock
from cryptography.hazmat.primitives.asymmetric import rsa
from web.sign_in.provider import LOGOUT

from tests.kits.web import Site

from .certified import Certified, continued
from .signing_in import begun, came_back, name, sessions


def notice(of: Certified, session: asyncpg.Record | None, clock: SettableClock, **changed: Any) -> dict[str, Any]:
    """The claims of a logout token; None takes a claim out."""
    at = int(clock().timestamp())
    told = {
        "iss": of.issuer,
        "aud": of.client.id,
        "iat": at,
        "exp": at + 120,
        "jti": uuid4().hex,
        "sub": session and session["subject"],
        "sid": session and session["sid"],
        "events": {LOGOUT: {}},
        **changed,
    }
    return {key: value for key, value in told.items() if value is not None}


async def tell(made: Site, token: str) -> int:
    async with made.browser() as provider:
        answer = await provider.post("/sign-out/backchannel", data={"logout_token": token})
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code


async def test_11_a_notice_ends_the_session_that_it_names_once(here: Site, certified_provider: Certified) -> None:
    async with here.browser() as browser, here.browser() as other:
        await came_back(browser)
        await came_back(other)
        first, second = await sessions(here)
        token = certified_provider.signed(notice(certified_provider, first, here.clock, sub=None))
        assert await tell(here, token) == 200
        assert [one["id"] for one in await sessions(here)] == [second["id"]]
        assert {await name(browser), await name(other)} == {None, "Aino Asukas"}
        assert await tell(here, token) == 400  # replayed


async def test_11_a_notice_of_a_person_ends_all_that_they_had_begun(here: Site, certified_provider: Certified) -> None:
    async with here.browser() as browser, here.browser() as other, here.browser() as somebody:
        await came_back(browser)
        await came_back(other)
        await came_back(somebody, "kirsi")
        aino = next(one for one in await sessions(here) if one["subject"] == "aino")
        # One that is older than these sessions is of others, and hinders none.
        older = notice(certified_provider, aino, here.clock, sid=None, iat=int(here.clock().timestamp()) - 3600)
        assert await tell(here, certified_provider.signed(older)) == 200
        assert len(await sessions(here)) == 3
        async with here.browser() as third:
            await came_back(third)
            assert await name(third) == "Aino Asukas"
        now = notice(certified_provider, aino, here.clock, sid=None)
        assert await tell(here, certified_provider.signed(now)) == 200
        assert [one["subject"] for one in await sessions(here)] == ["kirsi"]
        assert {await name(browser), await name(other), await name(somebody)} == {None, "Kirsi Kirjastolainen"}


async def test_11_a_session_of_which_a_notice_came_first_is_not_born(here: Site, certified_provider: Certified) -> None:
    async with here.browser() as browser, httpx.AsyncClient(timeout=300, trust_env=False) as there:
        await browser.get(await continued(there, await begun(browser), "aino"))
        (session,) = await sessions(here)
        token = certified_provider.signed(notice(certified_provider, session, here.clock))
        assert await tell(here, token) == 200
        # The same session of the provider's, by a callback that comes late.
        refused = await browser.get(await continued(there, await begun(browser), "aino"))
        assert refused.status_code == 403
        assert await name(browser) is None
    assert await sessions(here) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "n"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"events": None},
        {"events": {LOGOUT: "yes"}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"sub": None, "sid": None},
        {"sid": 7},
        {"azp": "another-client"},
    ],
    ids=str,
)
async def test_11_a_notice_that_is_not_the_providers_for_us_now_ends_nothing(
    here: Site, certified_provider: Certified, wrong: dict[str, Any]
) -> None:
    async with here.browser() as browser:
        await came_back(browser)
        (session,) = await sessions(here)
        claims = notice(certified_provider, session, here.clock, **wrong)
        assert await tell(here, certified_provider.signed(claims)) == 400
        assert await name(browser) == "Aino Asukas"


async def test_11_a_notice_by_another_key_or_algorithm_or_kind_ends_nothing(
    here: Site, certified_provider: Certified
) -> None:
    async with here.browser() as browser:
        await came_back(browser)
        (session,) = await sessions(here)
        claims = notice(certified_provider, session, here.clock)
        kid = certified_provider.keys[0]["kid"]
        forged = (
            certified_provider.signed(claims, key=rsa.generate_private_key(65537, 2048)),
            certified_provider.signed(claims, typ="at+jwt"),
            jwt.encode(claims, "x" * 40, "HS256", {"kid": kid}),
            jwt.encode(claims, "", "none", {"kid": kid}),
            "no token",
            "",
        )
        for token in forged:
            assert await tell(here, token) == 400, token
        assert await tell(here, "x" * 20_000) == 400
        assert await name(browser) == "Aino Asukas"
