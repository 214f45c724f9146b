"""The templates and words of the web channel's own pages."""

from pathlib import Path

from chassis.http import STATIC
from chassis.pages import POLICY, Pages, readable
from fastapi.responses import FileResponse

PAGES = Pages(Path(__file__).parent)


def word(lang: str, listed: str, code: str | None) -> str:
    """Say a code of one of the contract's lists, as well as is known."""
    return PAGES.words[lang].get(f"codes.{listed}.{code}") or readable(code or "")


def worker(page: str) -> FileResponse:
    """Serve the service worker of a device's page, which keeps that page and nothing else."""
    headers = {"Service-Worker-Allowed": page, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    return FileResponse(STATIC / "worker.js", media_type="text/javascript", headers=headers)
