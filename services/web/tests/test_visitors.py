"""Who looks at a page: sessions, their ends, and forms that are taken from their own page only."""

import re
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from chassis.pages import LANGUAGES
from cryptography.fernet import InvalidToken
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from web.exchange import RoleAt
from web.rendering import PAGES
from web.sessions import ProviderIdentity, ProviderTokens
from web.visitors import Form, Visitor, at_desk, checked_form, masked, signed_in, visitor

from tests.kits.persons import issuer
from tests.kits.web import ADDRESS, STAFF_OF_VALLILA, Site, signed_in_at, site

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}
BACKCHANNEL = "/sign-out/backchannel"
"""What no browser sends: the provider proves itself by its signature."""
FORM = """
{% extends "layout.html" %}{% from "form.html" import hidden %}{% block content %}{{ hidden(visitor) }}{% endblock %}
"""


def with_pages(made: Site) -> list[dict[str, Any]]:
    """Add pages as the other parts of the web channel have them; what was sent there."""
    sent: list[dict[str, Any]] = []
    template = PAGES.environment.from_string(FORM)

    @made.app.get("/a-form")
    async def form(request: Request, by: Annotated[Visitor, Depends(visitor)]) -> HTMLResponse:
        words = {
            "t": lambda key, **_: key,
            "lang": "en",
            "languages": LANGUAGES,
            "here": lambda code: f"/a-form?lang={code}",
        }
        shown = template.render(visitor=by, demo=None, menu=(), root="", at=lambda _: False, **words)
        return HTMLResponse(shown)

    @made.app.post("/a-form")
    async def take(by: Annotated[Visitor, Depends(visitor)], typed: Annotated[Form, Depends(checked_form)]) -> Any:
        sent.append({"name": by.name, **typed})
        return {"session": str(by.session)}

    @made.app.get("/mine")
    async def mine(by: Annotated[Visitor, Depends(signed_in)]) -> Any:
        return {"name": by.name, "person": str(by.person), "session": str(by.session)}

    @made.app.post("/mine")
    async def change(by: Annotated[Visitor, Depends(signed_in)], typed: Annotated[Form, Depends(checked_form)]) -> Any:
        sent.append({"name": by.name, **typed})
        return {}

    @made.app.get("/at-desk")
    async def desk(by: Annotated[Visitor, Depends(at_desk)]) -> Any:
        return {"roles": [one.role for one in by.roles]}

    return sent


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


def identity(name: str = "Aino Asukas", **more: Any) -> ProviderIdentity:
    return ProviderIdentity(
        **{
            "issuer": "https://provider",
            "subject": "aino",
            "sid": "s1",
            "name": name,
            "staff": False,
            "authenticated_at": more["at"],
            "tokens": ProviderTokens("access", more.pop("at") + timedelta(hours=24), id_token="id"),
        }
        | more
    )


async def test_who_has_not_signed_in_is_sent_to_sign_in_and_comes_back(alone: Site) -> None:
    with_pages(alone)
    async with alone.browser() as browser:
        answer = await browser.get("/mine?tab=notices&lang=sv")
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/sign-in?next=%2Fmine%3Ftab%3Dnotices%26lang%3Dsv&lang=sv",
        )


async def test_who_has_signed_in_is_known_by_the_cookie_of_a_session(alone: Site) -> None:
    with_pages(alone)
    person = uuid4()
    async with alone.browser(await alone.signed_in(person=person)) as browser:
        answer = await browser.get("/mine")
        assert answer.json()["name"] == "Aino Asukas"
        assert UUID(answer.json()["person"]) == person
        assert answer.headers["cache-control"] == "no-store"
        assert "Cookie" in answer.headers["vary"]
        page = await browser.get("/try?lang=en")
        assert "Aino Asukas" in page.text
        assert "Sign out" in page.text
        assert (await browser.get("/account?lang=fi")).text.count("Aino Asukas") == 1
    async with alone.browser() as browser:
        page = await browser.get("/try?lang=en")
        assert "Sign in" in page.text
        assert page.headers["cache-control"] == "private, no-cache"
        assert (await browser.get("/account")).status_code == 204


