"""A notice as it is told, listed, worded and fed."""

from typing import Any
from uuid import UUID

import feedparser
from omatoimi_contracts.vocabulary import Slot

from tests.exchanges.town import ConnectedServices

TOLD, WORDS = "notices.events.v1", "notices.documents.v1"


async def post(town: ConnectedServices, booking: str, slot: dict[str, str]) -> UUID:
    """A notice of what happens there, shown until it is over."""
    body = {"kind": "event", "titles": {"fi": "Korttelin ilta"}, "until": slot["end"], "slot": slot, "booking": booking}
    answer = await town["notices"].endpoints.staff.post("/v1/notices", body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["resource"]["id"])


async def listed(town: ConnectedServices, notice: UUID) -> dict[str, Any] | None:
    """The notice on the list that anybody reads."""
    answer = await town["notices"].endpoints.http.get("/v1/notices")
    return next((item for item in answer.json()["items"] if item["id"] == str(notice)), None)


async def in_the_feed(town: ConnectedServices, notice: UUID) -> str | None:
    """What a reader of the Atom feed reads of it."""
    answer = await town["notices"].endpoints.http.get("/v1/feed.atom")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    return next((entry.content[0].value for entry in feed.entries if entry.id == notice.urn), None)


async def stands_at(town: ConnectedServices, notice: UUID, slot: dict[str, str]) -> None:
    """The notice is told, listed, worded and fed as of this slot, and shown until it is over."""
    wanted = Slot.model_validate(slot)
    last = (await town.told(TOLD, notice))[-1]
    assert (last.data.slot, last.data.until) == (wanted, wanted.end)
    item = await listed(town, notice)
    assert item is not None
    assert Slot.model_validate(item["slot"]) == wanted
    assert item["version"] == last.data.version
    words = await town.words(WORDS, notice)
    assert words is not None
    assert (words.data.version, words.data.titles) == (last.data.version, {"fi": "Korttelin ilta"})
    assert f"{wanted.start.day}.{wanted.start.month}." in (await in_the_feed(town, notice) or "")


async def is_gone(town: ConnectedServices, notice: UUID) -> None:
    """The notice is told to be withdrawn; it is on no list and in no feed, and its words are taken back."""
    last = (await town.told(TOLD, notice))[-1]
    assert (last.type, last.data.by) == ("omatoimi.notice.withdrawn.v1", "automatic")
    assert await listed(town, notice) is None
    assert await in_the_feed(town, notice) is None
    assert await town.words(WORDS, notice) is None
