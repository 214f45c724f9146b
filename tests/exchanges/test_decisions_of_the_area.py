"""A decision about the library's area is an item of its feed, and leaves it when it no longer is one."""

from functools import partial
from itertools import count
from typing import Any

import feedparser

from tests.exchanges.town import ConnectedServices
from tests.waiting import until

DECIDED, WORDS = "decisions.events.v1", "decisions.documents.v1"
sections = count(1)


def record(section: int, title: str) -> dict[str, Any]:
    """A record of the city's case system: a decision of a meeting, in a case of its own."""
    return {
        "NativeId": f"{{00000000-0000-0000-0000-{section:012}}}",
        "Title": title,
        "CaseIDLabel": f"HEL 2026-{section:06}",
        "Section": str(section),
        "PublicityClass": "Julkinen",
        "Organization": {"ID": "U541000", "Name": "Kaupunkiympäristölautakunta"},
        "Meeting": {"MeetingID": "U54100020261", "DateMeeting": "2026-11-10T15:30:00.000"},
        "Content": f'<html lang="fi"><body><div class="paatos"><h1 class="AsiaOtsikko">{title}</h1>'
        '<div class="SisaltoSektio"><h3 class="SisaltoOtsikko">Päätös</h3><p>Esitys hyväksyttiin.</p></div>'
        "</div></body></html>",
    }


async def send(town: ConnectedServices, **asked: object) -> dict[str, Any]:
    """The outcome of a record that was sent."""
    answer = await town["decisions"].endpoints.staff.post("/v1/records", {"kind": "decision", **asked})
    assert answer.status_code in (200, 201), answer.text
    outcome: dict[str, Any] = answer.json()["outcome"]
    return outcome


async def decide(town: ConnectedServices, title: str) -> tuple[int, str]:
    """A new decision: its section, and the key it is known by."""
    section = next(sections)
    outcome = await send(town, content=record(section, title))
    assert outcome["type"] == "omatoimi.decision.published.v1"
    return section, outcome["data"]["decision"]


async def take_back(town: ConnectedServices, section: int) -> None:
    outcome = await send(town, remove=True, record=record(section, "")["NativeId"])
    assert outcome["type"] == "omatoimi.decision.removed.v1"


async def titles(town: ConnectedServices, unit: str = "vallila") -> dict[str, str]:
    """The decisions on the library's list, by key."""
    answer = await town["notices"].endpoints.http.get("/v1/notices", params={"unit": unit, "kind": "decision"})
    return {item["decision"]: item["title"] for item in answer.json()["items"]}


async def in_the_feed(town: ConnectedServices) -> list[str]:
    """The titles that a reader of the library's Atom feed reads."""
    answer = await town["notices"].endpoints.http.get("/v1/feed.atom", params={"unit": "vallila"})
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    return [entry.title for entry in feed.entries]


async def is_forgotten(town: ConnectedServices, decision: str, *words: str) -> None:
    """The decision and its words are on no list, in no feed, in no table of notices, and taken back on their topic."""
    assert decision not in await titles(town)
    assert not set(words) & set(await in_the_feed(town))
    assert await town.words(WORDS, decision) is None
    assert await town["notices"].fetch("select title from notices.decision_words where decision = $1", decision) == []


async def caught_up(town: ConnectedServices) -> None:
    await town.caught_up("notices", DECIDED, WORDS)


async def test_a_decision_about_the_area_is_in_the_feed_until_it_is_removed(town: ConnectedServices) -> None:
    section, decision = await decide(town, "Vallilan puiston kunnostaminen")

    async def shown() -> bool:
        return "Vallilan puiston kunnostaminen" in await in_the_feed(town)

    await until(shown, "the decision is in the feed")
    assert (await titles(town))[decision] == "Vallilan puiston kunnostaminen"
    await take_back(town, section)

    async def gone() -> bool:
        return not await shown()

    await until(gone, "the decision has left the feed")
    await caught_up(town)
    await is_forgotten(town, decision, "Vallilan puiston kunnostaminen")


