"""Pages: server-rendered HTML in Finnish, Swedish and English, complete without script.

A service's templates extend `layout.html`, which has the header, the languages, the banner over example content and the
one style sheet. Words stand in `locale/` of the service, each in all languages: in `<prefix>.yaml` what begins with
that prefix (the words of `rooms.html` in `rooms.yaml`, of refusals in `reasons.yaml`, its entries in the menu of every
page in `menu.yaml`), in `words.yaml` all others, by their whole keys. A key that a language lacks, or that stands
twice, is an error, not a silence.
What counts has a word for each plural form (`rooms.persons.one`, `rooms.persons.other`): the field `count` decides.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse
from omatoimi_contracts.topics import TOPICS

from chassis.installation import LOADER
from chassis.local_time import LOCALES
from chassis.negotiation import language_of

LANGUAGES = ("fi", "sv", "en")
HERE = Path(__file__).parent
WEB = "web"
"""The channel that comes with the system: it owns no topic, and has pages."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Everything a page needs comes from where it came from itself."""


def language(request: Request) -> str:
    """Return the language to answer in: `?lang=`, else the one of ours that Accept-Language wants most, else the
    first."""
    asked, ours = request.query_params.get("lang", ""), languages(request)
    if asked in ours:
        return asked
    return language_of(request.headers.get("accept-language", ""), ours)


def languages(request: Request) -> tuple[str, ...]:
    """Return the languages of these pages: those of the installation."""
    return tuple(getattr(request.app.state, "languages", LANGUAGES))


def readable(code: str) -> str:
    """Return a code of which no name is known here, as a reader may see it: `liikuntasali-a` is "Liikuntasali a"."""
    return code[:1].upper() + code[1:].replace("-", " ")


def called(names: Mapping[str, str], language: str, code: str) -> str:
    """Tell what the city calls something, in this language, else in Finnish, else in any; its code, as readable as can
    be, where it calls it nothing."""
    return names.get(language) or names.get("fi") or next(iter(names.values()), readable(code))


def said(words: Mapping[str, str], language: str, key: str, /, **fields: Any) -> str:
    """Return the word for a key with its fields filled; of what counts, in the plural form (CLDR) that goes with
    `count`."""
    if key not in words and "count" in fields:
        key = f"{key}.{'one' if LOCALES[language].plural_form(fields['count']) == 'one' else 'other'}"
    return words[key].format(**fields)


class Pages:
    """The templates and words of one service."""

    def __init__(self, folder: Path) -> None:
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder / "templates", HERE / "templates"]),
            autoescape=True,
            auto_reload=False,  # a service's templates are those it was started with
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters["called"] = called
        self.words = {code: _menu_words(code) | words_of(HERE, code) | words_of(folder, code) for code in LANGUAGES}

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page in the reader's language. Templates have `t` (a word by its key, with `{}` fields filled),
        `lang`, `languages`, `root` (where the service is mounted), `here` (this page in another language), `at`
        (whether this is the page at that path, or one below it that has no entry of its own) and `demo` (the example
        content that is shown, or None)."""
        lang = language(request)
        root = request.scope.get("root_path", "")
        demo = getattr(request.app.state, "demo", _none)()

        def t(key: str, /, **fields: object) -> str:
            return said(self.words[lang], lang, key, **fields)

        def here(code: str) -> str:
            query = request.url.include_query_params(lang=code).query
            return f"{request.url.path}?{query}"

        def at(path: str) -> bool:
            page = f"{request.url.path.rstrip('/')}/"
            entries = [f"{entry.address.rstrip('/')}/" for entry in menu()]
            within = max((entry for entry in entries if page.startswith(entry)), key=len, default=page)
            return f"{path.rstrip('/')}/" == within

        html = self.environment.get_template(template).render(
            t=t,
            lang=lang,
            languages=languages(request),
            root=root,
            here=here,
            at=at,
            demo=demo if demo and demo.state != "taken out" else None,
            menu=menu(),
            **values,
        )
        later = {"Retry-After": "2"} if status == 503 else {}
        return HTMLResponse(html, status, {"Content-Language": lang, "Content-Security-Policy": POLICY, **later})


def _none() -> None:
    """Say that there is no example content where nothing tells of any."""


class MenuEntry(NamedTuple):
    """An entry of the menu: where among the others, where it leads, and the key of its word."""

    order: int
    address: str
    key: str


@cache
def menu() -> tuple[MenuEntry, ...]:
    """Return the menu of every page, from what each service declares. A service whose pages are not installed here is
    left out."""
    told = {name: one for file in _menus() for name, one in _by_key(file).items()}
    return tuple(sorted(MenuEntry(one["order"], one["address"], f"menu.{name}") for name, one in told.items()))


def _menu_words(language: str) -> dict[str, str]:
    return {key: said for file in _menus() for key, said in _words_in(file, language).items()}


@cache
def _menus() -> tuple[Path, ...]:
    """Return the menu files of the services that the contract names, and of the channel that comes with them: found,
    not imported."""
    specs = (find_spec(name) for name in sorted({WEB, *(topic.owner for topic in TOPICS.values())}))
    folders = (Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None)
    return tuple(file for folder in folders if (file := folder / "locale" / "menu.yaml").exists())


@cache
def _by_key(file: Path) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - either is safe
    return told


def words_of(folder: Path, language: str) -> dict[str, str]:
    """Return the words of one language in the `locale/` of a folder, by their keys; none where there is no such
    folder."""
    words: dict[str, str] = {}
    for group in sorted((folder / "locale").glob("*.yaml")):
        told = _words_in(group, language)
        if twice := words.keys() & told.keys():
            raise ValueError(f"{group} has words that another file beside it has too: {', '.join(sorted(twice))}")
        words |= told
    return words


def _words_in(group: Path, language: str) -> dict[str, str]:
    begins = "" if group.stem == "words" else f"{group.stem}."
    return {begins + key: one[language] for key, one in _by_key(group).items() if language in one}
