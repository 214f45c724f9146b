"""The city's decisions about the area are items of the feed, with words that can be forgotten."""

import itertools

import pytest
from omatoimi_contracts.decisions import DecisionChanged, DecisionPublished, DecisionRemoved

from tests.kits.notices import House

WORDS = "Vallilan puisto"
TOPIC = "decisions.documents.v1"


async def stored_words(house: House) -> str:
    async with house.bench.service.pool.acquire() as conn:
        return str(await conn.fetch("select * from notices.decision_words"))


async def test_a_decision_about_the_area_is_an_item_and_no_event_of_ours(house: House) -> None:
    await house.apply(
        house.neighbours.decided(DecisionPublished, "HEL-1/22", 1),
        house.neighbours.words_of("HEL-1/22", 1, WORDS, "Puisto."),
    )
    (item,) = await house.items(unit="vallila", kind="decision")
    assert (item["kind"], item["title"], item["text"]) == ("decision", WORDS, "Puisto.")
    assert (item["decision"], item["case"], item["districts"]) == ("HEL-1/22", "HEL-2026-000001", ["22"])
    assert await house.titles() == [WORDS]
    assert await house.titles(kind="event") == []
    assert await house.events() == []


async def test_a_decision_about_elsewhere_is_no_item(house: House) -> None:
    await house.apply(
        house.neighbours.decided(DecisionPublished, "a", 1, primary=("10", "11")),
        house.neighbours.words_of("a", 1, "Muualla"),
        house.neighbours.decided(DecisionPublished, "b", 1, primary=()),
        house.neighbours.words_of("b", 1, "Ei missään"),
    )
    assert await house.titles() == []
    assert await house.titles(unit="kallio") == []


async def test_it_leaves_the_feed_when_it_is_removed_and_its_words_are_forgotten(house: House) -> None:
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, WORDS))
    await house.apply(house.neighbours.decided(DecisionRemoved, "a", 2))
    assert await house.titles() == []
    assert WORDS not in await stored_words(house)


async def test_a_tombstone_is_enough_to_forget(house: House) -> None:
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, WORDS))
    await house.forget(TOPIC, "a")
    await house.forget(TOPIC, "a")
    await house.forget(TOPIC, "HEL-2026-000001")
    assert await house.titles() == []
    assert WORDS not in await stored_words(house)


async def test_words_of_a_case_under_the_same_key_take_the_decisions_place(house: House) -> None:
    """Of a decision without a case number: its case stays and has the key to itself, so that no tombstone comes."""
    told = house.neighbours
    await house.apply(told.decided(DecisionPublished, "a", 1), told.words_of("a", 1, WORDS), told.words_of("b", 1, "b"))
    await house.apply(told.words_of_case("a", 2, "Asia"))
    assert await house.titles() == []
    assert WORDS not in await stored_words(house)
    assert "b" in await stored_words(house)


async def test_it_leaves_the_feed_when_it_turns_out_to_concern_another_district(house: House) -> None:
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, WORDS))
    await house.apply(house.neighbours.decided(DecisionChanged, "a", 1, primary=("10",)))
    assert await house.titles() == []
    await house.apply(house.neighbours.decided(DecisionChanged, "a", 1, primary=("10", "22")))
    assert await house.titles() == [WORDS]


async def test_words_that_a_correction_outdated_are_not_shown(house: House) -> None:
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, WORDS))
    await house.apply(house.neighbours.decided(DecisionChanged, "a", 2))
    assert await house.titles() == []
    await house.apply(house.neighbours.words_of("a", 2, "Vallilan puisto (korjattu)"))
    assert await house.titles() == ["Vallilan puisto (korjattu)"]


async def test_an_item_waits_for_its_words_and_words_for_their_item(house: House) -> None:
    await house.apply(
        house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("b", 1, "Sanat ensin")
    )
    assert await house.titles() == []
    await house.apply(
        house.neighbours.words_of("a", 1, "Tieto ensin"), house.neighbours.decided(DecisionPublished, "b", 1)
    )
    assert await house.titles() == ["Sanat ensin", "Tieto ensin"]


@pytest.mark.parametrize("apart", list(itertools.combinations(range(5), 3)), ids=str)
async def test_two_topics_read_a_day_late_in_any_order_end_alike(house: House, apart: tuple[int, ...]) -> None:
    """Each topic keeps its own order; between them every order may happen. The removal wins in all of them."""
    facts = [house.neighbours.decided(kind, "a", v) for kind, v in ((DecisionPublished, 1), (DecisionChanged, 2))]
    facts.append(house.neighbours.decided(DecisionRemoved, "a", 3))
    words = [house.neighbours.words_of("a", version, f"Versio {version}") for version in (1, 2)]
    house.clock.pass_(days=1)
    for turn in range(5):
        event = facts.pop(0) if turn in apart else words.pop(0)
        await house.apply(event)
        await house.apply(event)
        assert len(await house.titles()) <= 1
    assert await house.titles() == []
    assert "Versio" not in await stored_words(house), "a late copy must not bring back what was forgotten"
    await house.forget(TOPIC, "a")
    await house.apply(house.neighbours.words_of("a", 4, "Palautettu"))
    assert await house.titles() == []
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 4))
    assert await house.titles() == ["Palautettu"]


async def test_an_old_fact_that_the_inbox_has_forgotten_takes_nothing_back(house: House) -> None:
    told = house.neighbours
    here, elsewhere = told.decided(DecisionPublished, "a", 1), told.decided(DecisionChanged, "a", 1, primary=("10",))
    await house.apply(here, told.words_of("a", 1, WORDS), elsewhere)
    async with house.bench.service.pool.acquire() as conn:
        await conn.execute("delete from chassis.inbox")
    await house.apply(here)
    assert await house.titles() == []


async def test_a_decision_keeps_its_id_in_the_feed_through_all_versions(house: House) -> None:
    await house.apply(house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, WORDS))
    (before,) = await house.items()
    house.clock.pass_(hours=1)
    await house.apply(house.neighbours.decided(DecisionChanged, "a", 2), house.neighbours.words_of("a", 2, "Uusi"))
    (after,) = await house.items()
    assert after["id"] == before["id"]
    assert after["updated"] > before["updated"]
