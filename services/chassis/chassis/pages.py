"""Pages: server-rendered HTML in Finnish, Swedish and English, complete without script.

A service's templates extend `layout.html`, which has the header, the languages and the one style sheet. Words stand in
`locale/<language>.json` of the service, key by key; a key that a language lacks is an error, not a silence.
"""

import json
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

LANGUAGES = ("fi", "sv", "en")
HERE = Path(__file__).parent


def language(request: Request) -> str:
    """The language to answer in: `?lang=`, else the first of ours in Accept-Language, else Finnish."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    accepted = [
        part.partition(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((code for code in accepted if code in LANGUAGES), LANGUAGES[0])


class Pages:
    """The templates and words of one service."""

    def __init__(self, folder: Path) -> None:
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder / "templates", HERE / "templates"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.words = {code: _words(HERE, code) | _words(folder, code) for code in LANGUAGES}

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the reader's language. Templates have `t` (a word by its key, with `{}` fields filled), `lang`,
        `languages`, `root` (where the service is mounted) and `here` (this page in another language)."""
        lang = language(request)

        def t(key: str, **fields: object) -> str:
            text: str = self.words[lang][key]
            return text.format(**fields)

        def here(code: str) -> str:
            query = request.url.include_query_params(lang=code).query
            return f"{request.url.path}?{query}"

        html = self.environment.get_template(template).render(
            t=t,
            lang=lang,
            languages=LANGUAGES,
            root=request.scope.get("root_path", ""),
            here=here,
            **values,
        )
        headers = {"Content-Language": lang, "Vary": "Accept-Language", "X-Content-Type-Options": "nosniff"}
        policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
        return HTMLResponse(html, status, headers | {"Content-Security-Policy": policy})


def _words(folder: Path, code: str) -> dict[str, str]:
    file = folder / "locale" / f"{code}.json"
    if not file.exists():
        return {}
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return words
