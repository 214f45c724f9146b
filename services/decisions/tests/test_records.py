"""What is told of a record of the city, and what can be seen after it."""

from decisions.testing import KEY_OF_50, SECTION_50, Office, called, case, decision, page


async def test_the_minutes_of_section_50_become_a_decision_of_the_librarys_area_with_a_case_of_its_own(
    office: Office,
) -> None:
    answer = await office.send("minutes", text=SECTION_50)
    assert answer.status_code == 201, answer.text
    published, made = await office.events()
    assert (called(answer), published.outcome, made.outcome) == ("decision.published", True, False)
    assert made.type == "omatoimi.case.published.v1"
    for event in (published, made):
        assert (event.data.case, event.data.primary, event.unit) == (KEY_OF_50, ("22",), "vallila")
        assert (event.data.version, event.channel) == (1, "staff")
    assert (published.data.body, published.data.section, str(published.data.decided)) == (
        "kaupunginjohtaja-j",
        50,
        "2014-05-14",
    )
    seen = await office.seen("decision", KEY_OF_50)
    assert seen["title"] == "Kirjasto asukkaiden toiminnan tukena -kokeiluhanke"
    assert [(d["date"], d["who"]) for d in seen["deadlines"]] == [("2015-09-30", "kaupunginkirjasto")]
    assert {(e["district"], e["text"]) for e in seen["evidence"]} == {("22", "Vallilan")}
