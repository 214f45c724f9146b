"""Sign-in at a certified provider, as browsers and attackers go through it (people_web cases 1 to 5 and 9)."""

import logging
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from web.services import client as asked_at
from web.sign_in.provider import Provider
from web.sign_in.return_path import return_path

from tests.kits.web import ADDRESS, Site, site

from .certified import Certified, answered_as, certified, continued, new_key
from .signing_in import Moved, begun, came_back, name, sessions

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}


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
