"""What the city decides is found by its own districts, and what residents say comes to an end."""

from tests.waiting import until
from tests.whole_way.cities import HELSINKI
from tests.whole_way.conftest import Decided, System, Told


async def test_decisions_are_matched_to_the_citys_own_districts(system: System, decided: Decided) -> None:
    told = (await system.endpoints.get("decisions/v1/decisions", unit=system.city.unit, limit=200))["items"]
    assert len(told) == decided.of_the_area > 0
    assert all(system.city.districts & set(one["primary"]) for one in told)
    if system.city is not HELSINKI:
        every = (await system.endpoints.get("decisions/v1/decisions"))["items"]
        assert {one["section"]: one["primary"] for one in every} == {
            7: ["west"],
            8: ["west"],
            9: ["072"],
            10: ["battery"],
            11: [],
        }


async def test_a_decision_was_taken_on_the_citys_day(system: System, decided: Decided) -> None:
    """Late in the evening, when in UTC it was the next day."""
    day = "2014-05-14" if system.city is HELSINKI else "2026-01-31"
    assert decided.matter["decided"] == day


async def test_a_page_calls_the_districts_by_their_names_in_each_language(system: System, decided: Decided) -> None:
    names = {
        "helsinki": {"fi": "Vallila", "sv": "Vallgård", "en": "Vallila"},
        "st-johns": {"fi": "Länsipää", "en": "West End"},
    }
    for language, name in names[system.city.name].items():
        page = await system.endpoints.http.get(
            f"{system.endpoints.url}/decisions/decisions/{decided.matter['key']}", params={"lang": language}
        )
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert f"<dt>{name}</dt>" in page.text


async def test_a_decision_is_found_by_its_words_and_by_its_number_as_people_write_it(
    system: System, decided: Decided
) -> None:
    for words in ("asukkaiden toiminta",) if system.city is HELSINKI else ("bandstand", "stj 2026-7", "Länsipää"):
        found = await system.endpoints.get("decisions/v1/search", q=words)
        wanted = {8} if words == "Länsipää" else {system.city.matter}
        assert wanted <= {one["section"] for one in found["items"]}, words


async def test_a_case_shows_what_became_of_a_comment(system: System, decided: Decided, heard: Told) -> None:
    case = await system.endpoints.get(f"decisions/v1/cases/{decided.matter['case']}")
    assert [answer["text"] for answer in case["answers"]] == ["Syksyllä."]


async def test_a_hearing_stands_on_its_case_once_booking_has_told_of_it(
    system: System, decided: Decided, heard: Told
) -> None:
    async def hearings() -> list[Told]:
        found: list[Told] = (await system.endpoints.get(f"decisions/v1/cases/{decided.matter['case']}"))["hearings"]
        return found

    (hearing,) = await until(hearings, "decisions knows the hearing")
    assert hearing
