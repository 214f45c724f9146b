"""Sign-in at a certified provider, as browsers and attackers go through it (people_web cases 1 to 5, 9 and 11)."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
import pytest_asyncio
from chassis.clock import SettableClock
from chassis.key_sets import KeySet, by_discovery
from cryptography.hazmat.primitives.asymmetric import rsa
from web.services import client as asked_at
from web.sign_in.provider import LOGOUT, Provider
from web.sign_in.return_path import return_path

from tests.kits.web import ADDRESS, Site, site

from .certified import Certified, answered_as, certified, continued, new_key


@dataclass
class Moved(SettableClock):
    """The machine's clock, by which the provider goes, moved on by what a test lets pass."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + (self.now - self.began)


FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}


@pytest_asyncio.fixture(scope="module")
async def certified_provider() -> AsyncIterator[Certified]:
    async with certified(ADDRESS, refresh=True) as made:
        yield made


@pytest_asyncio.fixture
async def here(dsn: str, certified_provider: Certified) -> AsyncIterator[Site]:
    """A web channel at which people sign in by the certified provider."""

    def asked(clock: SettableClock) -> Provider:
        # Keys are fetched by the clock of the test.
        keys = KeySet(by_discovery(certified_provider.issuer), seconds=lambda: clock().timestamp())
        return Provider(certified_provider.client, asked_at(""), clock, keys)

    async with site(dsn, clock=Moved(), provider=asked) as made:
        yield made


