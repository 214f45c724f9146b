"""Mails: their words, their form, and what takes them over."""

from chassis.installation import NOWHERE
from chassis.settings import Settings

from people.mail.folder import Folder
from people.mail.post import Post
from people.mail.smtp import MailServer


def post(settings: Settings) -> Post | None:
    """Return what takes mails over here: the mail server, else the folder; None where neither is named. Raises
    ValueError where mails would come from nobody."""
    if settings.smtp_url is None:
        return Folder(settings.mail_folder) if settings.mail_folder is not None else None
    if settings.mail_folder is not None:
        raise ValueError("OMATOIMI_SMTP_URL and OMATOIMI_MAIL_FOLDER name two places for mails: leave one out")
    if settings.installation.messages.address == NOWHERE:
        raise ValueError("the installation names no address from which mails come: add `messages:` with an `address`")
    return MailServer(settings.smtp_url.get_secret_value())
