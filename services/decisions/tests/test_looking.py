"""What anybody may look up: lists by district and library, search in Finnish, and pages."""

import re
from uuid import UUID, uuid4

import pytest
from decisions.store.publications import FOUND

from tests.kits.decisions import KEY_OF_50, SECTION_50, Office, case, decision, page

OWN_SCRIPT = '<script src="/static/omatoimi.js" defer></script>'
"""The one script of every page, which only adds to what is there."""

KEY = "U540/2026-11-24/12"


async def listed(office: Office, **query: str) -> list[str]:
    answer = await office.bench.http.get("/v1/decisions", params=query)
    assert answer.status_code == 200, answer.text
    return [item["key"] for item in answer.json()["items"]]


async def test_decisions_are_listed_by_primary_district_and_by_library_the_newest_first(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    await office.taken("decision", decision())
    await office.taken("decision", decision("{K}", "Kumpulan kenttä", "Vallilassa kuultiin asukkaita.", section="13"))
    assert await listed(office, district="22") == [KEY, KEY_OF_50]
    assert await listed(office, unit="vallila") == [KEY, KEY_OF_50]
    assert await listed(office, district="24") == ["U540/2026-11-24/13"]
    assert await listed(office, district="49") == []
    assert await listed(office, district="22", unit="vallila") == [KEY, KEY_OF_50]
    assert await listed(office, district="24", unit="vallila") == []
    assert len(await listed(office)) == 3
    assert await listed(office, limit="1", offset="1") == ["U540/2026-11-24/13"]
    unknown = await office.bench.http.get("/v1/decisions", params={"unit": "kallio"})
    assert (unknown.status_code, unknown.json()["pointer"]) == (404, "/unit")
    assert (await office.bench.http.get("/v1/decisions", params={"district": "Vallila"})).status_code == 422
    mentioned = await office.seen("decision", "U540/2026-11-24/13")
    assert (mentioned["primary"], mentioned["mentioned"]) == (["24"], ["22"])


@pytest.mark.parametrize("words", ["Vallilassa", "Vallilan", "vallila", "VALLILAAN", "Vallilasta"])
async def test_all_forms_of_a_name_find_the_same(office: Office, words: str) -> None:
    await office.taken("minutes", text=SECTION_50)
    await office.taken("case", case())
    await office.taken("decision", decision(number="HEL-2026-000009", title="Töölön tontti"))
    assert await office.searched(words) == ["case HEL-2026-000001", f"decision {KEY_OF_50}"]


@pytest.mark.parametrize("words", ["Sörnäinen", "sörnäisissä", "SÖRNÄISTEN", "Sörnäisiin"])
async def test_names_that_no_stemmer_knows_are_found_in_all_forms_too(office: Office, words: str) -> None:
    await office.taken("case", case(title="Sörnäisten rantatien katusuunnitelma"))
    await office.taken("case", case("HEL-2026-000002", "Kallion torin suunnitelma"))
    assert await office.searched(words) == ["case HEL-2026-000001"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("kirjastoa", True),
        ("kokeiluhankkeita kaupunkilaisen", True),
        ('"asukkaiden omatoimipisteenä"', True),
        ("kirjasto -kokeiluhankkeen", False),
        ("Sörnäisissä", False),
        ("' or 1=1 --", False),
        ("& | ! ( ) :* <->", False),
    ],
)
async def test_words_are_found_in_any_form_and_odd_ones_find_nothing(office: Office, words: str, found: bool) -> None:
    await office.taken("minutes", text=SECTION_50)
    assert bool(await office.searched(words)) == found


@pytest.mark.parametrize(
    "words",
    ["Mäkelänkatu", "mäkelänkadulla", "HEL 2026-000001", "hel 2026 1", "22-701-5", "22701/5", "Vallgård", "vallila"],
)
async def test_streets_numbers_and_both_names_of_a_district_are_found_as_people_write_them(
    office: Office, words: str
) -> None:
    await office.taken("case", case(title="Mäkelänkadun suunnitelma, Vallila, tontti 22701/5"))
    await office.taken("case", case("HEL-2026-000002", "Kallion torin suunnitelma, kiinteistö 91-11-301-2"))
    assert await office.searched(words) == ["case HEL-2026-000001"]


OTHERS = """
insert into decisions.publication (kind, key, case_key, body_name, primary_districts, mentioned_districts, evidence,
    words, digest, state, made, version, removed, search, published_at, changed_at, search_form)
select kind, key || n, case_key, body_name, primary_districts, mentioned_districts, evidence, words, digest, state,
    made, version, removed, to_tsvector('simple', 'muu' || n), published_at, changed_at, search_form
from decisions.publication, generate_series(1, 5000) n
"""


async def test_a_search_does_not_read_every_row(office: Office) -> None:
    await office.taken("case", case(title="Mäkelänkadun suunnitelma"))
    await office.rows(OTHERS)
    await office.rows("analyze decisions.publication")
    plan = await office.rows("explain " + FOUND.replace("$1", "'mäkelänkatu'").replace("$2", "50"))
    scans = [row["QUERY PLAN"] for row in plan if "Scan" in row["QUERY PLAN"]]
    assert any("publication_found" in scan for scan in scans), scans
    assert not any("Seq Scan" in scan for scan in scans), scans


