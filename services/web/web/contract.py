"""The folder `contracts/` over HTTP, for who has only the address: its READMEs as pages, all else as it is."""

import re
from collections.abc import Sequence
from pathlib import Path

from chassis.pages import Pages
from chassis.problem import Problem
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

FOLDER = Path(__file__).resolve().parents[3] / "contracts"
MEDIA = {
    ".yaml": "text/yaml",
    ".toml": "text/plain",
    ".txt": "text/plain",
    ".py": "text/plain",
    ".mjs": "text/javascript",
    ".json": "application/json",
}
NOT_SHOWN = ("venv", "node_modules", "__pycache__")
"""What somebody who works in the folder leaves there."""


def router(pages: Pages) -> APIRouter:
    """Serve `/contract/` and what is below it."""
    made = APIRouter()

    @made.get("/contract")
    @made.get("/contract/{path:path}")
    async def show(request: Request, path: str = "") -> Response:
        place = _place(path)
        if place.is_dir():
            if not request.url.path.endswith("/"):
                return RedirectResponse(f"{request.url.path}/")
            readme = place / "README.md"
            text = readme.read_text("utf-8") if readme.exists() else _list(place)
        elif place.suffix == ".md":
            text = place.read_text("utf-8")
        else:
            return FileResponse(place, media_type=MEDIA.get(place.suffix, "text/plain"))
        html = _markdown().render(text)
        title = re.sub(r"^# |`", "", text.partition("\n")[0])
        return pages.render(request, "contract.html", title=title, html=html)

    return made


def _place(path: str) -> Path:
    """Find the file or folder of the contract at a path; a problem where there is none."""
    try:
        place = (FOLDER / path).resolve()
        if place.is_relative_to(FOLDER) and place.exists() and not _hidden(place):
            return place
    except (OSError, ValueError):
        pass  # no file system has such a name
    raise Problem(404, "unknown", "There is no such file in the contract.")


def _hidden(place: Path) -> bool:
    return any(part.startswith(".") or part in NOT_SHOWN for part in place.relative_to(FOLDER).parts)


def _list(folder: Path) -> str:
    names = sorted(f"{one.name}{'/' if one.is_dir() else ''}" for one in folder.iterdir() if not _hidden(one))
    return "\n".join([f"# {folder.relative_to(FOLDER)}", "", *(f"* [{name}]({name})" for name in names)])


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("fence", _box)
    made.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>')
    made.add_render_rule("table_close", lambda *_: "</table></div>")
    return made


def _box(_: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: EnvType) -> str:
    """Return a box that the keyboard can scroll."""
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[at].content)}</code></pre>'


def _heading(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """Return a heading that can be linked to, as where the same file is shown with its repository."""
    words = re.sub(r"[^\w\- ]", "", tokens[at + 1].content.lower())
    tokens[at].attrSet("id", words.replace(" ", "-"))
    return self.renderToken(tokens, at, options, env)
