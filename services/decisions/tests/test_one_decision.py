"""A decision is one, whatever its records are called and wherever they come from: what the last of them says."""

from pathlib import Path
from typing import Any

import decisions
import pytest
from chassis.migrations import migrate

from tests.kits.decisions import Office, called, decision, page, secret

KEY = "U540/2026-11-24/12"
PRINTED = "kaupunkiymparistolautakunta/2026-11-24/12"
MIGRATIONS = Path(decisions.__file__).parent / "migrations"


def minutes(title: str = "Vallilan puisto", said: str = "Lautakunta päätti hyväksyä puiston.", number: str = "") -> str:
    """The same decision of the committee as it stands in its printed minutes."""
    return f"""Helsingin kaupunki Pöytäkirja 30/2026 1 (1)
Kaupunkiympäristölautakunta

24.11.2026
Kaupunkiympäristölautakunta

12 §
{title}
{number}
Päätös

{said}
"""


async def area(office: Office, district: str) -> list[str]:
    answer = await office.bench.http.get("/v1/decisions", params={"district": district})
    return [item["key"] for item in answer.json()["items"]]


async def test_a_correction_under_another_id_replaces_the_text_and_all_that_came_of_it(office: Office) -> None:
    wrong = decision("{1}", "Vallilan puisto", "Vallilan puiston ainutlaatuinen suunnitelma hyväksytään 30.9.2027.")
    right = decision("{2}", "Kumpulan puisto", "Kumpulan puiston suunnitelma hyväksyttiin.")
    await office.taken("decision", wrong)
    assert await office.taken("decision", right) == "decision.changed"
    assert (await area(office, "22"), await area(office, "24")) == ([], [KEY])
    seen = await office.seen("decision", KEY)
    assert (seen["title"], seen["primary"], seen["mentioned"]) == ("Kumpulan puisto", ["24"], [])
    assert {match["district"] for match in seen["evidence"]} == {"24"}
    assert await office.searched("ainutlaatuinen") == []
    assert "Ainutlaatuinen" not in (await office.everything_stored()).title()
    case = await office.seen("case", "HEL-2026-000001")
    assert (case["title"], case["primary"]) == ("Kumpulan puisto", ["24"])
    told = len(await office.events())
    for repeat in (wrong, right, wrong):
        assert await office.taken("decision", repeat) == "record.received"
    assert {event.type for event in (await office.events())[told:]} == {"omatoimi.record.received.v1"}


async def test_a_text_that_was_replaced_does_not_come_back_when_its_correction_is_taken_back(office: Office) -> None:
    first, second, third = (decision(f"{{{n}}}", f"Vallilan puisto {n}") for n in (1, 2, 3))
    for record in (first, second, third):
        await office.taken("decision", record)
    assert await office.taken("decision", first) == "record.received"
    assert await office.taken("decision", record="{3}", remove=True) == "decision.removed"
    assert await office.taken("decision", first) == "decision.published"
    assert (await office.seen("decision", KEY))["title"] == "Vallilan puisto 1"


@pytest.mark.parametrize("printed_first", [True, False])
async def test_minutes_and_the_registers_record_are_one_decision(office: Office, printed_first: bool) -> None:
    record = decision("{D}", "Vallilan puisto", "Suunnitelma hyväksytään muutettuna.")
    steps: list[tuple[str, dict[str, Any]]] = [("minutes", {"text": minutes()}), ("decision", {"content": record})]
    first, second = steps if printed_first else steps[::-1]
    await office.taken(first[0], **first[1])
    # The register's text stays when the minutes come after it: there is nothing new to be seen.
    assert await office.taken(second[0], **second[1]) == ("decision.changed" if printed_first else "record.received")
    key = PRINTED if printed_first else KEY
    assert await area(office, "22") == [key]
    for name in (KEY, PRINTED):
        seen = await office.seen("decision", name)
        assert (seen["key"], seen["case"], seen["body"]["id"]) == (key, "HEL-2026-000001", "U540")
        assert seen["words"][0]["sections"][0]["paragraphs"] == ["Suunnitelma hyväksytään muutettuna."]
        assert sorted(source["source"] for source in seen["sources"]) == ["minutes", "register"]
    case = await office.seen("case", "HEL-2026-000001")
    assert [one["key"] for one in case["decisions"]] == [key]
    assert [found for found in await office.searched("puisto") if found.startswith("decision")] == [f"decision {key}"]
    live = [event.data.case for event in await office.events() if event.type == "omatoimi.case.published.v1"]
    gone = [event.data.case for event in await office.events() if event.type == "omatoimi.case.removed.v1"]
    assert set(live) - set(gone) == {"HEL-2026-000001"}
    for kind, fields in steps * 2:
        assert await office.taken(kind, **fields) == "record.received"


async def test_the_minutes_text_stands_where_the_register_has_none(office: Office) -> None:
    await office.taken("decision", {**decision("{D}", "Vallilan puisto"), "Content": ""})
    assert await office.taken("minutes", text=minutes()) == "decision.changed"
    seen = await office.seen("decision", KEY)
    assert seen["words"][0]["sections"][0]["paragraphs"] == ["Lautakunta päätti hyväksyä puiston."]