async def test_what_was_indexed_before_is_indexed_anew(office: Office) -> None:
    await office.taken("case", case(title="Mäkelänkadun suunnitelma"))
    await office.rows("update decisions.publication set search = to_tsvector('finnish', 'x'), search_form = 0")
    assert await office.searched("Mäkelänkatu") == []
    await office.run_scheduled()
    assert await office.searched("Mäkelänkatu") == ["case HEL-2026-000001"]


async def test_a_search_is_told_with_its_hits_and_without_its_words(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    session = uuid4()
    await office.searched("Vallilassa", Session=str(session))
    await office.bench.web.get("/v1/search?q=jalkapallokenttä")
    # Who has neither a session nor a key leaves nothing that stands for ever.
    await office.searched("Vallilassa")
    of_session, alone = (await office.events())[2:]
    assert (of_session.subject, of_session.data.session, of_session.data.hits) == (str(session), session, 1)
    assert (alone.data.session, alone.data.hits, alone.unit) == (None, 0, "none")
    assert UUID(alone.subject) == alone.data.search
    written = b"".join(await office.bytes_on_topics()).lower()
    assert b"vallilassa" not in written
    assert b"jalkapallo" not in written
    assert "jalkapallo" not in (await office.everything_stored()).lower()
    refused = await office.bench.http.get("/v1/search", params={"q": "a"}, headers={"Session": "Maija"})
    assert refused.status_code == 422


async def test_a_search_on_the_page_finds_the_same_and_leaves_no_event(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    before = await office.last()
    found = await office.bench.http.get("/search", params={"q": "Vallilan"})
    assert "Kirjasto asukkaiden toiminnan tukena" in found.text
    assert (await office.bench.http.get("/search", params={"q": " "})).status_code == 200
    assert (await office.last()).id == before.id


async def test_an_unknown_key_is_told_as_a_problem(office: Office) -> None:
    for path in ("/v1/decisions/U540/2026-11-24/99", "/v1/cases/HEL-2026-000099", f"/v1/feedback/{uuid4()}"):
        answer = await office.bench.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    for path in ("/v1/decisions/a%00b", "/v1/cases/%00", "/decisions/a%00b", "/cases/%00"):
        assert (await office.bench.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("lang", "title", "place"),
    [("fi", "Vaikuta", "Vallila"), ("sv", "Påverka", "Vallgård"), ("en", "Have a say", "Vallila")],
)
async def test_the_pages_speak_three_languages(office: Office, lang: str, title: str, place: str) -> None:
    await office.taken("minutes", text=SECTION_50)
    for headers, query in (({"Accept-Language": lang}, {}), ({}, {"lang": lang})):
        answer = await office.bench.http.get("/", params=query, headers=headers)
        assert (answer.status_code, answer.headers["content-language"]) == (200, lang)
        assert title in answer.text
        assert place in answer.text


async def test_a_decisions_page_shows_body_date_section_districts_with_evidence_and_text(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    index = await office.bench.http.get("/")
    link = re.search(r'<h3><a href="([^"]+)"', index.text)
    assert link
    shown = (await office.bench.http.get(link[1].replace("&amp;", "&"))).text
    for words in (
        "Kaupunginjohtaja/J §\u00a050",
        "14. toukokuuta 2014",
        "Vallila",
        "<q>Vallilan</q>",
        "Päätöksen perustelut",
        "kehottaa kaupunginkirjastoa",
        "30. syyskuuta 2015",
    ):
        assert words in shown, words
    assert "<script" not in shown.replace(OWN_SCRIPT, "")
    shown_case = (await office.bench.http.get(f"/cases/{KEY_OF_50}")).text
    assert "Kirjasto asukkaiden toiminnan tukena" in shown_case


@pytest.mark.parametrize(
    ("status", "lang", "told"),
    [
        ("Vireillä", "fi", "<dd>Vireillä</dd>"),
        ("Vireillä", "sv", "<dd>Anhängigt</dd>"),
        ("Vireillä", "en", "<dd>Pending</dd>"),
        ("Ratkaistu", "en", "<dd>Resolved</dd>"),
        ("Päätetty", "en", "<dd>Decided</dd>"),
        ("Siirretty", "en", '<dd lang="fi">Siirretty</dd>'),
    ],
)
async def test_how_a_case_stands_is_told_in_the_readers_language_and_else_as_the_source_says(
    office: Office, status: str, lang: str, told: str
) -> None:
    await office.taken("case", case(Status=status))
    assert told in (await office.bench.http.get("/cases/HEL-2026-000001", params={"lang": lang})).text


async def test_words_of_the_source_are_text_on_a_page_and_never_markup(office: Office) -> None:
    evil = "Vallilan &lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}"
    await office.taken("case", case(title="<script>alert(1)</script> Vallila"))
    await office.taken("decision", decision("{E}", "<b>Vallilan</b> puisto", evil, motion=page("Vallila", evil)))
    for path in ("/", f"/decisions/{KEY}", "/cases/HEL-2026-000001", "/search?q=Vallila"):
        shown = (await office.bench.http.get(path)).text
        assert "<script" not in shown.replace(OWN_SCRIPT, "")
        assert "<b>Vallilan" not in shown
        assert "49" not in shown.replace("7*7", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in (await office.bench.http.get(f"/decisions/{KEY}")).text
    assert 'value="&#34;&gt;&lt;script' in (await office.bench.http.get("/search", params={"q": '"><script'})).text


async def test_a_key_with_braces_and_slashes_is_found_from_the_page(office: Office) -> None:
    own_id = "{6079FA22-513B-46C7-83C2-1AF58395CE6C}"
    await office.taken("decision", decision(own_id, Meeting=None))
    index = (await office.bench.http.get("/")).text
    link = re.search(r'<h3><a href="(/decisions/%7B[^"]+)"', index)
    assert link
    assert (await office.bench.http.get(link[1])).status_code == 200
    assert (await office.seen("decision", own_id))["key"] == own_id


async def test_what_was_taken_back_is_told_as_gone(office: Office) -> None:
    await office.taken("minutes", text=SECTION_50)
    await office.taken("minutes", record=KEY_OF_50, remove=True)
    for path in (f"/decisions/{KEY_OF_50}", f"/cases/{KEY_OF_50}"):
        answer = await office.bench.http.get(path)
        assert answer.status_code == 410
        assert "Kirjasto asukkaiden" not in answer.text
    assert (await office.bench.http.get("/decisions/none")).status_code == 404


async def test_votes_and_how_to_appeal_are_shown(office: Office) -> None:
    votes = [{"Ayes": {"NumberOfVotes": 40}, "Noes": {"NumberOfVotes": 5}, "Blank": None, "Absent": None}]
    appeal = (
        '<div class="MuutoksenhakuOtsikko">x</div><h3 class="MuutoksenhakuOtsikko">Muutoksenhaku</h3><p>Valitus.</p>'
    )
    content = page("Vallila", "Hyväksyttiin.").replace("</div></body>", f"{appeal}</div></body>")
    await office.taken("decision", decision(VotingResults=votes, Content=content))
    seen = await office.seen("decision", KEY)
    assert seen["votes"] == [{"ayes": 40, "noes": 5, "blank": 0, "absent": 0}]
    assert seen["appeal"][-1]["paragraphs"] == ["Valitus."]
    assert "Jaa 40, ei 5" in (await office.bench.http.get(f"/decisions/{KEY}")).text


async def test_what_stands_in_another_language_than_the_readers_says_so(office: Office) -> None:
    """To the reader, and to the voice that reads the page out."""
    appeal = '<h3 class="MuutoksenhakuOtsikko">Muutoksenhaku</h3><p>Valitus tehdään kuukauden kuluessa.</p>'
    content = page("Vallila", "Hyväksyttiin.").replace("</div></body>", f"{appeal}</div></body>")
    await office.taken("decision", decision(Content=content))
    feedback = await office.said("HEL-2026-000001", "Hei")
    await office.answer(feedback, "Kiitos palautteesta. Puut jäävät paikoilleen.")
    swedish = (await office.bench.http.get(f"/decisions/{KEY}", params={"lang": "sv"})).text
    assert "Endast på detta språk: finska" in swedish
    assert re.search(r'<summary>Sökande av ändring</summary>\s*<div lang="fi">', swedish)
    assert '<span lang="fi">Kaupunkiympäristölautakunta</span>' in swedish
    answered = (await office.bench.http.get("/cases/HEL-2026-000001", params={"lang": "sv"})).text
    assert re.search(r'<div lang="fi"><p>Kiitos palautteesta', answered)
    finnish = (await office.bench.http.get(f"/decisions/{KEY}", params={"lang": "fi"})).text
    assert "Vain tällä kielellä" not in finnish
    assert "Kaupunkiympäristölautakunta" in finnish


async def test_a_case_and_its_decision_are_told_apart_by_their_links(office: Office) -> None:
    await office.taken("case", case(title="Vallilan puisto"))
    await office.taken("decision", decision(title="Vallilan puisto"))
    found = (await office.bench.http.get("/search", params={"q": "puisto", "lang": "fi"})).text
    links = [" ".join(re.sub("<[^>]*>", "", link).split()) for link in re.findall(r"<h3>(.*?)</h3>", found, re.DOTALL)]
    assert sorted(links) == ["Asia HEL 2026-000001 Vallilan puisto", "Päätös Vallilan puisto"]


async def test_the_answer_to_a_request_shows_how_it_stands_now(office: Office) -> None:
    await office.taken("case", case())
    id_ = uuid4()
    await office.bench.web.post("/v1/feedback", {"case": "HEL-2026-000001", "text": "Hei"}, id=id_)
    office.clock.pass_(days=61)
    ended = (await office.bench.web.get(f"/v1/requests/{id_}")).json()
    assert ended["resource"]["state"] == "lapsed"
