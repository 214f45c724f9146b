"""The same by hand: what the page offers to be pasted in the terminal of who runs the installation."""

import json
import shlex
from datetime import datetime

from web.services import slot_of
from web.trial.asking import PERSONS, ROOM


def curl(base: str, start: datetime, end: datetime) -> str:
    """Book the room from here to there, with a key and a fresh id made on the way."""
    data = json.dumps({"space": ROOM, "slot": slot_of(start, end), "persons": PERSONS})
    return "\n".join(
        (
            f"curl -sS {shlex.quote(f'{base}/booking/v1/bookings')} \\",
            '  -H "Authorization: Bearer $(.venv/bin/omatoimi key web)" \\',
            """  -H "Idempotency-Key: $(.venv/bin/python -c 'import uuid; print(uuid.uuid4())')" \\""",
            "  -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(data)}",
        )
    )