async def test_a_session_ends_when_nobody_uses_it_and_at_last_in_any_case(alone: Site) -> None:
    with_pages(alone)

    async def known(browser: httpx.AsyncClient) -> bool:
        return (await browser.get("/mine")).status_code == 200

    async with alone.browser(await alone.signed_in()) as browser:
        for _ in range(13):
            alone.clock.pass_(minutes=119)
            if not await known(browser):
                break
        else:
            pytest.fail("a session of residents lives longer than a day")
        assert "omatoimi" not in browser.cookies
    async with alone.browser(await alone.signed_in()) as browser:
        alone.clock.pass_(minutes=119)
        assert await known(browser)
        alone.clock.pass_(minutes=121)
        assert not await known(browser)


@pytest.mark.parametrize(("staff", "idle", "absolute"), [(True, 30, 600), (False, 120, 1440)])
async def test_who_works_at_the_desk_is_signed_out_sooner(alone: Site, staff: bool, idle: int, absolute: int) -> None:
    request = Request({"type": "http", "headers": [], "client": None})
    begun = await alone.web.sessions.begin(request, identity(at=alone.clock(), staff=staff))
    assert begun is not None
    assert begun.session.idle == timedelta(minutes=idle)
    assert begun.session.ends_at - begun.session.signed_in_at == timedelta(minutes=absolute)


async def test_a_sign_in_gives_a_new_id_and_the_one_before_is_dead(alone: Site) -> None:
    """Case 4: what somebody planted stays anonymous, and what was known is known no more."""
    with_pages(alone)
    before = await alone.signed_in("Somebody else")
    planted = {"omatoimi": "p" * 43}
    for cookies in (before, planted):
        name, value = next(iter(cookies.items()))
        request = Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode())], "client": None})
        begun = await alone.web.sessions.begin(request, identity(at=alone.clock()))
        assert begun is not None
        assert begun.secret != value
        async with alone.browser({name: value}) as browser:
            assert (await browser.get("/mine")).status_code == 303
        async with alone.browser({name: begun.secret}) as browser:
            assert (await browser.get("/mine")).json()["name"] == "Aino Asukas"


async def test_the_database_alone_tells_neither_a_name_nor_a_token(alone: Site) -> None:
    request = Request({"type": "http", "headers": [], "client": None})
    tokens = ProviderTokens("access-in-clear", alone.clock() + timedelta(hours=1), "refresh-in-clear", "id-in-clear")
    begun = await alone.web.sessions.begin(request, identity("Åke Ärlig", at=alone.clock(), tokens=tokens))
    assert begun is not None
    conn = await asyncpg.connect(alone.dsn)
    (row,) = await conn.fetch("select * from web.session")
    await conn.close()
    held = b" ".join(one if isinstance(one, bytes) else str(one).encode() for one in row.values())
    assert not [one for one in (b"in-clear", "Åke".encode(), begun.secret.encode()) if one in held]
    stolen = type(begun.sealed)
    for secret in ("", begun.secret[::-1], begun.session.id.hex()):
        with pytest.raises(InvalidToken):
            stolen.open(row["sealed"], secret)
    assert stolen.open(row["sealed"], begun.secret).name == "Åke Ärlig"


async def test_the_desk_opens_to_those_who_work_there_and_says_so_to_others(alone: Site) -> None:
    with_pages(alone)
    for role in ("staff", "department", "participation", "director"):
        async with alone.browser(await alone.signed_in(roles=[RoleAt(role, "vallila")])) as browser:
            assert (await browser.get("/at-desk")).json() == {"roles": [role]}
    async with alone.browser(await alone.signed_in()) as browser:
        refused = await browser.get("/at-desk?lang=en")
        assert refused.status_code == 403
        assert "This page is for staff" in refused.text
        assert "Desk</a>" not in refused.text
    async with alone.browser(await alone.signed_in(roles=STAFF_OF_VALLILA)) as browser:
        assert "/desk?lang=en" in (await browser.get("/try?lang=en")).text