async def test_a_decision_that_turns_out_to_concern_another_district_leaves_the_feed_and_may_return(
    town: ConnectedServices,
) -> None:
    section, decision = await decide(town, "Vallilan leikkipuisto")
    _, elsewhere = await decide(town, "Kallion leikkipuisto")
    await caught_up(town)
    assert decision in await titles(town)
    assert elsewhere not in await titles(town)
    await send(town, content=record(section, "Kallion toinen leikkipuisto"))
    await caught_up(town)
    assert decision not in await titles(town)
    assert not {"Vallilan leikkipuisto", "Kallion toinen leikkipuisto"} & set(await in_the_feed(town))
    await send(town, content=record(section, "Vallilan toinen leikkipuisto"))
    await caught_up(town)
    assert (await titles(town))[decision] == "Vallilan toinen leikkipuisto"


async def test_notices_that_was_down_for_a_day_shows_what_it_knew_and_is_right_again_after(
    town: ConnectedServices,
) -> None:
    (removed, gone), (moved, away), (corrected, stays) = [
        await decide(town, title) for title in ("Vallilan uimala", "Vallilan tori", "Vallilan silta")
    ]
    await caught_up(town)
    async with town.down_for_a_day("notices"):
        _, new = await decide(town, "Vallilan kioski")
        fleeting, hidden = await decide(town, "Vallilan väliaikainen kioski")
        await take_back(town, removed)
        await take_back(town, fleeting)
        await send(town, content=record(moved, "Kallion tori"))
        await send(town, content=record(corrected, "Vallilan silta, korjattu"))
        known = await titles(town)
        assert [known[key] for key in (gone, away, stays)] == ["Vallilan uimala", "Vallilan tori", "Vallilan silta"]
        assert new not in known
    await caught_up(town)
    known = await titles(town)
    assert away not in known
    assert (known[new], known[stays]) == ("Vallilan kioski", "Vallilan silta, korjattu")
    await is_forgotten(town, gone, "Vallilan uimala")
    await is_forgotten(town, hidden, "Vallilan väliaikainen kioski")


async def test_old_words_and_facts_that_come_again_bring_nothing_back(town: ConnectedServices) -> None:
    (removed, gone), (moved, away), (corrected, stays), (returning, back) = [
        await decide(town, title) for title in ("Vallilan kaivo", "Vallilan mylly", "Vallilan aita", "Vallilan portti")
    ]
    await town.sent()
    await take_back(town, removed)
    await send(town, content=record(moved, "Kallion mylly"))
    await send(town, content=record(corrected, "Vallilan aita, korjattu"))
    await take_back(town, returning)
    await town.sent()
    await send(town, content=record(returning, "Vallilan portti, taas"))
    await town.everything_twice(DECIDED, WORDS)
    late, anew = partial(town.very_late, "notices"), partial(town.read_anew, "notices")
    for again in (town.everything_twice, late, anew):
        await again(DECIDED, WORDS)
        known = await titles(town)
        assert away not in known
        assert (known[stays], known[back]) == ("Vallilan aita, korjattu", "Vallilan portti, taas")
        await is_forgotten(town, gone, "Vallilan kaivo")


async def test_a_worker_of_notices_killed_in_the_middle_of_a_removal_forgets_all_the_same(
    town: ConnectedServices,
) -> None:
    section, decision = await decide(town, "Vallilan laituri")
    await caught_up(town)
    hold = "lock table notices.decision_words in exclusive mode"
    async with town.killed_in_the_middle("notices", hold):
        await take_back(town, section)
        _, new = await decide(town, "Vallilan uusi laituri")
    await caught_up(town)
    await is_forgotten(town, decision, "Vallilan laituri")
    assert (await titles(town))[new] == "Vallilan uusi laituri"
