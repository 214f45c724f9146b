"""Where a sign-in leads back to: a page of ours, and nowhere else."""

import re
from urllib.parse import urlsplit

START = "/"
MOST = 2_000
# One slash, then anything that a browser takes for a path: no second slash, no backslash, no control character.
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def return_path(told: str) -> str:
    """Return a path of ours as it was asked for; the start page for anything else."""
    if len(told) > MOST or not _PATH.fullmatch(told):
        return START
    parts = urlsplit(told)
    return START if parts.scheme or parts.netloc or parts.path.startswith("/sign-") else told
