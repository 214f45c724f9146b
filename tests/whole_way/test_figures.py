"""The report of a city counts what was done there, by its own days."""

import asyncio

from tests.whole_way.conftest import Lived, System, Told
from tests.whole_way.figures import differences, expected, figures, settled
from tests.whole_way.log import ends
from tests.whole_way.world import slot


async def test_every_figure_is_what_was_sent_and_answered(lived: Lived) -> None:
    """All fourteen have a value, and it is the one counted by hand."""
    await settled(lived)
    found = await figures(lived)
    assert differences(found, expected(lived)) == {}
    assert found["M17"]["value"] is not None
    logs = await ends(lived.endpoints.kafka)
    assert found["M52"]["value"] == 1
    assert found["M52"]["denominator"] == sum(sum(offsets) for offsets in logs.values())
    assert found["M52"]["doubled"] == 1
    assert found["M52"]["quarantined"] == 0


async def test_an_event_brings_the_one_task_it_asks_for(held: list[Told]) -> None:
    assert [task["kind"] for task in held] == ["open-door"]


async def test_people_who_have_not_come_yet_are_not_counted(lived: Lived) -> None:
    """Else the count would be answered 201 here and put aside by the report."""
    city = lived.system.city
    visits = {"unit": city.unit, "counter": "ovi", "slot": slot(city.local(lived.after, 10), 60), "persons": 3}
    told = await lived.endpoints.resource("visit ahead", "analytics/v1/visits", visits, by="staff", status=409)
    assert told["outcome"]["data"]["reason"] == "not-yet"


async def test_the_report_is_of_the_citys_zone_in_each_of_its_languages(lived: Lived) -> None:
    city = lived.system.city
    told = await lived.endpoints.get("analytics/v1/report.json", **lived.query())
    assert told["period"] == {"from": str(lived.first), "to": str(lived.after), "zone": city.zone.key}
    for language in city.languages:
        page = await lived.endpoints.http.get(
            f"{lived.endpoints.url}/analytics/v1/report.html", params={**lived.query(), "lang": language}
        )
        assert f'<html lang="{language}">' in page.text
        assert page.headers["content-language"] == language


async def test_the_command_writes_the_report_in_the_citys_first_language(lived: Lived, system: System) -> None:
    file = system.installation.home.root / "report.html"
    days = ("--from", str(lived.first), "--to", str(lived.after), "--unit", system.city.unit)
    await asyncio.to_thread(system.installation.command, "report", "--format", "html", *days, "--output", str(file))
    assert f'<html lang="{system.city.languages[0]}">' in file.read_text(encoding="utf-8")
