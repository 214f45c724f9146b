"""Somebody at a browser without script: reads pages, follows links, fills in forms and sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

VOID = {"meta", "link", "img", "input", "br", "hr", "path", "rect"}


@dataclass
class Form:
    """A form as it came: its fields and the words of its button."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Page(HTMLParser):
    """What a person sees of a page: `text`, `links`, `forms`, `commands` (to be pasted), its title and language."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status, self.url, self.html = answer.status_code, str(answer.url), answer.text
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.commands: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text = self.title = ""
        self._open: list[str] = []
        self._written = self._selected = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "a":
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "form":
            self.forms.append(Form(urljoin(self.url, given["action"])))
        elif tag == "input" and "name" in given and ("checked" in given or given.get("type") != "checkbox"):
            self.forms[-1].fields[str(given["name"])] = given.get("value") or ""
        elif tag == "textarea":
            self.forms[-1].fields[str(given["name"])] = ""
            self._written = str(given["name"])
        elif tag == "select":
            self._selected = str(given["name"])
        elif tag == "option" and (self._selected not in self.forms[-1].fields or "selected" in given):
            self.forms[-1].fields[self._selected] = given.get("value") or ""
        elif tag == "code" and "pre" in self._open:
            self.commands.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.title += data
        elif "textarea" in self._open:
            self.forms[-1].fields[self._written] += data
        elif "pre" in self._open:
            self.commands[-1] += data
        else:
            self.text += data
            if "button" in self._open:
                self.forms[-1].button += data

    def has(self, words: str) -> bool:
        """Whether these words can be read, however the lines are broken."""
        return " ".join(words.split()) in " ".join(self.text.split())


class Visitor:
    """A browser at an installation."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=300, follow_redirects=True, headers={"Accept": "text/html"})

    def open(self, path: str) -> Page:
        return Page(self.http.get(path))

    def send(self, form: Form, **changes: str) -> Page:
        """Send a form with some fields changed, as a browser sends one of the page it is on."""
        return Page(self.http.post(form.action, data=form.fields | changes, headers={"Sec-Fetch-Site": "same-origin"}))

    def sign_in(self, person: str = "resident") -> Page:
        """Sign in as one of the ready-made persons of a local installation; the page on which that ends, be it that the
        provider does not answer yet."""
        who = self.open("/sign-in?next=/my")
        asks = [form for form in who.forms if "/who-are-you/" in form.action]
        return self.send(asks[0], person=person) if asks else who
