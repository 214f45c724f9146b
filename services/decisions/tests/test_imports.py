"""An import accounts for all that it was given: each record is stored, or refused with file, id and reason."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from decisions import imports
from decisions.imports import ToImport, UnreadableFile
from omatoimi import importing
from omatoimi.importing import ImportTally, send

from tests.kits.decisions import Office

CASE = {"CaseID": "HEL-2026-000001", "Title": "Puisto", "Handlings": []}
HALF = "it names half a character (a lone surrogate, such as \\ud800), which no text has"
LONG = "String should have at most 900000 characters"
BAD: dict[str, tuple[str, bytes, list[tuple[str, str]]]] = {
    "cut": ("a.json", b'{"cases": [{"CaseID": "HEL', [("-", "it is no JSON: Unterminated string")]),
    "nested": ("a.json", b"[" * 5000, [("-", "the JSON is nested more than 64 deep")]),
    "nested in a record": (
        "a.json",
        json.dumps({"cases": [{"CaseID": "1"}]}).replace('"1"', "[" * 100 + "]" * 100).encode(),
        [("cases[0]", "the JSON is nested more than 64 deep")],
    ),
    "half a character": ("a.json", b'{"cases": [{"CaseID": "\\ud800"}]}', [("cases[0]", HALF)]),
    "too long": ("a.txt", b"x" * 900_001, [("a", LONG)]),
    "too large": (
        "a.json",
        json.dumps({**CASE, "Title": "x" * 960_000}).encode(),
        [("-", "it is larger than the 950,000 bytes that a request has room for")],
    ),
    "latin-1": ("a.json", '{"cases": [{"Title": "Töölö"}]}'.encode("latin-1"), [("-", "it is not UTF-8, as JSON is")]),
    "no records": ("a.json", b'{"functions": []}', [("-", "it holds no record of the city")]),
    "a word": ("a.json", b'"cases"', [("-", "it holds no record of the city")]),
    "no list": ("a.json", b'{"cases": {}}', [("cases", "cases is no list of records")]),
    "no objects": (
        "a.json",
        b'{"cases": [1, null]}',
        [("cases[0]", "it is no JSON object"), ("cases[1]", "it is no JSON object")],
    ),
    "no record in a list of them": (
        "a.json",
        json.dumps([{"x": 1}, CASE]).encode(),
        [("[0]", "it is no record of a kind that is known")],
    ),
    "a list of other things": ("a.json", b'[{"x": 1}, 2]', [("-", "it holds no record of the city")]),
    "another kind of file": ("a.pdf", b"%PDF", [("-", "it is neither .json of the case system nor minutes as .txt")]),
}


def found(*paths: Path) -> list[ToImport | UnreadableFile]:
    return list(imports.requests(imports.files(paths)))


@pytest.mark.parametrize(("name", "content", "told"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_told_with_its_place_and_reason(
    tmp_path: Path, name: str, content: bytes, told: list[tuple[str, str]]
) -> None:
    path, good = tmp_path / name, tmp_path / "z.json"
    path.write_bytes(content)
    good.write_text(json.dumps(CASE))
    *others, one = found(path, good)
    assert isinstance(one, ToImport)
    bad = [each for each in others if isinstance(each, UnreadableFile)]
    assert [(each.path, each.record) for each in bad] == [(path, place) for place, _ in told]
    assert all(each.reason.startswith(reason) for each, (_, reason) in zip(bad, told, strict=True))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("A.JSON", CASE),
        ("a.json", [CASE]),
        ("a.json", {"Cases": [CASE]}),
        ("a.json", {"cases": [CASE], "decisions": []}),
    ],
)
def test_a_record_is_found_however_its_file_and_its_list_are_written(tmp_path: Path, name: str, payload: Any) -> None:
    (tmp_path / name).write_text(json.dumps(payload))
    (one,) = found(tmp_path)
    assert isinstance(one, ToImport)
    assert (one.record, one.data.kind) == ("HEL-2026-000001", "case")


def test_minutes_in_capitals_are_minutes_and_a_folder_is_no_file(tmp_path: Path) -> None:
    inside = tmp_path / "x.json"
    inside.mkdir()
    (inside / "A.TXT").write_bytes(imports.OWN.read_bytes())
    (inside / "notes.md").write_text("not of the city")
    (one,) = found(tmp_path)
    assert isinstance(one, ToImport)
    assert (one.path.name, one.data.kind) == ("A.TXT", "minutes")
    assert found(tmp_path, inside, inside / "A.TXT") == [one]


class Way(httpx.AsyncBaseTransport):
    """The way from the importer to the service, with what may befall requests on it, one fate each."""

    def __init__(self, office: Office, fates: Sequence[str] = ()) -> None:
        transport = office.bench.http._transport
        assert isinstance(transport, httpx.ASGITransport)
        self.app, self.fates, self.sizes, self.waits = transport.app, list(fates), list[int](), list[float]()
        self.http = httpx.AsyncClient(
            transport=self, base_url="http://test", headers={"Authorization": f"Bearer {office.bench.staff.key}"}
        )
        self.source = office.bench.staff.caller.channel.source
        self.service = httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fate = self.fates.pop(0) if self.fates else ""
        if fate == "dropped":
            raise httpx.ReadError("the other side hung up")
        if fate:
            return httpx.Response(int(fate), headers={"Retry-After": "7"})
        self.sizes.append(len(json.loads(await request.aread())))
        path = request.url.path.removeprefix("/decisions")
        answer = await self.service.post(path, content=request.content, headers=request.headers)
        if self.fates and self.fates[0] == "answer lost":
            self.fates.pop(0)
            raise httpx.ReadError("the answer was lost")
        return httpx.Response(answer.status_code, content=answer.content)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def send(self, records: list[ToImport]) -> ImportTally:
        self.told = 0

        def told(number: int) -> None:
            self.told += number

        return await send(self.http, self.source, records, told, self.wait)


def cases(tmp_path: Path, number: int, **other: Any) -> list[ToImport]:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [{**CASE, **other, "CaseID": f"HEL-2026-{n:06}"} for n in range(number)]}))
    return [one for one in found(path) if isinstance(one, ToImport)]


async def test_twenty_records_share_a_request_and_a_second_import_repeats_nothing(
    office: Office, tmp_path: Path
) -> None:
    way, records = Way(office), cases(tmp_path, 45)
    first = await way.send(records)
    assert (first.stored, first.refused, first.left, way.told) == (45, [], [], 45)
    assert sorted(way.sizes) == [5, 20, 20]
    version = "select max(version), count(*) from decisions.publication"
    before = await office.rows(version)
    assert (await way.send(records)).stored == 45
    assert await office.rows(version) == before


async def test_large_records_share_a_request_as_far_as_it_has_room(office: Office, tmp_path: Path) -> None:
    way = Way(office)
    tally = await way.send(cases(tmp_path, 5, Title="x" * 400_000))
    assert (tally.stored + len(tally.refused), tally.left, sorted(way.sizes)) == (5, [], [1, 2, 2])


async def test_what_the_service_has_no_time_for_is_sent_again_after_as_long_as_it_asks(
    office: Office, tmp_path: Path
) -> None:
    way = Way(office, ["503", "429", "dropped", "", "answer lost"])
    tally = await way.send(cases(tmp_path, 3))
    assert (tally.stored, tally.refused, tally.left) == (3, [], [])
    assert way.waits == [7, 7, 4, 8]
    assert way.sizes == [3, 3]


async def test_a_connection_that_stays_away_ends_the_import_with_its_tally(office: Office, tmp_path: Path) -> None:
    way, records = Way(office, ["", *["dropped"] * 100]), cases(tmp_path, 60)
    tally = await way.send(records)
    assert (tally.stored, len(tally.left), tally.refused) == (20, 40, [])
    assert tally.why_left == "the connection failed (ReadError)"
    assert len(way.waits) <= 2 * importing.TRIES
    way.fates.clear()
    assert (await way.send(records)).stored == 60


async def test_each_refusal_is_told_with_its_record_and_its_reason(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([CASE, {**CASE, "CaseID": 7}, {"NativeId": "{1}", "Content": "<div>" * 500}]))
    records = [one for one in found(path) if isinstance(one, ToImport)]
    tally = await Way(office).send(records)
    assert tally.stored == 1
    told = [(record.record, reason) for record, reason in tally.refused]
    assert told == [
        ("7", "A field of the record is not of the kind it should be."),
        ("{1}", "The record’s HTML is nested deeper than any page of the city."),
    ]
