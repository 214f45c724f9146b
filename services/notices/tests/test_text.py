"""Words of a notice as people may send them: composed, on one line where they should be, without identity codes."""

from uuid import uuid4

from tests.kits.notices import House

CODE = "131052-308T"


async def test_the_same_words_written_in_two_ways_are_one_request(house: House) -> None:
    id_ = uuid4()
    first = await house.submit(id=id_, titles={"fi": "Pa\u0308iva\u0308"})
    again = await house.submit(id=id_, titles={"fi": "P\u00e4iv\u00e4"})
    assert (first.status_code, again.status_code, again.json()["repeated"]) == (202, 202, True)
    assert again.json()["resource"]["titles"] == {"fi": "P\u00e4iv\u00e4"}


async def test_nothing_in_a_title_breaks_its_line_or_turns_its_direction(house: House) -> None:
    title = "Tal\u202ekoot\x07pihalla\nklo 18"
    await house.submit(house.bench.staff, titles={"fi": title}, texts={"fi": "Tule\r\nmukaan\x0bheti"})
    (item,) = await house.items()
    assert (item["title"], item["text"]) == ("Tal koot pihalla klo 18", "Tule\nmukaan\nheti")
    for path in ("/v1/feed.atom", "/v1/feed.json", "/"):
        text = (await house.bench.http.get(path)).text
        assert "Tal koot pihalla klo 18" in text
        assert not set(text) & set("\u202e\x07\x0b")


async def test_an_identity_code_is_published_nowhere(house: House) -> None:
    await house.submit(house.bench.staff, titles={"fi": f"Soita {CODE}"}, texts={"fi": f"Olen {CODE.lower()}."})
    (item,) = await house.items()
    assert (item["title"], item["text"]) == ("Soita ******-****", "Olen ******-****.")
    assert (await house.submit(case=CODE)).status_code == 400
    assert (await house.submit(organiser={"class": "department", "department": CODE.lower()})).status_code == 400
    rows = await house.bench.service.pool.fetch("select * from notices.notice")
    assert CODE not in str(rows) + str(await house.bytes_on_events())
