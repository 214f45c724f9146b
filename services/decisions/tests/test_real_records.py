"""The city's own records, through the service's own endpoint as the importer sends them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from chassis import Settings
from decisions import imports
from omatoimi_contracts.codec import read, write
from pydantic import SecretStr

from tests.kits.decisions import Office, called, office
from tests.kits.platform import Servers

COUNTS = {"case": 218, "decision": 33, "meeting": 14, "initiative": 52, "resolution": 17}
"""Records that are kept: one of 34 decisions is secret, and 21 records of meetings are states of 14."""

MAX_EVENT = 256_000
SECRET = "{097B4BA8-EF60-4978-BF5D-230892AB3890}"
AT_ONCE = 4


Answers = list[tuple[imports.ToImport, httpx.Response]]


async def imported(office: Office, files: list[Path]) -> Answers:
    """Send all records of these files as `omatoimi import` does, several at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def post(one: imports.ToImport) -> tuple[imports.ToImport, httpx.Response]:
        async with gate:
            body = one.data.model_dump(mode="json", by_alias=True, exclude_none=True)
            return one, await office.bench.staff.post("/v1/records", body, id=one.id)

    return list(
        await asyncio.gather(*(post(one) for one in imports.requests(files) if isinstance(one, imports.ToImport)))
    )


def dumps(data: Path) -> list[Path]:
    return sorted((data / "decisions").glob("ahjo_*_*.json"))


@dataclass
class City:
    """An office that has taken in all of the city's records, and how each was answered."""

    office: Office
    answers: Answers


@pytest_asyncio.fixture(scope="module")
async def city(platform: Servers, data: Path) -> AsyncIterator[City]:
    database = await platform.create_database()
    async with office(Settings(postgres=SecretStr(database))) as opened:
        yield City(opened, await imported(opened, dumps(data)))
    await platform.drop_database(database)


async def test_all_records_are_stored_but_those_in_a_list_with_file_id_and_reason(city: City) -> None:
    assert Counter(one.data.kind for one, _ in city.answers) == {**COUNTS, "decision": 34, "meeting": 21}
    left_out = [
        (one.path.name, one.record, answer.json()["outcome"]["data"]["reason"])
        for one, answer in city.answers
        if answer.status_code >= 400
    ]
    print(*left_out, sep="\n")
    assert left_out == [("ahjo_decisions_2022-01.json", SECRET, "withheld")]
    sql = "select kind, count(*) as n from decisions.record where content is not null group by kind"
    assert {row["kind"]: row["n"] for row in await city.office.rows(sql)} == COUNTS
    told = Counter(await city.office.told())
    assert (told["decision.published"], told["decision.changed"], told["request.rejected"]) == (32, 1, 1)
    # One of 15 stands in both languages of a decision: whichever comes last may tell nothing new.
    assert told["motion.published"] == 14
    assert told["record.refused"] == 0


async def test_a_second_import_tells_the_first_answers_and_makes_no_event(city: City, data: Path) -> None:
    events = len(await city.office.events())
    again = await imported(city.office, dumps(data))
    assert all(answer.json()["repeated"] for _, answer in again)
    assert [called(answer) for _, answer in again] == [called(answer) for _, answer in city.answers]
    assert len(await city.office.events()) == events


async def test_every_decision_has_its_case_and_every_event_is_of_the_contract(city: City) -> None:
    sql = "select count(*) as n from decisions.publication d where kind = 'decision' and not exists"
    of_case = "(select from decisions.publication c where c.kind = 'case' and c.key = d.case_key and not c.removed)"
    assert (await city.office.rows(f"{sql} {of_case}"))[0]["n"] == 0
    sequences: Counter[str] = Counter()
    for value in await city.office.bytes_on_topics():
        event: Any = read(value)
        assert len(value) < 10_000
        sequences[event.subject] += 1
        assert int(event.sequence) == sequences[event.subject]


async def test_every_text_is_of_the_contract_and_fits_its_event(city: City) -> None:
    service = city.office.bench.service
    keys = await city.office.rows("select distinct key from decisions.publication where kind <> 'motion'")
    assert len(keys) > 240
    async with service.pool.acquire() as conn:
        for row in keys:
            event = await service.documents["decisions.documents.v1"](conn, row["key"])
            assert event is not None
            assert len(value := write(event)) < MAX_EVENT
            assert read(value).data == event.data