async def begun(browser: httpx.AsyncClient, next: str = "/try?lang=en") -> str:
    """Begin to sign in; where the provider is to be asked."""
    answer = await browser.get("/sign-in", params={"next": next, "lang": "sv"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def came_back(browser: httpx.AsyncClient, person: str = "aino", next: str = "/try?lang=en") -> httpx.Response:
    """Sign in the whole way; what the callback answers."""
    return await browser.get(await answered_as(person, await begun(browser, next)))


async def name(browser: httpx.AsyncClient) -> str | None:
    """Who has signed in at this browser."""
    told = re.search(r'class="name">([^<]*)<', (await browser.get("/account")).text)
    return told[1] if told else None


async def sessions(made: Site) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(made.dsn)
    try:
        return list(await conn.fetch("select * from web.session order by signed_in_at"))
    finally:
        await conn.close()


async def test_a_person_signs_in_by_the_provider_and_comes_back_to_the_page(here: Site) -> None:
    async with here.browser() as browser:
        asked = parse_qs(urlsplit(await begun(browser)).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["ui_locales"] == ["sv"]
        assert len({asked[one][0] for one in ("state", "nonce", "code_challenge")}) == 3
        back = await came_back(browser)
        assert (back.status_code, back.headers["location"]) == (303, "/try?lang=en")
        assert await name(browser) == "Aino Asukas"
        assert back.headers["cache-control"] == "no-store"
    (session,) = await sessions(here)
    assert session["sid"]
    assert session["idle"] == timedelta(hours=2)


async def test_1_a_callback_in_another_browser_signs_nobody_in(here: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Login CSRF: whoever is led to an attacker's code must not become the attacker."""
    caplog.set_level(logging.WARNING, "omatoimi")
    async with here.browser() as attacker, here.browser() as victim:
        await victim.get("/try")
        callback = await answered_as("aino", await begun(attacker))
        refused = await victim.get(callback)
        assert refused.status_code == 403
        assert await name(victim) is None
        assert "another browser had begun it" in caplog.text
        # And it is used up: the attacker gains nothing by it either.
        assert (await attacker.get(callback)).headers["location"] == "/"
        assert await name(attacker) is None
    assert await sessions(here) == []


async def test_2_two_tabs_end_signed_in_as_one_session_each_on_its_own_page(here: Site) -> None:
    async with here.browser() as browser, httpx.AsyncClient(timeout=300, trust_env=False) as there:
        first, second = await begun(browser, "/try?lang=fi"), await begun(browser, "/?lang=sv")
        later = await browser.get(await continued(there, second, "aino"))
        assert later.headers["location"] == "/?lang=sv"
        session = browser.cookies["omatoimi"]
        earlier = await browser.get(await continued(there, first, "aino"))
        assert earlier.headers["location"] == "/try?lang=fi"
        assert browser.cookies["omatoimi"] == session
        assert await name(browser) == "Aino Asukas"
    assert len(await sessions(here)) == 1


async def test_3_a_callback_that_is_read_again_leads_to_the_start_page_and_asks_nobody(here: Site) -> None:
    async with here.browser() as browser:
        callback = await answered_as("aino", await begun(browser))
        assert (await browser.get(callback)).headers["location"] == "/try?lang=en"
        session = browser.cookies["omatoimi"]
        again = await browser.get(callback)
        assert (again.status_code, again.headers["location"]) == (303, "/")
        assert browser.cookies["omatoimi"] == session
        assert await name(browser) == "Aino Asukas"
    assert len(await sessions(here)) == 1


async def test_4_a_cookie_that_was_planted_before_the_sign_in_stays_anonymous(here: Site) -> None:
    async with here.browser({"omatoimi": "p" * 43}) as browser:
        await came_back(browser)
        assert browser.cookies["omatoimi"] != "p" * 43
        assert await name(browser) == "Aino Asukas"
    async with here.browser({"omatoimi": "p" * 43}) as attacker:
        assert await name(attacker) is None


async def test_4_who_signs_in_after_somebody_else_gets_another_session_and_the_first_is_dead(here: Site) -> None:
    async with here.browser() as browser:
        await came_back(browser, "aino")
        before = browser.cookies["omatoimi"]
        # As when a window was left open: the next one goes to the provider by a link that was kept.
        browser.cookies.delete("omatoimi")
        address = await begun(browser)
        browser.cookies.set("omatoimi", before, "127.0.0.1")
        await browser.get(await answered_as("kirsi", address))
        assert await name(browser) == "Kirsi Kirjastolainen"
    async with here.browser({"omatoimi": before}) as left_open:
        assert await name(left_open) is None
    (session,) = await sessions(here)
    assert session["idle"] == timedelta(minutes=30)


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil",
        "/%0d%0aLocation:x\r\n", "/a\r\nb", "javascript:alert(1)", "evil.example", "", " /try", "/\t/evil.example",
        "/sign-in?next=/", "/a" * 2000,
    ],
)  # fmt: skip
async def test_5_a_sign_in_leads_back_to_a_page_of_ours_and_nowhere_else(here: Site, evil: str) -> None:
    assert return_path(evil) == return_path("/\x00") == "/"
    async with here.browser() as browser:
        await begun(browser, evil)
    conn = await asyncpg.connect(here.dsn)
    assert await conn.fetchval("select return_to from web.attempt") == "/"
    await conn.close()


@pytest.mark.parametrize("good", ["/", "/my?tab=a&b=%C3%A4", "/rooms/kerhohuone?day=2026-12-01#x", "/a//b"])
def test_5_a_page_of_ours_is_come_back_to(good: str) -> None:
    assert return_path(good) == good


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"state": "unknown"}, 303),
        ({"code": "unknown"}, 403),
        ({"iss": "https://evil.example"}, 403),
        ({"code": ""}, 403),
    ],
)
async def test_a_callback_that_is_not_the_providers_own_signs_nobody_in(
    here: Site, changed: dict[str, str], status: int
) -> None:
    async with here.browser() as browser:
        parts = urlsplit(await answered_as("aino", await begun(browser)))
        told = {key: values[0] for key, values in parse_qs(parts.query).items()} | changed
        assert (await browser.get(f"{parts.path}?{urlencode(told)}")).status_code == status
        assert await name(browser) is None


async def test_an_id_token_of_another_sign_in_signs_nobody_in(here: Site) -> None:
    async with here.browser() as browser:
        callback = await answered_as("aino", await begun(browser))
        conn = await asyncpg.connect(here.dsn)
        await conn.execute("update web.attempt set nonce = 'of another'")
        await conn.close()
        assert (await browser.get(callback)).status_code == 403
        assert await name(browser) is None


