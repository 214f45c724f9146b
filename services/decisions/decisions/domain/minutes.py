"""Minutes as plain text, in the layout of Helsinki's printed minutes.

A head (*Helsingin kaupunginhallitus Pöytäkirja 18/2014 1 (2)*), the date, the one who decides, a letterhead, the
section number alone on its line, the title, the case number where there is one, and titled parts. The body of the head
is not always the one who decides: under it the mayor does, too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from decisions.domain.deadlines import Deadline, deadlines
from decisions.domain.districts import Match, of_document
from decisions.domain.keys import case_number, slug
from decisions.domain.language import language
from decisions.domain.page import decode, paragraphs, without_furniture
from decisions.domain.sections import Section, deciding, explaining
from decisions.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Minutes:
    """One section of minutes.

    `record_number` is the meeting's (`18/2014`), `section` the number of the section, `date` the local day. `case_id`
    is None where the page names no case. `kind` is `decision`, `statement` or `motion`.
    """

    body_named_on_page: str
    decision_maker: str | None
    record_number: str
    record_type: str
    date: date
    section: str
    title: str
    case_id: str | None
    language: str
    sections: tuple[Section, ...]
    kind: str
    deadlines: tuple[Deadline, ...]

    def places(self, gazetteer: Gazetteer) -> tuple[Match, ...]:
        """Return all districts found, with their evidence."""
        return of_document(gazetteer, self.title, deciding(self.sections), explaining(self.sections))

    @property
    def body(self) -> str:
        """An id for who decided, made of the name: the page has no register id."""
        return slug(self.decision_maker or self.body_named_on_page)

    @property
    def key(self) -> str:
        """The decision's own stable key, and its case's where the page names none."""
        return f"{self.body}/{self.date}/{self.section}"


class UnreadableMinutes(ValueError):
    """The text is no such minutes. `missing` names what was looked for in vain; `title` and `case_id` are what could be
    read all the same."""

    def __init__(
        self, reason: str, missing: tuple[str, ...] = (), title: str | None = None, case_id: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.missing, self.title, self.case_id = reason, missing, title, case_id


HEADINGS = frozenset(
    {"Päätös", "Päätöksen perustelut", "Päätösehdotus", "Esittelijän perustelut", "Esittelijän kanta", "Esittelijä"}
    | {"Käsittely", "Lausunto", "Lausuntoehdotus", "Esitys", "Esitysehdotus", "Tiivistelmä", "Lisätiedot", "Liitteet"}
    | {"Liiteaineisto", "Oheismateriaali", "Otteet", "Tiedoksi", "Päätöshistoria", "Muutoksenhaku", "Toimivalta"}
    | {"Beslut", "Motiveringar till beslutet", "Beslutsförslag", "Föredragandens motiveringar", "Föredragande"}
    | {"Behandling", "Utlåtande", "Upplysningar", "Bilagor", "Utdrag", "För kännedom", "Sökande av ändring"}
)
"""Titles of the parts of minutes; each stands alone on its line."""

PERSONAL = frozenset({"Esittelijä", "Lisätiedot", "Otteet", "Föredragande", "Upplysningar", "Utdrag"})
"""Parts that hold contacts of officials: read over, never kept."""

KINDS = (
    ("decision", {"Päätös", "Beslut"}),
    ("statement", {"Lausunto", "Utlåtande"}),
    ("motion", {"Päätösehdotus", "Lausuntoehdotus", "Esitys", "Esitysehdotus", "Beslutsförslag"}),
)

_HEAD = re.compile(
    r"\s*(?P<body>\S++(?:\s++\S++)*?)\s++(?P<type>Pöytäkirja|Esityslista|Protokoll|Föredragningslista)\s+(?P<number>\d+/\d{4})"
    r"(?:\s+\d+\s*\(\d+\))?\s*$"
)
_SECTION = re.compile(r"\s*(?:§\s*(?P<after>\d{1,5})|(?P<before>\d{1,5})\s*§)\s*$")
_DATE = re.compile(r"\s*(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?:\s+(?:klo|kl)\.?\s*[\d.:]+)?\s*$")
_ITEM_MARK = re.compile(r"\w{1,4}/\d+")
"""Place on the agenda (*Sj/4*): it stands where the decider may."""
_REGISTER = re.compile(
    r"\s*+(?:Dno|Dnr|Diaarinumero|Asianro)?:?\s*+"
    r"(?P<id>HEL[ -]\d{4}-\d{6}(?:-[^\W\d_]+-\d+)?(?= T [\d ]+$|\s*$)|[A-Z]{3,5}(?:/[\d.]+)+/\d{4})(?: T [\d ]++)?\s*$"
)
"""Where quantifiers meet that take the same signs they are possessive: a line costs no more than its length."""


def read(content: str | bytes) -> Minutes:
    """Read one section of minutes. UnreadableMinutes where the text is not that: empty, binary, of another layout, or
    with several sections, which would run into one another."""
    try:
        lines = re.split(r"\r\n|[\n\r\f]", decode(content))
    except ValueError:
        raise UnreadableMinutes("this is not plain text") from None
    if not any(map(str.strip, lines)):
        raise UnreadableMinutes("the text is empty")
    top = next((n for n, line in enumerate(lines) if _HEAD.match(line)), None)
    marks = [(n, found) for n, line in enumerate(lines) if (found := _SECTION.match(line))]
    numbers = list(dict.fromkeys(str(int(found["after"] or found["before"])) for _, found in marks))
    start = marks[0][0] if marks else 0
    head = _head(lines[(top or 0) + 1 : start])
    missing = [
        name
        for name, found in (
            ("the head with the record's number (Pöytäkirja n/yyyy)", top is not None and top < start),
            ("the date on its own line", head[0]),
            ("the section's number on its own line (n §)", marks),
        )
        if not found
    ]
    if top is None or missing or head[0] is None:
        raise _refused(missing, lines)
    if len(numbers) > 1:
        some = ", ".join(numbers[:5]) + (" …" if len(numbers) > 5 else "")
        raise UnreadableMinutes(f"several sections in one text: {some}")
    named = _HEAD.match(lines[top])
    assert named is not None
    running = frozenset(line.strip() for line in lines[top + 1 : start] if line.strip())
    body = [line for line in lines[start + 1 :] if not _SECTION.match(line)]
    return _minutes(named, head[0], head[1], numbers[0], without_furniture(body, running, _HEAD), lines)


def _head(lines: Sequence[str]) -> tuple[date | None, str | None]:
    """Find the date between head and section, and who decides: the line after it, else the line before."""
    block = [line.strip() for line in without_furniture(lines, frozenset(), _HEAD) if line.strip()]
    for n, line in enumerate(block):
        if found := _DATE.match(line):
            beside = [*block[n + 1 : n + 2], *block[max(0, n - 1) : n]]
            maker = next((name for name in beside if not _ITEM_MARK.fullmatch(name)), None)
            return _day(found), maker
    return None, None


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def _minutes(
    named: re.Match[str], day: date, maker: str | None, section: str, body: Sequence[str], lines: Sequence[str]
) -> Minutes:
    title, case_id, sections = _parts(body)
    kind = next((kind for kind, titles in KINDS if any(part.title in titles for part in sections)), None)
    missing = [
        name
        for name, found in (("the title after the section's number", title), ("the part that decides (Päätös)", kind))
        if not found
    ]
    if missing or kind is None:
        raise _refused(missing, lines)
    decides = tuple(deciding(sections))
    return Minutes(
        body_named_on_page=named["body"],
        decision_maker=maker,
        record_number=named["number"],
        record_type=named["type"],
        date=day,
        section=section,
        title=title,
        case_id=case_id,
        language=language(" ".join((title, *decides))),
        sections=sections,
        kind=kind,
        deadlines=tuple(deadlines(decides, day)),
    )


def _parts(body: Sequence[str]) -> tuple[str, str | None, tuple[Section, ...]]:
    """Return title, case number and titled parts of what follows the section's number. What stands between the title
    and the first part is kept as a part without title."""
    first = next((n for n in range(len(body)) if _is_heading(body, n)), len(body))
    registered = [_case_line(line) for line in body[:first]]
    before = ["" if case_id else line for line, case_id in zip(body, registered, strict=False)]
    title, *untitled = [*paragraphs(before), ""]
    sections = tuple(_sections(body[first:]))
    if any(untitled):
        sections = (Section("", tuple(filter(None, untitled))), *sections)
    return title, next(filter(None, registered), None), sections


def _case_line(line: str) -> str | None:
    """Return the number of a line that holds nothing but a case's number."""
    found = _REGISTER.match(line)
    return (case_number(line) or found["id"]) if found else None