async def test_no_word_of_the_records_stands_on_the_event_topic(city: City) -> None:
    written = b"".join(await city.office.bytes_on_topics()).decode().lower()
    words = set()
    for row in await city.office.rows("select words, body_name from decisions.publication"):
        for text in [row["body_name"], *(one["title"] for one in json.loads(row["words"]))]:
            words |= {word for word in text.lower().replace(",", " ").split() if len(word) > 6 and word.isalpha()}
    assert len(words) > 300
    # The municipality, the library's unit, and a case number such as HEL-2021-005020-Lausunto-3.
    assert {word for word in words if word in written} <= {"helsinki", "vallila", "lausunto"}


async def test_nothing_of_the_secret_decision_is_kept(city: City, data: Path) -> None:
    records = json.loads((data / "decisions" / "ahjo_decisions_2022-01.json").read_bytes())["decisions"]
    (secret,) = [record for record in records if record["NativeId"] == SECRET]
    everything = await city.office.everything_stored() + b"".join(await city.office.bytes_on_topics()).decode()
    for told in (SECRET, secret["Title"], "HEL-2021-014211"):
        assert told not in everything


async def test_vallila_is_found_in_any_form(city: City) -> None:
    found = [await city.office.searched(words) for words in ("Vallilassa", "Vallilan", "vallila")]
    assert found[0] == found[1] == found[2] != []


async def test_the_booked_and_the_published_dump_are_states_of_the_same_meetings(office: Office, data: Path) -> None:
    folder = data / "decisions"
    files = [folder / "ahjo_meetings_2021-11_published.json", folder / "ahjo_meetings_2021-11_booked.json"]
    sql = "select id, content->>'status' as status, content->'agenda'->0 is not null as agenda from decisions.record"
    for file in files:
        await imported(office, [file])
    states = {row["id"]: (row["status"], row["agenda"]) for row in await office.rows(sql)}
    booked = {meeting["MeetingID"] for meeting in json.loads(files[1].read_bytes())["meetings"]}
    assert len(booked & set(states)) == 7
    assert all(status != "booked" and agenda for status, agenda in (states[key] for key in booked))


async def test_a_whole_folder_is_searched_and_what_holds_no_record_is_told(office: Office, data: Path) -> None:
    files = list(imports.files([data / "decisions"]))
    found = list(imports.requests(files))
    names = Counter(one.path.name for one in found if isinstance(one, imports.ToImport))
    told = {one.path.name: one.reason for one in found if isinstance(one, imports.UnreadableFile)}
    assert {"ahjo_functions.json", "ahjo_callback_log.json", "helsinki_2014-05-14_50.gold.json"} <= set(told)
    assert told["ahjo_functions.json"] == "it holds no record of the city"
    assert not set(names) & set(told)
    assert sum(names.values()) > 342
    answers = await imported(office, [path for path in files if path.suffix == ".txt"])
    assert [(one.path.name, called(answer)) for one, answer in answers] == [
        ("helsinki_2014-05-14_50.txt", "decision.published"),
        ("oulu_395959398.txt", "record.refused"),
        ("oulu_632581845351090.txt", "record.refused"),
    ]


def test_the_text_that_ships_with_the_product_is_the_real_one(data: Path) -> None:
    assert imports.OWN.read_bytes() == (data / "decisions" / "minutes_text" / imports.OWN.name).read_bytes()
    (one,) = imports.requests([imports.OWN])
    assert isinstance(one, imports.ToImport)
    assert (one.data.kind, one.record) == ("minutes", "helsinki_2014-05-14_50")


def test_the_id_of_an_import_follows_from_the_content_alone(tmp_path: Path) -> None:
    record = {"CaseID": "HEL-2026-000001", "Title": "Puisto"}
    first, second, bare = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    first.write_text(json.dumps({"cases": [record]}))
    second.write_text(json.dumps({"cases": [dict(reversed(record.items())), {**record, "Title": "Toinen"}]}, indent=4))
    bare.write_text(json.dumps({**record, "Handlings": []}))
    found = list(imports.requests([first, second, bare]))
    ids = [one.id for one in found if isinstance(one, imports.ToImport)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
