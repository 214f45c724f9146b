"""Pages: complete in three languages, from their own server alone, with a banner over example content."""

import gzip
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from chassis import pages
from chassis.demo import Demo, DemoState
from chassis.http import STATIC
from chassis.pages import HERE, LANGUAGES, Pages
from chassis.problem import tell_problems
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse


async def page(path: str, demo: Demo | None = None) -> httpx.Response:
    """A page of the layout alone."""
    app = FastAPI()
    app.state.demo = lambda: demo
    layout = Pages(HERE)

    @app.get("/{rest:path}")
    async def any_page(request: Request) -> HTMLResponse:
        return layout.render(request, "problem.html", kind="404")

    tell_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        return await client.get(path)


def example(state: DemoState, done: int = 400) -> Demo:
    return Demo(state, 1, date(2026, 11, 26), done, 2000)


def test_every_word_stands_in_all_languages() -> None:
    words = Pages(HERE).words
    assert len({frozenset(words[code]) for code in LANGUAGES}) == 1
    assert all(text.strip() for code in LANGUAGES for text in words[code].values())


def test_a_word_that_two_files_tell_is_refused(tmp_path: Path) -> None:
    """Else one of them would be said nowhere, whatever is written in it."""
    locale = tmp_path / "locale"
    locale.mkdir()
    (locale / "words.yaml").write_text('title: {fi: "Talo"}\nroom.free: {fi: "Vapaa"}\n', "utf-8")
    (locale / "room.yaml").write_text('taken: {fi: "Varattu"}\n', "utf-8")
    assert pages.words_of(tmp_path, "fi") == {"title": "Talo", "room.free": "Vapaa", "room.taken": "Varattu"}
    (locale / "words.yaml").write_text('room.taken: {fi: "Ei vapaa"}\n', "utf-8")
    pages._by_key.cache_clear()
    with pytest.raises(ValueError, match=r"room\.taken"):
        pages.words_of(tmp_path, "fi")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_banner_stands_over_example_content_and_says_how_to_take_it_out(lang: str) -> None:
    words = Pages(HERE).words[lang]
    shown = (await page(f"/?lang={lang}", example("shown"))).text
    assert words["demo.shown"] in shown
    assert "<code>omatoimi reset --demo</code>" in shown
    assert "<progress" not in shown
    assert "data-live" not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_while_it_fills_in_a_bar_says_how_far_it_is(lang: str) -> None:
    filling = (await page(f"/?lang={lang}", example("filling"))).text
    assert '<progress max="2000" value="400"' in filling
    assert "20 %" in filling
    assert 'data-filling="/v1/demo"' in filling
    assert "data-live" not in filling
    assert "omatoimi reset --demo" not in filling


async def test_without_example_content_there_is_no_banner() -> None:
    for demo in (None, example("taken out")):
        assert 'class="banner"' not in (await page("/", demo)).text


async def test_a_page_takes_everything_from_its_own_server() -> None:
    answer = await page("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    named = re.findall(r'(?:src|href)="([^"#?]+)', answer.text)
    assert {"/static/omatoimi.css", "/static/omatoimi.js"} <= set(named)
    assert all(one.startswith("/") and not one.startswith("//") for one in named)
    served = [one.removeprefix("/static/") for one in named if one.startswith("/static/")]
    assert [name for name in served if not (STATIC / name).is_file()] == []
    sheet = (STATIC / "omatoimi.css").read_text()
    assert [name for name in re.findall(r'url\("([^"]+)"\)', sheet) if not (STATIC / name).is_file()] == []
    assert "http" not in sheet + (STATIC / "omatoimi.js").read_text().replace("https and localhost", "")
    assert not re.search(r"<[^>]+ (style|on\w+)=", answer.text)


@pytest.mark.parametrize(
    ("path", "here"),
    [("/", []), ("/rooms", ["/rooms"]), ("/rooms/kerhohuone", ["/rooms"]), ("/roomsy", []), ("/privacy", ["/privacy"])],
)
async def test_the_menu_says_which_page_one_is_on(path: str, here: list[str]) -> None:
    text = (await page(f"{path}?lang=en")).text
    assert re.findall(r'href="([^"]+)\?lang=en" aria-current="page"', text) == here


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_menu_is_what_residents_do_and_what_systems_need_stands_in_the_footer(lang: str) -> None:
    text = (await page(f"/?lang={lang}")).text
    menu, footer = text.split("<footer")
    links = [re.findall(r'href="(/[^"?]*)\?lang=', part) for part in (menu.split('class="services"')[1], footer)]
    assert links[0][:4] == ["/rooms", "/notices/", "/decisions/", "/analytics/"]
    assert links[1] == ["/", *links[0][:4], "/contact", "/accessibility", "/privacy", "/developers"]


def test_a_service_is_marked_in_the_menu_on_all_of_its_pages() -> None:
    scope = {"type": "http", "method": "GET", "path": "/notices/x", "root_path": "/notices", "query_string": b""}
    request = Request(scope | {"headers": [], "server": ("test", 80), "app": SimpleNamespace(state=SimpleNamespace())})
    html = bytes(Pages(HERE).render(request, "problem.html", kind="404").body).decode()
    assert re.findall(r'href="([^"?]+)[^"]*" aria-current="page"', html) == ["/notices/"]


def test_a_page_with_an_entry_of_its_own_is_marked_there(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = (pages.MenuEntry(1, "/booking/", "nav.label"), pages.MenuEntry(2, "/booking/hours", "nav.label"))
    monkeypatch.setattr(pages, "menu", lambda: entries)
    for path, marked in (("/booking/hours", "/booking/hours"), ("/booking/", "/booking/"), ("/booking/x", "/booking/")):
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "/booking", "query_string": b""}
        request = Request(
            scope | {"headers": [], "server": ("test", 80), "app": SimpleNamespace(state=SimpleNamespace())}
        )
        html = bytes(Pages(HERE).render(request, "problem.html", kind="404").body).decode()
        assert re.findall(r'href="([^"?]+)[^"]*" aria-current="page"', html) == [marked]


def test_what_every_page_brings_along_stays_small() -> None:
    """A phone on a slow line has the page at once: so many bytes, compressed, and none of the library's devices."""
    files = [path for path in Path(STATIC).iterdir() if path.stem not in ("kiosk", "screen")]
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(sizes.values()) < 14_000, sizes
