"""Items as Atom (RFC 4287) and JSON Feed 1.1."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree

from chassis.installation import Installation
from chassis.local_time import span
from icalendar import Calendar, Event

from notices import language
from notices.domain.notices import printable
from notices.queries import Item, ItemDocument, present

ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

ElementTree.register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself. `base` is the service's address, without a slash at its end."""

    installation: Installation
    unit: str | None
    language: str
    base: str
    updated: datetime

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE_URL, f"/{self.installation.municipality}/notices/{self.unit or ''}/{self.language}")

    @property
    def title(self) -> str:
        if self.unit is None:
            return language.word("title", self.language)
        return language.word("title_of_unit", self.language).format(unit=self.unit.capitalize())

    @property
    def publisher(self) -> str:
        return language.word("publisher", self.language)

    @property
    def query(self) -> str:
        return f"?lang={self.language}" + (f"&unit={self.unit}" if self.unit else "")

    def page_of(self, item: Item) -> str:
        """Tell where a person reads the item."""
        if item.decision:
            origin = urlsplit(self.base)
            return f"{origin.scheme}://{origin.netloc}/decisions/decisions/{quote(item.decision)}?lang={self.language}"
        return f"{self.base}/notice/{item.id}?lang={self.language}"

    def content_of(self, item: Item) -> str:
        """Tell when and where it is, and the text."""
        when = span(item.slot.start, item.slot.end, self.language, self.installation.time_zone) if item.slot else ""
        return "\n\n".join(part for part in (when, item.place or "", item.text) if part)


class Author(TypedDict):
    """Who tells something, by name."""

    name: str


class JsonItem(TypedDict, total=False):
    """An item of a JSON Feed; what it has not is left out."""

    id: str
    url: str
    title: str
    content_text: str
    date_published: str | None
    date_modified: str
    language: str
    authors: list[Author] | None
    tags: list[str]
    _omatoimi: ItemDocument


class JsonFeed(TypedDict):
    """A JSON Feed 1.1; what only we have stands in each item's `_omatoimi`."""

    version: str
    title: str
    home_page_url: str
    feed_url: str
    language: str
    authors: list[Author]
    items: list[JsonItem]


def atom(feed: Feed, items: Sequence[Item]) -> bytes:
    """Return an Atom document in UTF-8."""
    root = ElementTree.Element(f"{{{ATOM}}}feed", {_LANG: feed.language})
    _add(root, "id", feed.id.urn)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(feed.updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{feed.base}/v1/feed.atom{feed.query}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{feed.base}/{feed.query}")
    _add(_add(root, "author"), "name", feed.publisher)
    for item in items:
        entry = _add(root, "entry")
        entry.set(_LANG, item.language)
        _add(entry, "id", item.id.urn)
        _add(entry, "title", item.title)
        _add(entry, "updated", _moment(item.updated))
        if item.publish_from:
            _add(entry, "published", _moment(item.publish_from))
        if item.name:
            _add(_add(entry, "author"), "name", item.name)
        _add(entry, "link", rel="alternate", type="text/html", href=feed.page_of(item))
        _add(entry, "category", term=item.kind)
        _add(entry, "content", feed.content_of(item), type="text")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    # The library writes characters that no XML parser takes: they are dropped here, wherever the words came from.
    child.text = printable(text) or None
    return child


def json_feed(feed: Feed, items: Sequence[Item]) -> JsonFeed:
    """Return what is on as a JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"{feed.base}/{feed.query}",
        "feed_url": f"{feed.base}/v1/feed.json{feed.query}",
        "language": feed.language,
        "authors": [{"name": feed.publisher}],
        "items": [_json_item(feed, item) for item in items],
    }


def _json_item(feed: Feed, item: Item) -> JsonItem:
    members: JsonItem = {
        "id": item.id.urn,
        "url": feed.page_of(item),
        "title": item.title,
        "content_text": feed.content_of(item),
        "date_published": _moment(item.publish_from) if item.publish_from else None,
        "date_modified": _moment(item.updated),
        "language": item.language,
        "authors": [{"name": item.name}] if item.name else None,
        "tags": [item.kind],
        "_omatoimi": item.document(),
    }
    return present(members)


def calendar(feed: Feed, items: Sequence[Item]) -> bytes:
    """Return what has a time as iCalendar (RFC 5545), to be subscribed to: no attendees, nothing that alarms."""
    made = Calendar()
    made.add("prodid", "-//Omatoimi//notices//")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", feed.title)
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for item in items:
        if item.slot is None:
            continue
        event = Event()
        event.add("uid", item.id.urn)
        event.add("dtstamp", item.updated)
        event.add("last-modified", item.updated)
        event.add("sequence", item.version - 1)
        event.add("dtstart", item.slot.start)
        event.add("dtend", item.slot.end)
        event.add("summary", printable(item.title), parameters={"LANGUAGE": item.language})
        event.add("description", printable(item.text), parameters={"LANGUAGE": item.language})
        if item.place:
            event.add("location", printable(item.place))
        event.add("url", feed.page_of(item))
        made.add_component(event)
    return bytes(made.to_ical())


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
