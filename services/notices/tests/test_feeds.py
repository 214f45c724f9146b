"""Feeds that readers who are not ours can read, whatever people write."""

import itertools
import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import feedparser
import pytest
from chassis.http import app
from chassis.installation import EXAMPLE, load
from httpx import ASGITransport, AsyncClient
from notices.feeds import Feed
from notices.feeds import atom as atom_of
from notices.queries import Item
from omatoimi_contracts.decisions import DecisionPublished
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.kits.notices import BEGAN, House

ODD = 'Ma\u0000tto & <b>"pyykki"</b> ]]> \u0007\u000b\u001b\u007f\u0085\ufffe 🧺 Vallilan—ÅÄÖ \u202e'


async def atom(house: House, **query: str) -> Any:
    answer = await house.bench.http.get("/v1/feed.atom", params=query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    ElementTree.fromstring(answer.content)
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


async def test_an_independent_reader_reads_titles_texts_times_and_links(house: House) -> None:
    organisation = await house.verified(registernumber="123.456", name="Vallila-seura")
    slot = {"start": "2026-12-02T16:00:00Z", "end": "2026-12-02T18:30:00Z"}
    notice = await house.posted(
        organiser={"organisation": str(organisation)}, texts={"fi": "Tule mukaan!\n\nKahvia."}, slot=slot, kind="event"
    )
    await house.apply(
        house.neighbours.decided(DecisionPublished, "a", 1),
        house.neighbours.words_of("a", 1, "Puisto", "Puisto tehdään."),
    )
    feed = await atom(house, unit="vallila")
    assert feed.feed.title == "Mitä alueella tapahtuu: Vallila"
    assert UUID(feed.feed.id)
    entries = {entry.title: entry for entry in feed.entries}
    talkoot, puisto = entries["Talkoot"], entries["Puisto"]
    assert UUID(talkoot.id) == UUID(notice)
    assert talkoot.author == "Vallila-seura"
    assert talkoot.tags[0].term == "event"
    assert talkoot.link == f"http://test/notice/{notice}?lang=fi"
    assert talkoot.content[0].type == "text/plain"
    assert talkoot.content[0].value == "ke 2.12.2026 18.00–20.30\n\nTule mukaan!\n\nKahvia."
    assert talkoot.content[0].language == "fi"
    assert talkoot.published_parsed[:5] == (2026, 12, 1, 10, 0)
    assert puisto.content[0].value == "Puisto tehdään."
    assert puisto.tags[0].term == "decision"
    assert (await house.bench.http.get(talkoot.link)).status_code == 200
    assert re.fullmatch(r"http://test/decisions/decisions/[^/#]+(/[^/#]+)*\?lang=fi", puisto.link)


async def test_odd_characters_spoil_no_feed_and_no_page(house: House) -> None:
    asked = ODD.replace("\0", "")  # which nobody can ask for; what decisions tells may hold it
    await house.posted(house.bench.staff, titles={"fi": asked}, texts={"fi": asked + "\r\n" + asked})
    await house.apply(
        house.neighbours.decided(DecisionPublished, "{A}", 1), house.neighbours.words_of("{A}", 1, "Päätös " + ODD, ODD)
    )
    feed = await atom(house)
    titles = sorted(entry.title_detail.value for entry in feed.entries)
    assert len(titles) == 2
    assert all("\x07" not in title and "🧺 Vallilan—ÅÄÖ" in title for title in titles)
    raw = ElementTree.fromstring((await house.bench.http.get("/v1/feed.atom")).content)
    found = [title.text or "" for title in raw.iter("{http://www.w3.org/2005/Atom}title")]
    assert any(title.startswith('Matto & <b>"pyykki"</b> ]]>') for title in found)
    page = (await house.bench.http.get("/")).text
    assert "<b>" not in page
    assert "&lt;b&gt;&#34;pyykki&#34;&lt;/b&gt;" in page
    assert json.loads((await house.bench.http.get("/v1/feed.json")).content)["items"]


def test_no_character_of_any_item_can_break_the_document() -> None:
    """Also one that came past the endpoint: here every character that there is, but for lone surrogates."""
    everything = "".join(map(chr, itertools.chain(range(0xD800), range(0xE000, 0x110000))))
    item = Item(UUID(int=1), "event", "fi", ("fi",), everything, everything, BEGAN, 1, (), unit="vallila")
    document = atom_of(Feed(load(EXAMPLE), "vallila", "fi", "http://test", BEGAN), [item])
    (title,) = ElementTree.fromstring(document).iterfind("{*}entry/{*}title")
    assert title.text is not None
    assert "".join(map(chr, range(0x20, 0x7F))) in title.text
    assert "🧺" in title.text
    assert "\x07" not in title.text


@pytest.mark.parametrize("path", ["/v1/feed.atom", "/v1/feed.json", "/v1/notices"])
async def test_a_reader_who_has_it_is_told_so_and_sees_every_change(house: House, path: str) -> None:
    notice = await house.posted(house.bench.staff)
    first = await house.bench.http.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    house.clock.pass_(hours=1)
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await house.bench.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await house.change(notice, house.bench.staff, titles={"fi": "Muuttui"})
    changed = await house.bench.http.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    house.clock.pass_(days=2)
    gone = await house.bench.http.get(path, headers={"If-None-Match": changed.headers["etag"]})
    assert gone.status_code == 200
    assert "Muuttui" not in gone.text


async def test_an_entry_keeps_its_id_and_tells_when_it_changed(house: House) -> None:
    notice = await house.posted(house.bench.staff)
    (before,) = (await atom(house)).entries
    house.clock.pass_(hours=3)
    await house.posted(house.bench.staff, titles={"fi": "Uudempi"})
    house.clock.pass_(hours=1)
    await house.change(notice, house.bench.staff, until=house.after(days=3).isoformat())
    feed = await atom(house)
    assert [entry.title for entry in feed.entries] == ["Talkoot", "Uudempi"], "the last changed first"
    after = feed.entries[0]
    assert after.id == before.id
    assert after.published == before.published
    assert datetime.fromisoformat(after.updated) == house.clock.now
    assert feed.feed.updated == after.updated


async def test_an_empty_feed_is_a_feed(house: House) -> None:
    feed = await atom(house, lang="en")
    assert feed.entries == []
    assert feed.feed.title == "What is on in the area"
    notice = await house.posted(house.bench.staff)
    house.clock.pass_(hours=1)
    await house.change(notice, house.bench.staff, withdraw=True)
    feed = await atom(house)
    assert feed.entries == []
    assert datetime.fromisoformat(feed.feed.updated) == house.clock.now


async def test_json_feed_has_what_the_format_asks_for(house: House) -> None:
    notice = await house.posted(house.bench.staff, slot=house.slot(), opentopublic=True)
    answer = await house.bench.http.get("/v1/feed.json?lang=sv&unit=vallila")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://test/v1/feed.json?lang=sv&unit=vallila"
    (item,) = feed["items"]
    assert item["id"] == f"urn:uuid:{notice}"
    assert item["content_text"]
    assert datetime.fromisoformat(item["date_published"]).tzinfo
    assert item["_omatoimi"]["until"] == "2026-12-03T10:00:00Z"


async def test_words_are_of_one_language_and_say_which(house: House) -> None:
    await house.posted(house.bench.staff, titles={"fi": "Talkoot", "sv": "Talko"}, texts={"fi": "Tule"})
    await house.posted(house.bench.staff, titles={"so": "Kulan"}, texts={"so": "Kaalay"})
    swedish = {item["title"]: item for item in await house.items(lang="sv")}
    assert swedish["Talko"]["text"] == ""
    assert swedish["Talko"]["languages"] == ["fi", "sv"]
    assert (swedish["Kulan"]["language"], swedish["Kulan"]["text"]) == ("so", "Kaalay")
    english = {item["title"]: item for item in await house.items(lang="en")}
    assert (english["Talkoot"]["language"], english["Talkoot"]["text"]) == ("fi", "Tule")
    languages = {entry.title: entry.title_detail.language for entry in (await atom(house, lang="sv")).entries}
    assert languages == {"Talko": "sv", "Kulan": "so"}


async def test_a_kind_can_be_asked_for(house: House) -> None:
    for kind in ("event", "hobby", "volunteering"):
        await house.posted(house.bench.staff, kind=kind, titles={"fi": kind})
    # A kind that a later release may know stands here already.
    await house.bench.service.pool.execute("update notices.notice set kind = 'poetry-slam' where kind = 'volunteering'")
    assert await house.titles(kind="hobby") == ["hobby"]
    assert await house.titles(kind="poetry-slam") == ["volunteering"]
    assert await house.titles(kind="decision") == []
    assert len((await atom(house, kind="event")).entries) == 1
    assert (await house.bench.http.get("/v1/notices?kind=<b>")).status_code == 422


async def test_links_lead_below_the_place_where_the_service_is_mounted(house: House) -> None:
    notice = await house.posted(house.bench.staff)
    city = Starlette(routes=[Mount("/notices", app(house.bench.service))])
    async with AsyncClient(transport=ASGITransport(app=city), base_url="https://omatoimi.example") as http:
        feed = feedparser.parse((await http.get("/notices/v1/feed.atom")).content)
        page = (await http.get("/notices/")).text
    assert feed.entries[0].link == f"https://omatoimi.example/notices/notice/{notice}?lang=fi"
    assert f'href="/notices/notice/{notice}?lang=fi"' in page
    assert 'href="/notices/v1/feed.atom?lang=fi"' in page