async def test_behind_https_the_cookies_are_of_this_host_alone_and_no_script_reads_them(dsn: str) -> None:
    async with site(dsn, address="https://omatoimi.example") as made, made.browser() as browser:
        answer = await browser.get("/try")
        (visit,) = answer.headers.get_list("set-cookie")
        assert re.fullmatch(r"__Host-visit=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", visit)
        cookies = await signed_in_at(dsn, address="https://omatoimi.example", now=made.clock())
        assert list(cookies) == ["__Host-omatoimi"]


async def test_a_form_is_taken_from_its_own_page_only(alone: Site) -> None:
    """Case 14: a form, a fetch and a neighbour's page are refused, whoever sits at the browser; so is one whose token
    is another visitor's, or none."""
    sent = with_pages(alone)
    for cookies in ({}, await alone.signed_in()):
        async with alone.browser(cookies) as browser, alone.browser() as other:
            own = {"csrf": field((await browser.get("/a-form")).text, "csrf"), "text": "hello"}
            foreign = {"csrf": field((await other.get("/a-form")).text, "csrf")}
            for headers in (
                {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
                {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8015"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
            ):
                answer = await browser.post("/a-form", data=own, headers=headers)
                assert answer.status_code == 403
                assert answer.json()["type"].endswith(":not-from-here")
            for wrong in (foreign, {"csrf": ""}, {"csrf": "not base64"}, {}, {"csrf": masked(b"")}):
                assert (await browser.post("/a-form", data=own | {"csrf": ""} | wrong)).status_code == 403
            assert sent == []
            assert (await browser.post("/a-form", data=own, headers=FROM_HERE)).status_code == 200
            assert (await browser.post("/a-form", data=own)).status_code == 200
            assert sent.pop()["text"] == "hello"
            sent.clear()


async def test_every_form_of_the_web_channel_is_checked_before_it_is_read(alone: Site) -> None:
    """All addresses that take a form, those that other parts add included."""
    posts = {path for path, methods in alone.app.openapi()["paths"].items() if "post" in methods}
    assert posts >= {"/try", "/sign-out", BACKCHANNEL}
    async with alone.browser(await alone.signed_in(roles=(*STAFF_OF_VALLILA, RoleAt("participation")))) as browser:
        for post in posts - {BACKCHANNEL}:
            path = re.sub(r"{[^}]*}", str(uuid4()), post)
            crossed = await browser.post(path, data={"a": "b"}, headers={"Sec-Fetch-Site": "cross-site"})
            assert (crossed.status_code, crossed.json()["type"]) == (403, "urn:omatoimi:problem:not-from-here"), path
            if path == "/kiosk":
                continue  # its forms hold a token of the device's: test_kiosk.py
            without = await browser.post(path, data={"a": "b"}, headers=FROM_HERE)
            assert without.status_code == 403, path
            assert 'name="a"' in without.text, path


async def test_no_address_acts_when_it_is_only_read(alone: Site) -> None:
    """Case 14: a picture or a link on another site's page changes nothing, whoever has signed in."""
    reads = [path for path, methods in alone.app.openapi()["paths"].items() if "get" in methods]
    assert {"/try", "/account", "/sign-in", "/signed-out"} <= set(reads)
    conn = await asyncpg.connect(alone.dsn)
    try:
        async with alone.browser(await alone.signed_in(roles=STAFF_OF_VALLILA)) as browser:
            before = await conn.fetch("select * from web.session")
            for path in reads:
                answer = await browser.get(
                    re.sub(r"{[^}]*}", str(uuid4()), path), headers={"Sec-Fetch-Site": "cross-site"}
                )
                assert answer.status_code != 500, path
                assert await conn.fetch("select * from web.session") == before, path
    finally:
        await conn.close()


async def test_a_session_of_somebody_who_was_erased_does_not_go_on_as_somebody_new(dsn: str) -> None:
    """Wherever they were erased: people knows the provider's person as another from then on."""
    aino, new = uuid4(), uuid4()
    async with issuer() as people:
        now_known_as = [aino]

        def exchanged(_: httpx.Request) -> httpx.Response:
            claims = people.claims(now_known_as[-1], now=made.clock())
            return httpx.Response(200, json={"access_token": people.token(claims)})

        asked = httpx.AsyncClient(transport=httpx.MockTransport(exchanged), base_url="http://people")
        async with asked, site(dsn, {"people": asked}) as made:
            with_pages(made)
            async with made.browser(await made.signed_in(person=aino)) as browser:
                assert (await browser.get("/mine")).json()["person"] == str(aino)
                now_known_as.append(new)
                made.clock.pass_(minutes=6)
                assert (await browser.get("/mine")).status_code == 303
                assert await made.web.sessions.database.fetchval("select count(*) from web.session") == 0


async def test_a_form_that_was_open_too_long_is_kept_and_sent_after_signing_in_again(alone: Site) -> None:
    sent = with_pages(alone)
    async with alone.browser(await alone.signed_in()) as browser:
        typed = {"csrf": field((await browser.get("/a-form")).text, "csrf"), "text": 'line\nwith "<b>"', "id": "7"}
        alone.clock.pass_(hours=3)
        kept = await browser.post("/mine?lang=en", data=typed, headers=FROM_HERE)
        assert kept.status_code == 403
        assert "All that you typed is kept" in kept.text
        assert "\nline\nwith &#34;&lt;b&gt;&#34;</textarea>" in kept.text
        assert sent == []
        for name, value in (await alone.signed_in("Aino again")).items():
            browser.cookies.set(name, value, "127.0.0.1")
        again = await browser.post("/mine?lang=en", data=typed | {"csrf": field(kept.text, "csrf")}, headers=FROM_HERE)
        assert again.status_code == 200
        assert sent[0] | {"csrf": ""} == typed | {"name": "Aino again", "csrf": ""}


async def test_a_form_has_another_token_and_another_id_each_time(alone: Site) -> None:
    """A token that never repeats cannot be guessed from how well a page is compressed; an id is one event's."""
    with_pages(alone)
    async with alone.browser() as browser:
        pages = [(await browser.get("/a-form")).text for _ in range(3)]
        for name in ("csrf", "id"):
            assert len({field(page, name) for page in pages}) == 3


async def test_one_visit_has_one_random_session_before_and_after_signing_in(alone: Site) -> None:
    """So that a refusal and what was booked instead are seen to be one visitor's (M10)."""
    with_pages(alone)
    async with alone.browser() as browser, alone.browser() as other:

        async def session(of: httpx.AsyncClient) -> str:
            form = {"csrf": field((await of.get("/a-form")).text, "csrf")}
            return str((await of.post("/a-form", data=form)).json()["session"])

        first = await session(browser)
        assert await session(browser) == first
        assert await session(other) != first
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())], "client": None})
        begun = await alone.web.sessions.begin(request, identity(at=alone.clock()))
        assert begun is not None
        assert str(begun.session.visit) == first


