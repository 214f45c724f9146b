"""The provider of local mode is a real one, and is served on this machine alone."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
import pytest_asyncio
from chassis import Settings
from chassis.clock import SettableClock, system_clock
from chassis.installation import EXAMPLE, load
from chassis.kafka import Fatal
from chassis.pages import LANGUAGES
from omatoimi.who_are_you.persons import PERSONS
from omatoimi.who_are_you.provider import PAGES, ClientRegistration, WhoAreYou, app, hold_local
from starlette.routing import Mount, Router

AT = "http://127.0.0.1:8014"
ISSUER = f"{AT}/who-are-you"
CLIENT = ClientRegistration("omatoimi-web", "secret", f"{AT}/sign-in/callback", f"{AT}/signed-out", f"{AT}/nobody")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT.id,
    "redirect_uri": CLIENT.redirect,
    "scope": "openid profile ad_groups",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "lang": "en",
}


class Ending(WhoAreYou):
    """Keeps of whom it would tell that they have signed out: what is sent is tried with a web channel."""

    def __init__(self, clock: SettableClock) -> None:
        super().__init__(ISSUER, CLIENT, clock)
        self.told: list[tuple[str, str]] = []

    async def end(self, subject: str, sid: str) -> None:
        self.told.append((subject, sid))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(system_clock())


@pytest.fixture
def provider(clock: SettableClock) -> Ending:
    return Ending(clock)


@pytest_asyncio.fixture
async def browser(provider: Ending) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Router([Mount("/who-are-you", app(provider))]), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=AT, headers={"Accept": "text/html"}) as made:
        yield made


async def chosen(browser: httpx.AsyncClient, person: str = "staff", **changed: str) -> httpx.Response:
    address = f"/who-are-you/authorize?{urlencode(ASKED | changed)}"
    return await browser.post(address, data={"person": person}, headers={"Sec-Fetch-Site": "same-origin"})


async def code(browser: httpx.AsyncClient, person: str = "staff") -> str:
    query = parse_qs(urlsplit((await chosen(browser, person)).headers["location"]).query)
    assert (query["state"], query["iss"]) == (["s"], [ISSUER])
    return query["code"][0]


async def tokens(browser: httpx.AsyncClient, code: str, secret: str = "secret", **changed: str) -> httpx.Response:
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CLIENT.redirect,
        "code_verifier": VERIFIER,
    } | changed
    return await browser.post("/who-are-you/token", data=asked, auth=(CLIENT.id, secret))


async def claims(browser: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    (key,) = (await browser.get("/who-are-you/jwks")).json()["keys"]
    told: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), audience=audience, issuer=ISSUER, leeway=300)
    return told


async def test_each_person_is_offered_in_every_language_with_what_they_do(browser: httpx.AsyncClient) -> None:
    for language in LANGUAGES:
        page = await browser.get(f"/who-are-you/authorize?{urlencode(ASKED | {'lang': language})}")
        assert page.status_code == 200
        assert re.findall(r'name="person" value="(\w+)"', page.text) == [one.key for one in PERSONS]
        assert all(one.name in page.text for one in PERSONS)
        assert page.headers["content-security-policy"].count("form-action 'self'") == 1
    assert set(PAGES.words["fi"]) == set(PAGES.words["sv"]) == set(PAGES.words["en"])


async def test_who_is_chosen_is_told_as_the_citys_provider_tells_it(browser: httpx.AsyncClient) -> None:
    identity = load(EXAMPLE).identity
    assert identity is not None
    for person in PERSONS:
        answer = (await tokens(browser, await code(browser, person.key))).json()
        told = await claims(browser, answer["id_token"], CLIENT.id)
        access = await claims(browser, answer["access_token"], identity.audience)
        assert (told["nonce"], told["azp"], told["name"]) == ("n", CLIENT.id, person.name)
        assert (
            told["at_hash"]
            == base64.urlsafe_b64encode(hashlib.sha256(answer["access_token"].encode()).digest()[:16])
            .rstrip(b"=")
            .decode()
        )
        assert jwt.get_unverified_header(answer["access_token"])["typ"] == "at+jwt"
        assert identity.clients[access["azp"]] == "web"
        staff = bool(set(access["amr"]) & set(identity.non_external_authentication_methods))
        assert staff == bool(person.groups)
        # Each group means a role in the example installation.
        assert set(person.groups) <= set(identity.groups)


async def test_a_code_is_good_once_for_a_minute_and_with_its_own_verifier(
    browser: httpx.AsyncClient, provider: Ending, clock: SettableClock
) -> None:
    wrong: tuple[dict[str, str], ...] = (
        {"code_verifier": "w" * 43},
        {"redirect_uri": f"{CLIENT.redirect}/"},
        {"grant_type": "password"},
        {"code": "unknown"},
    )
    for changed in wrong:
        assert (await tokens(browser, **({"code": await code(browser)} | changed))).status_code == 400, changed
    assert (await tokens(browser, await code(browser), secret="guessed")).status_code == 401
    late = await code(browser)
    clock.pass_(seconds=60)
    assert (await tokens(browser, late)).json() == {"error": "invalid_grant"}
    stolen = await code(browser)
    answer = (await tokens(browser, stolen)).json()
    assert provider.told == []
    assert (await tokens(browser, stolen)).json() == {"error": "invalid_grant"}
    # What was given for a code that came twice ends.
    told = await claims(browser, answer["id_token"], CLIENT.id)
    assert provider.told == [(told["sub"], told["sid"])]


@pytest.mark.parametrize(
    "changed", [{"redirect_uri": "https://evil.example/"}, {"redirect_uri": f"{CLIENT.redirect}?x"}, {"client_id": "x"}]
)
async def test_a_sign_in_that_would_lead_elsewhere_does_not_begin(
    browser: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    asked = await browser.get(f"/who-are-you/authorize?{urlencode(ASKED | changed)}")
    assert (asked.status_code, "location" in asked.headers) == (400, False)
    assert (await chosen(browser, **changed)).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
        {"scope": "profile"},
        {"response_mode": "fragment"},
    ],
)
async def test_a_sign_in_without_pkce_or_of_another_flow_is_answered_with_an_error(
    browser: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    asked = await browser.get(f"/who-are-you/authorize?{urlencode(ASKED | changed)}")
    assert parse_qs(urlsplit(asked.headers["location"]).query)["error"][0].startswith(("invalid_", "unsupported_"))
    assert (await chosen(browser, **changed)).status_code == 400


async def test_who_somebody_is_is_chosen_on_its_own_page_only(browser: httpx.AsyncClient) -> None:
    address = f"/who-are-you/authorize?{urlencode(ASKED)}"
    for site in ("cross-site", "same-site"):
        crossed = await browser.post(address, data={"person": "staff"}, headers={"Sec-Fetch-Site": site})
        assert crossed.status_code == 403


async def test_who_asks_from_another_machine_or_by_another_name_finds_nothing(provider: Ending) -> None:
    for address, host in (("192.0.2.7", "127.0.0.1:8014"), ("127.0.0.1", "omatoimi.example")):
        transport = httpx.ASGITransport(app=app(provider), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as far:
            assert (await far.get(f"/authorize?{urlencode(ASKED)}")).status_code == 404
            assert (await far.post("/token", data={})).status_code == 404


@pytest.mark.parametrize(
    ("changed", "issuer"),
    [
        ({"allowed_hosts": "omatoimi.example"}, ISSUER),
        ({"allowed_hosts": "*"}, ISSUER),
        ({"trusted_proxies": "127.0.0.1"}, ISSUER),
        ({"host": "0.0.0.0"}, ISSUER),
        ({"identity_issuer": "https://tunnistus.hel.fi"}, ISSUER),
        ({}, "https://omatoimi.example/who-are-you"),
    ],
)
def test_it_is_served_in_no_other_mode(changed: dict[str, Any], issuer: str) -> None:
    own: dict[str, Any] = {"identity_issuer": None}
    hold_local(Settings(**own), ISSUER)
    with pytest.raises(Fatal, match="make run"):
        hold_local(Settings(**(own | changed)), issuer)
