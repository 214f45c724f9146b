"""What residents can have a say in: open for comment, coming to a decision, decided; and the way of one case."""

import re
from datetime import UTC, date, datetime

from decisions.domain.stages import Comments, Course, stages

from tests.kits.decisions import Office, case, decision, page

CASE = "HEL-2026-000001"
LANES = {"fi": ("Anna palautetta nyt", "Tulossa päätettäväksi", "Päätetty"), "sv": ("Lämna", "På väg", "Beslutat")}
OPENED = datetime(2026, 11, 1, 9, tzinfo=UTC)


async def lanes(office: Office, lang: str = "fi") -> list[set[str]]:
    """The numbers and keys that stand in each lane of the page."""
    shown = (await office.bench.http.get("/", params={"lang": lang})).text
    parts = re.split(r'<h2 id="(?:open|coming|decided)">', shown)[1:]
    assert [part.startswith(lane) for part, lane in zip(parts, LANES[lang], strict=True)] == [True] * 3
    return [set(re.findall(r'href="/(?:cases|decisions)/([^"?]+)', part)) for part in parts]


def agenda(day: str, number: str = "HEL 2026-000001 T 10 03 03") -> dict[str, object]:
    html = page("Puisto", "Hyväksytään.", part="Päätösehdotus").replace(
        "</h1>", f'</h1><div class="DnroTmuoto">{number}</div>'
    )
    return {
        "MeetingID": f"U540{day}",
        "DateMeeting": f"{day}T15:00:00.000",
        "Status": "Luotu",
        "DecisionMakerId": "U540",
        "DecisionMaker": "Kaupunkiympäristölautakunta",
        "Agenda": [{"AgendaPoint": "4", "AgendaItem": "Puisto", "HTML": html}],
    }


async def test_a_case_goes_from_open_to_coming_to_decided(office: Office) -> None:
    await office.taken("case", case())
    await office.taken("case", case("HEL-2026-000002", "Kumpulan puisto"))
    assert await lanes(office) == [{CASE}, set(), set()]
    await office.taken("meeting", agenda("2026-11-10"))
    assert await lanes(office) == [{CASE}, set(), set()], "a meeting that was held brings nothing to a decision"
    await office.taken("meeting", agenda("2026-12-15"))
    for lang in LANES:
        assert await lanes(office, lang) == [set(), {CASE}, set()]
    assert "ti 15.12.2026 15.00" in (await office.bench.http.get("/", params={"lang": "fi"})).text
    await office.taken("decision", decision())
    assert await lanes(office) == [set(), set(), {"U540/2026-11-24/12"}]


async def test_what_residents_said_and_changed_stands_beside(office: Office) -> None:
    await office.taken("case", case())
    first, _ = await office.said(CASE, "Penkki"), await office.said(CASE, "Valo")
    page = (await office.bench.http.get("/", params={"lang": "fi"})).text
    assert "2 palautetta" in page
    assert "Muutti ehdotusta" not in page
    await office.answer(first, "Penkki tulee.", changed=True)
    await office.taken("decision", decision())
    page = (await office.bench.http.get("/", params={"lang": "fi"})).text
    assert "2 palautetta, 1 vastaus" in page
    assert "Muutti ehdotusta" in page
    seen = await office.seen("case", CASE)
    assert (seen["open"], seen["comments"]) == (False, {"received": 2, "answered": 1, "changed": 1})


async def test_a_comment_can_be_given_until_the_case_is_decided(office: Office) -> None:
    await office.taken("case", case())
    for path in ("/", f"/cases/{CASE}"):
        assert f"/comment?case={CASE}" in (await office.bench.http.get(path)).text
    await office.taken("decision", decision())
    for path in ("/", f"/cases/{CASE}"):
        assert "/comment?" not in (await office.bench.http.get(path)).text
    await office.taken("case", case("HEL-2026-000003", "Vallilan kenttä", Status="Ratkaistu"))
    assert "/comment?" not in (await office.bench.http.get("/cases/HEL-2026-000003")).text


async def test_a_case_begins_with_what_was_decided_in_short(office: Office) -> None:
    await office.taken("case", case())
    await office.taken("decision", decision("{D}", "Puisto", "Lautakunta päätti hyväksyä penkit."))
    shown = (await office.bench.http.get(f"/cases/{CASE}", params={"lang": "sv"})).text
    assert re.search(r'<h2 id="summary">I korthet</h2>\s*<p lang="fi">Lautakunta päätti hyväksyä penkit', shown)


def course(**more: object) -> Course:
    known = {"opened": OPENED, "hearing": None, "meeting": None, "decided": None, "comments": Comments()}
    return Course(**{**known, **more})  # type: ignore[arg-type]


def told(way: Course) -> list[str]:
    return [f"{stage.name} {stage.state}" for stage in stages(way)]


def test_a_case_is_at_the_first_stage_that_is_not_done() -> None:
    ahead = datetime(2026, 12, 5, 16, tzinfo=UTC)
    assert told(course()) == ["opened done", "comments now", "meeting ahead", "decision ahead"]
    assert told(course(hearing=ahead))[1:3] == ["comments now", "hearing ahead"]
    decided = course(decided=date(2026, 12, 1))
    assert told(decided) == ["opened done", "comments done", "decision done"]
    waits = course(decided=date(2026, 12, 1), comments=Comments(received=2, answered=1))
    assert told(waits)[-1] == "answers now"
    answered = course(decided=date(2026, 12, 1), comments=Comments(received=2, answered=2))
    assert told(answered)[-1] == "answers done"
    assert not course(closed=True).open
