"""Events as they come over the wire, written by hand: nothing here is made by the chassis."""

import json
from typing import Any

from uuid_utils.compat import UUID, uuid7

WEB = "/helsinki/channels/web"
GATE = "/helsinki/gate"
SLOT = {"start": "2026-11-01T10:00:00Z", "end": "2026-11-01T11:00:00Z"}


def visit(counter: str = "door", persons: int = 1, *, id: UUID | None = None, **attributes: Any) -> dict[str, Any]:
    """A request to count a visit."""
    return {
        "specversion": "1.0",
        "id": str(id or uuid7()),
        "source": WEB,
        "type": "omatoimi.visit.requested.v1",
        "time": "2026-11-01T11:00:05Z",
        "datacontenttype": "application/json",
        "data": visit_data(counter, persons),
        **attributes,
    }


def visit_data(counter: str = "door", persons: int = 1) -> dict[str, Any]:
    return {"unit": "vallila", "counter": counter, "slot": SLOT, "persons": persons, "method": "gate"}


def counted(counter: str = "door", persons: int = 1, *, sequence: int = 1, **attributes: Any) -> dict[str, Any]:
    """The fact that a visit was counted."""
    return {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": GATE,
        "type": "omatoimi.visit.counted.v1",
        "subject": counter,
        "time": "2026-11-01T11:00:05Z",
        "datacontenttype": "application/json",
        "sequence": f"{sequence:010d}",
        "recordedtime": "2026-11-01T11:00:06Z",
        "outcome": True,
        "unit": "vallila",
        "channel": "web",
        "assisted": False,
        "language": "fi",
        "data": {"counter": counter, "slot": SLOT, "persons": persons, "method": "gate"},
        **attributes,
    }


def notice_text(notice: UUID, version: int, **attributes: Any) -> dict[str, Any]:
    """The words of a notice."""
    return {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": "/helsinki/board",
        "type": "omatoimi.notice-text.recorded.v1",
        "subject": str(notice),
        "time": "2026-11-01T11:00:05Z",
        "datacontenttype": "application/json",
        "sequence": f"{version:010d}",
        "recordedtime": "2026-11-01T11:00:06Z",
        "unit": "vallila",
        "channel": "web",
        "assisted": False,
        "language": "fi",
        "data": {
            "notice": str(notice),
            "version": version,
            "digest": f"{version:064d}",
            "titles": {"fi": f"Talkoot {version}"},
            "texts": {},
        },
        **attributes,
    }


def wire(event: dict[str, Any]) -> bytes:
    """An event as structured JSON."""
    return json.dumps(event).encode()