async def test_a_sign_in_that_was_left_or_took_too_long_signs_nobody_in(here: Site) -> None:
    async with here.browser() as browser:
        state = parse_qs(urlsplit(await begun(browser)).query)["state"][0]
        left = await browser.get("/sign-in/callback", params={"state": state, "error": "access_denied"})
        assert left.status_code == 403
        assert 'href="/sign-in?next=%2Ftry' in left.text
        callback = await answered_as("aino", await begun(browser))
        here.clock.pass_(minutes=10)
        assert (await browser.get(callback)).headers["location"] == "/"
        assert await name(browser) is None


async def test_a_browser_has_twenty_attempts_at_most(here: Site) -> None:
    async with here.browser() as browser:
        for _ in range(25):
            await begun(browser)
            here.clock.pass_(seconds=1)
    conn = await asyncpg.connect(here.dsn)
    assert await conn.fetchval("select count(*) from web.attempt") == 20
    await conn.close()


async def test_when_the_provider_signs_with_another_key_sign_in_goes_on(
    here: Site, certified_provider: Certified
) -> None:
    async with here.browser() as browser:
        await came_back(browser)
    await certified_provider.rotate([new_key(uuid4().hex), *certified_provider.keys])
    here.clock.pass_(minutes=1)
    async with here.browser() as browser:
        assert (await came_back(browser)).headers["location"] == "/try?lang=en"
        assert await name(browser) == "Aino Asukas"


async def test_9_while_the_provider_is_down_who_has_signed_in_goes_on_and_new_sign_ins_say_so(dsn: str) -> None:
    async with (
        certified(ADDRESS, access_seconds=7200) as provider,
        site(dsn, clock=Moved(), provider=lambda clock: Provider(provider.client, asked_at(""), clock)) as made,
        made.browser() as browser,
        made.browser() as late,
        made.browser() as new,
    ):
        await came_back(browser)
        callback = await answered_as("aino", await begun(late))
        provider.process.kill()
        await provider.process.wait()
        made.clock.pass_(hours=1)
        assert await name(browser) == "Aino Asukas"
        assert (await browser.get("/try?lang=en")).status_code == 200
        for who, address in ((new, "/sign-in?next=/my&lang=en"), (late, "/sign-in?lang=en")):
            said = await who.get(address)
            assert said.status_code == 503
            assert "The sign-in service does not answer just now" in said.text
        assert (await late.get(callback)).status_code == 303  # an hour later it is over
        assert (await new.get("/?lang=en")).status_code == 200
        # Signing out works all the same.
        out = await browser.post("/sign-out?lang=en", data={"csrf": await csrf(browser)}, headers=FROM_HERE)
        assert out.headers["location"] == "/signed-out?lang=en"
        assert await name(browser) is None
        assert await sessions(made) == []


async def csrf(browser: httpx.AsyncClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/try")).text)
    assert found is not None
    return found[1]


async def test_who_signs_out_here_signs_out_there_by_a_page_that_leads_on(here: Site) -> None:
    """Not by a redirect of the form, which browsers stop: the policy lets forms lead to us alone."""
    async with here.browser() as browser, httpx.AsyncClient(timeout=300, trust_env=False) as there:
        await browser.get(await continued(there, await begun(browser), "aino"))
        out = await browser.post("/sign-out?lang=en", data={"csrf": await csrf(browser)}, headers=FROM_HERE)
        assert out.status_code == 200
        assert await name(browser) is None
        address = re.search(r'<a class="button" href="([^"]+)"', out.text)
        assert address is not None
        back = await continued(there, address[1].replace("&amp;", "&"), "aino")
        assert back.startswith(f"{ADDRESS}/signed-out")
        # Whoever sits down next is asked who they are.
        assert "login" in (await there.get(await begun(browser), follow_redirects=True)).text


# -- case 11: what the provider tells of sign-outs by itself ---------------------------------------------------------


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
