"""What a case shows beside its decisions: agendas, initiatives, attachments; and the area's cases that are open."""

from typing import Any

import pytest

from tests.kits.decisions import Office, case, decision, page, secret

HIDDEN = "Kohtauspaikka"
CASE = "HEL-2026-000001"
MEETING = {
    "MeetingID": "U54020261",
    "DateMeeting": "2026-11-24T15:00:00.000",
    "Status": "Luotu",
    "DecisionMakerId": "U540",
    "DecisionMaker": "Kaupunkiympäristölautakunta",
}


def item(title: str, point: str = "4", number: str = "HEL 2026-000001 T 10 03 03") -> dict[str, Any]:
    html = page(title, f"{title} hyväksytään.", part="Päätösehdotus").replace(
        "</h1>", f'</h1><div class="DnroTmuoto">{number}</div>'
    )
    return {"AgendaPoint": point, "AgendaItem": title, "HTML": html}


def meeting(*items: dict[str, Any]) -> dict[str, Any]:
    announced = "".join(
        f"<h3>{i['AgendaPoint']} {i['AgendaItem']}</h3><p>{i['AgendaItem']} käsiteltiin.</p>" for i in items
    )
    return {**MEETING, "Agenda": list(items), "DecisionAnnouncement": f"<html><body>{announced}</body></html>"}


async def test_a_case_shows_the_agendas_initiatives_and_attachments_that_belong_to_it(office: Office) -> None:
    told = "Valtuustoaloite 17.02.2026 Penkkejä Vallilan puistoon"
    document = {"NativeId": "{AB-1}", "Title": told, "Type": "aloite", "Language": "fi"}
    hidden = {"NativeId": "{X}", "Title": "Salassa pidettävä (JulkL)", "Type": "liite"}
    await office.taken("case", case(Records=[document, hidden]))
    await office.taken("decision", decision(Attachments=[{"NativeId": "{L}", "Title": "Suunnitelmakartta"}]))
    await office.taken("meeting", meeting(item("Vallilan puisto"), item("Muu asia", "5", "HEL 2026-000002 T 10 03 03")))
    for title, uri in ((told, "https://ahjo/content/%7BAB-1%7D"), ("Muu aloite", "https://ahjo/content/%7BCD-2%7D")):
        await office.taken("initiative", {"Title": title, "Date": "2026-02-17T02:00:00.000", "FileURI": uri})
    seen = await office.seen("case", CASE)
    assert [(one["point"], one["title"], one["body"]["name"]) for one in seen["agenda"]] == [
        ("4", "Vallilan puisto", "Kaupunkiympäristölautakunta")
    ]
    assert [one["title"] for one in seen["documents"]] == [told, "Suunnitelmakartta"]
    assert [one["title"] for one in seen["initiatives"]] == [told]
    for lang, words in (("fi", "Aloitteet"), ("sv", "Initiativ"), ("en", "Initiatives")):
        text = (await office.bench.http.get(f"/cases/{CASE}", params={"lang": lang})).text
        assert all(shown in text for shown in (words, told, "Suunnitelmakartta", "Kaupunkiympäristölautakunta"))
        assert "Muu a" not in text


async def test_a_case_of_the_area_is_listed_while_nothing_is_decided_in_it(office: Office) -> None:
    async def listed(path: str) -> list[str]:
        answer = await office.bench.http.get(path, params={"district": "22"})
        return [one["key"] for one in answer.json()["items"]]

    await office.taken("case", case(title="Vallilan puiston suunnitelma"))
    await office.taken("case", case("HEL-2026-000002", "Kumpulan puisto"))
    assert (await listed("/v1/cases"), await listed("/v1/decisions")) == ([CASE], [])
    assert f"/cases/{CASE}" in (await office.bench.http.get("/", params={"district": "22"})).text
    await office.taken("decision", decision())
    assert (await listed("/v1/cases"), await listed("/v1/decisions")) == ([], ["U540/2026-11-24/12"])


@pytest.mark.parametrize("kind", ["decision", "case"])
@pytest.mark.parametrize("secret_first", [True, False])
async def test_an_agenda_forgets_the_title_of_what_is_secret(office: Office, kind: str, secret_first: bool) -> None:
    record = secret(decision(title=HIDDEN) if kind == "decision" else case(title=HIDDEN))
    agenda = meeting(item(HIDDEN), item("Julkinen asia", "5", "HEL 2026-000002 T 10 03 03"))
    steps = [(kind, record), ("meeting", agenda)]
    for what, content in steps if secret_first else steps[::-1]:
        await office.send(what, content)
    stored = await office.everything_stored()
    assert HIDDEN not in stored
    assert "Julkinen asia" in stored
    await office.taken("meeting", agenda)
    assert HIDDEN not in await office.everything_stored()
    if kind == "decision":
        await office.taken("decision", decision(title=HIDDEN))
        await office.taken("meeting", agenda)
        assert [one["title"] for one in (await office.seen("case", CASE))["agenda"]] == [HIDDEN]
