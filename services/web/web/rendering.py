"""The templates and words of the web channel's own pages."""

from pathlib import Path

from chassis.http import STATIC
from chassis.pages import POLICY, Pages
from fastapi.responses import FileResponse

PAGES = Pages(Path(__file__).parent)


def worker(page: str) -> FileResponse:
    """Serve the service worker of a device's page, which keeps that page and nothing else."""
    headers = {"Service-Worker-Allowed": page, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    return FileResponse(STATIC / "worker.js", media_type="text/javascript", headers=headers)
