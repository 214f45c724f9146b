"""The outbox of local mode: the mails that would have been sent. There is none where mails go out."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from chassis import Problem, local_time, service_of
from chassis import pages as chassis_pages
from chassis.pages import Pages
from fastapi import APIRouter
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse

from people.mail.folder import Folder
from people.store import messages

router = APIRouter(include_in_schema=False)
PAGES = Pages(Path(__file__).parent)
SHOWN = 50
"""So many mails are shown, the latest first."""


class Shown(NamedTuple):
    """A mail as the page shows it: its headers, what it says, and what it tells a calendar."""

    message: UUID
    mail: EmailMessage
    text: str
    calendar: str


@router.get("/outbox")
async def outbox(http: HttpRequest) -> HTMLResponse:
    """Show the mails that are kept in place of being sent, the latest first."""
    service, spoken = service_of(http), chassis_pages.language(http)
    if service.settings.mail_folder is None:
        raise Problem(404, "unknown", "There is no outbox here: mails are sent.")
    folder = Folder(service.settings.mail_folder)
    async with service.pool.acquire() as conn:
        latest = await messages.latest(conn, SHOWN)
    found = await asyncio.to_thread(lambda: [_read(folder, message) for message in latest])
    return PAGES.render(
        http,
        "outbox.html",
        mails=[one for one in found if one is not None],
        moment=lambda when: local_time.moment(when, spoken, service.installation.time_zone),
    )


def _read(folder: Folder, message: UUID) -> Shown | None:
    try:
        mail = message_from_bytes(folder.file(message).read_bytes(), policy=default)
    except FileNotFoundError:
        return None
    parts = {part.get_content_type(): str(part.get_content()) for part in mail.walk() if not part.is_multipart()}
    return Shown(message, mail, parts.get("text/plain", ""), parts.get("text/calendar", ""))
