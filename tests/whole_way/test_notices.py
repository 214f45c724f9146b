"""What is on in the city, and what is decided about the area, goes out in its languages."""

from tests.waiting import until
from tests.whole_way.conftest import Decided, System, Told


async def test_a_notice_that_was_approved_is_told_in_each_language_of_the_city(system: System, notice: Told) -> None:
    for language in system.city.languages:
        told = (await system.endpoints.get("notices/v1/notices", unit=system.city.unit, lang=language))["items"]
        assert f"Talkoot ({language})" in {one["title"] for one in told}
    first = (await system.endpoints.get("notices/v1/notices", unit=system.city.unit))["items"]
    assert f"Talkoot ({system.city.languages[0]})" in {one["title"] for one in first}, (
        "the city's first, if none is named"
    )


async def test_the_decisions_of_the_area_stand_in_its_feed(system: System, decided: Decided, notice: Told) -> None:
    async def complete() -> Told | None:
        feed: Told = await system.endpoints.get("notices/v1/feed.json", unit=system.city.unit)
        wanted = decided.of_the_area + 1
        return feed if len(feed["items"]) == wanted else None

    feed = await until(complete, "the feed has the notice and the area's decisions")
    assert feed["language"] == system.city.languages[0]
    atom = await system.endpoints.http.get(
        f"{system.endpoints.url}/notices/v1/feed.atom", params={"unit": system.city.unit}
    )
    assert atom.text.count("<entry") == len(feed["items"])