async def test_a_decision_stays_while_one_of_its_sources_does_and_goes_by_its_key(office: Office) -> None:
    await office.taken("minutes", text=minutes())
    await office.taken("decision", decision("{D}", "Vallilan puisto", "Rekisterin teksti."))
    assert await office.taken("decision", record="{D}", remove=True) == "decision.changed"
    assert "Rekisterin teksti" not in await office.everything_stored()
    assert await area(office, "22") == [PRINTED]
    await office.taken("decision", decision("{D}", "Vallilan puisto", "Rekisterin teksti."))
    await office.taken("minutes", record=PRINTED, remove=True)
    assert await area(office, "22") == [PRINTED]
    await office.taken("minutes", text=minutes())
    assert await office.taken("decision", record=KEY, remove=True) == "decision.removed"
    assert await office.rows("select 1 from decisions.record where content is not null") == []
    assert await office.status("decision", KEY) == 410


@pytest.mark.parametrize("secret_first", [True, False])
@pytest.mark.parametrize("hides", ["register", "minutes"])
async def test_a_secret_source_wins_over_a_public_one(office: Office, secret_first: bool, hides: str) -> None:
    hidden = "Salassa pidettävä (JulkL 24.1 § 25 k)"
    printed = {"text": minutes(hidden if hides == "minutes" else "Kohtauspaikka")}
    record = decision("{D}", "Kohtauspaikka", number=None)
    register = {"content": secret(record) if hides == "register" else record}
    public: tuple[str, dict[str, Any]] = ("minutes", printed)
    withheld: tuple[str, dict[str, Any]] = ("decision", register)
    if hides == "minutes":
        public, withheld = withheld, public
    answers = [
        await office.send(kind, **fields)
        for kind, fields in ((withheld, public) if secret_first else (public, withheld))
    ]
    assert called(answers[-1]) == ("request.rejected" if secret_first else "decision.removed")
    assert await area(office, "22") == []
    assert "Kohtauspaikka" not in await office.everything_stored()
    for name in (KEY, PRINTED):
        assert await office.status("decision", name) in (404, 410)


async def test_both_languages_and_the_minutes_are_one_though_only_the_finnish_record_tells_so(office: Office) -> None:
    swedish = decision("{SV}", "Parken i Vallgård", "Nämnden beslutade.", lang="sv")
    swedish["Organization"] = {**swedish["Organization"], "Name": "Stadsmiljönämnden"}
    await office.taken("minutes", text=minutes())
    await office.taken("decision", swedish)
    assert len(await area(office, "22")) == 2
    proposed = page("Vallilan puisto", "Hyväksytään.", part="Päätösehdotus")
    await office.taken("decision", decision("{FI}", "Vallilan puisto", motion=proposed))
    assert await area(office, "22") == [PRINTED]
    seen = await office.seen("decision", KEY)
    assert ([words["language"] for words in seen["words"]], seen["motion"] is not None) == (["fi", "sv"], True)
    removed = [event.data.decision for event in await office.events() if event.type == "omatoimi.decision.removed.v1"]
    assert removed == [KEY]


BEFORE = """
drop table decisions.unsettled;
alter table decisions.record drop column source, drop column own_key, drop column act, drop column replaced_by,
    drop column mentions;
alter table decisions.withheld drop column act_digest;
alter table decisions.publication drop column search_form;
alter table decisions.feedback drop column person, drop column answered_by, drop column draft,
    drop column drafts, drop column drafted_by, drop column drafted_at;
"""
"""What the migrations from 0003 on made is not there yet."""


async def test_what_was_told_twice_before_is_put_together_by_the_migration(office: Office) -> None:
    conn = office.bench.service.pool
    text = minutes().replace("\nKaupunkiympäristölautakunta\n\n12 §", "\nHelsingin kaupunkiympäristölautakunta\n\n12 §")
    printed = f"helsingin-{PRINTED}"
    await office.taken("minutes", text=text)
    await conn.execute("update decisions.record set act = null")
    await office.taken("decision", decision("{1}", "Vallilan puisto", "Ainutlaatuinen teksti."))
    former = await office.rows("select * from decisions.record where id = '{1}'")
    await office.taken("decision", decision("{2}", "Kumpulan puisto"))
    await conn.execute("update decisions.record set content = $1 where id = '{1}'", former[0]["content"])
    assert (await area(office, "22"), await area(office, "24")) == ([printed], [KEY])
    await conn.execute(BEFORE)
    await conn.execute("delete from chassis.migration where name >= '0003'")
    async with conn.acquire() as held:
        await migrate(held, "decisions", MIGRATIONS)
    assert "Ainutlaatuinen" not in await office.everything_stored()
    await office.run_scheduled()
    assert (await area(office, "22"), await area(office, "24")) == ([], [printed])
    assert (await office.seen("decision", KEY))["key"] == printed
    assert await office.rows("select * from decisions.unsettled") == []
    told = await office.events()
    assert [event.data.decision for event in told if event.type == "omatoimi.decision.removed.v1"] == [KEY]
    assert await office.taken("decision", decision("{2}", "Kumpulan puisto")) == "record.received"
    assert await office.taken("minutes", text=text) == "record.received"
