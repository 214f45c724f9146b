"""Words on the compacted topic: whole where they fit, cut at a paragraph where not, gone when they must be."""

from typing import Any

from omatoimi_contracts.codec import read, write

from tests.kits.decisions import KEY_OF_50, SECTION_50, Office, case, decision

KEY = "U540/2026-11-24/12"
LIMIT = 256_000


async def sent(office: Office, key: str) -> bytes:
    service = office.bench.service
    async with service.pool.acquire() as conn:
        event = await service.documents["decisions.documents.v1"](conn, key)
    assert event is not None
    return write(event)


async def test_the_words_of_a_decision_and_of_a_case_stand_under_their_keys(office: Office) -> None:
    await office.taken("decision", decision())
    text = await office.words_on_topic(KEY)
    assert (text.TYPE, text.case, text.title) == (
        "omatoimi.decision-text.recorded.v1",
        "HEL-2026-000001",
        "Vallilan puiston suunnitelma",
    )
    assert [(s.title, s.paragraphs) for s in text.sections] == [
        ("Päätös", ("Lautakunta päätti hyväksyä suunnitelman.",))
    ]
    of_case = await office.words_on_topic("HEL-2026-000001")
    assert (of_case.TYPE, of_case.sections) == ("omatoimi.case-text.recorded.v1", ())
    event: Any = read(await sent(office, KEY))
    assert (event.sequence, event.unit) == ("0000000001", "vallila")


async def test_under_a_key_that_decision_and_case_share_stand_the_words_of_the_decision(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    text = await office.words_on_topic(KEY_OF_50)
    assert text.TYPE == "omatoimi.decision-text.recorded.v1"
    assert text.title == "Kirjasto asukkaiden toiminnan tukena -kokeiluhanke"


async def test_every_copy_of_a_version_is_the_same_event(office: Office) -> None:
    await office.taken("case", case())
    first = await sent(office, "HEL-2026-000001")
    office.clock.pass_(days=1)
    assert await sent(office, "HEL-2026-000001") == first
    await office.taken("case", case(title="Toinen"))
    assert read(await sent(office, "HEL-2026-000001")).id != read(first).id


async def test_long_words_end_after_the_last_paragraph_that_fits_and_stand_whole_on_the_page(office: Office) -> None:
    paragraphs = [f"Kappale {n}: " + "äö" * 1500 for n in range(70)]
    await office.taken("decision", decision("{LONG}", "Vallila", *paragraphs))
    value = await sent(office, KEY)
    assert len(value) < LIMIT
    text: Any = read(value).data
    (section,) = text.sections
    assert list(section.paragraphs) == paragraphs[: len(section.paragraphs)]
    assert 30 < len(section.paragraphs) < 70
    assert len((await office.seen("decision", KEY))["words"][0]["sections"][0]["paragraphs"]) == 70
    assert await office.searched("kappale") == [f"decision {KEY}"]
    changed = [*paragraphs[:-1], "Viimeinen"]
    assert await office.taken("decision", decision("{LONG}", "Vallila", *changed)) == "decision.changed"


async def test_no_words_are_too_long_or_too_many(office: Office) -> None:
    for n, content in enumerate(
        (
            decision("{1}", "V" * 5000, "x" * 300_000),
            decision("{2}", "Vallila", *["y"] * 6000, section="13"),
            decision("{3}", "Vallila", "</p><h3 class='SisaltoOtsikko'>Osa</h3><p>z" * 900, section="14"),
            decision("{4}", "Vallila", "\u2028\U0001f333" * 90_000, section="15"),
        )
    ):
        await office.taken("decision", content)
        value = await sent(office, f"U540/2026-11-24/{12 + n}")
        assert len(value) < LIMIT
        text: Any = read(value).data
        assert text.sections


async def test_the_largest_record_that_a_endpoint_lets_in_is_taken(office: Office) -> None:
    sentence = "Vallilassa, Kumpulassa ja Hermannissa rakennetaan uusia asuntoja tontille 22585/4. "
    content = decision("{BIG}", "Vallila", *[sentence * 10] * 1100)
    answer = await office.send("decision", content)
    assert answer.status_code == 201, answer.text
    assert len(await sent(office, KEY)) < LIMIT