async def test_who_signs_out_is_known_no_more_and_the_next_visit_is_another(alone: Site) -> None:
    with_pages(alone)
    cookies = await alone.signed_in()
    async with alone.browser(cookies) as browser:
        visit = (await browser.get("/a-form")).text
        out = await browser.post("/sign-out?lang=en", data={"csrf": field(visit, "csrf")}, headers=FROM_HERE)
        assert (out.status_code, out.headers["location"]) == (303, "/signed-out?lang=en")
        assert out.headers["clear-site-data"] == '"cache"'
        assert not browser.cookies
        assert "You have signed out" in (await browser.get("/signed-out?lang=en")).text
    async with alone.browser(cookies) as thief:
        assert (await thief.get("/mine")).status_code == 303


async def test_pages_that_need_nobody_are_there_without_the_database(dsn: str) -> None:
    async with site("postgresql://127.0.0.1:9/web") as made, made.browser() as browser:
        assert (await browser.get("/?lang=en")).status_code == 200
        assert (await browser.get("/try?lang=en")).status_code == 200
    async with site("postgresql://127.0.0.1:9/web") as made, made.browser(await signed_in_at(dsn)) as browser:
        assert (await browser.get("/?lang=en")).status_code == 200
        assert (await browser.get("/try?lang=en")).status_code == 503
