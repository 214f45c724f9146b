"""Say, on a page of one's own, that somebody changed a thing after its form was shown (docs/adr/0030). The form carries
the state that it shows as `seen`, the service is asked with it (`Services.ask`), what was overtaken is shown anew."""

from typing import Any
from zoneinfo import ZoneInfo

from web import local_time
from web.rendering import PAGES

FAILED = "precondition-failed"


def code_of(answer: dict[str, Any]) -> str:
    """Return the code of why something was refused."""
    return str(answer.get("type", "")).rpartition(":")[2]


def overtaken(answer: dict[str, Any], lang: str, zone: ZoneInfo) -> str:
    """Say that somebody was first, in which role and when; nothing where that is not why it was refused."""
    if code_of(answer) != FAILED:
        return ""
    words, first = PAGES.words[lang], answer.get("first") or {}
    if not first.get("at"):
        return words["my.overtaken"]
    by = "own" if first.get("by") == "resident" else first.get("by", "system")
    who, at = words.get(f"my.overtaken.{by}") or words[f"codes.role.{by}"], local_time.at(first["at"], lang, zone)
    return f"{words['my.overtaken']} {words['my.overtaken.first'].format(who=who, at=at)}"