def _sections(lines: Sequence[str]) -> Iterator[Section]:
    starts = [n for n in range(len(lines)) if _is_heading(lines, n)]
    for start, end in pairwise([*starts, len(lines)]):
        name = lines[start].strip()
        if name not in PERSONAL:
            yield Section(name, tuple(paragraphs(lines[start + 1 : end])))


def _is_heading(lines: Sequence[str], n: int) -> bool:
    """Tell whether it is a part's title alone on its line. Running text may hold such a word so by chance; then its
    sentence goes on."""
    name = lines[n].strip()
    if name not in HEADINGS:
        return False
    unfinished = n > 0 and re.search(r"[\w,]$", lines[n - 1].strip())
    goes_on = re.match(r"\s*[a-zåäö]", lines[n + 1]) if n + 1 < len(lines) else None
    return name in PERSONAL or not (unfinished and goes_on)


def _refused(missing: Sequence[str], lines: Sequence[str]) -> UnreadableMinutes:
    title, case_id = _title_and_case(lines)
    reason = f"not in the layout of Helsinki's minutes; missing: {', '.join(missing)}"
    return UnreadableMinutes(reason, tuple(missing), title, case_id)


def _title_and_case(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Read what most layouts have: the paragraph before the line with the register's number is the title."""
    for n, line in enumerate(lines):
        if case_id := _case_line(line):
            title = list(paragraphs(lines[:n]))[-1:]
            return (title[0] if title else None), case_id
    return None, None
