"""What a record or a resident writes, as everybody may see it: composed, and without personal identity codes."""

from tests.kits.decisions import Office, case, decision

CODE = "131052-308T"
CASE = "HEL-2026-000001"
MASK = "******-****"


async def test_a_district_is_found_however_its_name_was_typed(office: Office) -> None:
    await office.taken("decision", decision(title="Asemakaava Etu-To\u0308o\u0308lo\u0308ssa\u0308"))
    event = await office.last()
    await office.taken("decision", decision("{other}", "Asemakaava Etu-Töölössä", section="13"))
    again = await office.last()
    assert event.data.primary == again.data.primary == ("13",)
    listed = (await office.bench.http.get("/v1/decisions?district=13")).json()["items"]
    assert [item["title"] for item in listed] == ["Asemakaava Etu-Töölössä"] * 2


async def test_identity_codes_are_masked_in_what_is_published_and_answered(office: Office) -> None:
    await office.taken("case", case())
    feedback = await office.said(CASE, f"Olen {CODE}, haluan penkin")
    listed = (await office.bench.staff.get("/v1/feedback")).json()["items"]
    assert [one["text"] for one in listed] == [f"Olen {MASK}, haluan penkin"]
    await office.answer(feedback, text=f"Kiitos, {CODE.lower()}")
    assert f"Kiitos, {MASK}" in (await office.bench.http.get(f"/cases/{CASE}")).text


async def test_identity_codes_are_masked_also_where_a_records_markup_hides_them(office: Office) -> None:
    hidden = f"Vuokrataan {CODE[:6]}<b>{CODE[6:]}</b> ja &#49;{CODE[1:]} ja {CODE}."
    await office.taken("decision", decision("{a}", f"Tontti,\u202e {CODE}", hidden))
    key = next(event.subject for event in await office.events() if event.type.startswith("omatoimi.decision."))
    words = await office.words_on_topic(key)
    assert words.title == f"Tontti, {MASK}"
    assert words.sections[0].paragraphs == (f"Vuokrataan {MASK} ja {MASK} ja {MASK}.",)
    for path in (f"/v1/decisions/{key}", f"/decisions/{key}", "/", "/v1/decisions"):
        assert CODE not in (await office.bench.http.get(path)).text


async def test_a_key_that_holds_an_identity_code_makes_no_event(office: Office) -> None:
    assert (await office.send("decision", decision(f"{{{CODE}}}", number=None, section=""))).status_code == 409
    assert (await office.say(CODE)).status_code == 400
    assert CODE.encode() not in b"".join(await office.bytes_on_topics())
