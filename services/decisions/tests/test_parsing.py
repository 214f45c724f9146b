"""Foreign records are read beside the loop that books, and whatever they hold, it goes on."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import psutil
import pytest
from chassis.installation import EXAMPLE, load
from decisions import lemmas, parsing
from decisions.domain.records import RefusedRecord
from omatoimi_contracts.requests import RecordRequested
from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamMap

from tests.kits.decisions import Office

INSTALLATION = load(EXAMPLE)

HOSTILE = {
    "attributes that do not end": '<a b="' * 2500,
    "marked sections": "<![" * 700,
    "nested": "<div>" * 5000,
}


def asked(html: str) -> RecordRequested:
    record = {"NativeId": "{1}", "Title": "Otsikko", "Organization": {"ID": "U1", "Name": "Jaosto"}, "Content": html}
    return RecordRequested(kind="decision", content=record)


def body(html: str) -> dict[str, object]:
    return asked(html).model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_record_is_answered_and_not_by_an_error_of_ours(office: Office, html: str) -> None:
    answer = await office.bench.staff.post("/v1/records", body(html))
    assert answer.status_code in (201, 409), answer.text
    if answer.status_code == 409:
        assert answer.json()["outcome"]["data"]["reason"] == "bad-markup"
        assert "nested deeper" in answer.json()["detail"]


async def test_no_record_is_read_in_the_process_that_books(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def here(_: RecordRequested) -> None:
        raise AssertionError("read in the process that books")

    monkeypatch.setattr(parsing, "read", here)
    monkeypatch.setattr("decisions.reading.read", here)
    answer = await office.bench.staff.post("/v1/records", body("<h3 class='SisaltoOtsikko'>Päätös</h3><p>Kyllä."))
    assert answer.status_code == 201, answer.text


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user's, and no dictionary in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(lemmas._dictionary, "words", None)
    lemmas.lemma.cache_clear()
    return tmp_path / "omatoimi"


async def test_no_dictionary_is_made_in_the_process_that_books(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds of computing in a thread had nobody else answered within the five that a client waits."""

    def here(*_: object) -> None:
        raise AssertionError("made in the process that books")

    monkeypatch.setattr(StreamMap, "__init__", here)
    await asyncio.gather(lemmas.ready(), lemmas.ready())
    assert lemmas.lemma("päätöksen") == "päätös"
    assert lemmas.kept(cache) is not None


async def test_a_dictionary_that_was_kept_is_not_made_again_unless_it_is_damaged_or_not_ours_alone(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lemmas.made(cache)
    with monkeypatch.context() as patched:
        patched.setattr(lemmas, "made", None)
        await lemmas.ready()
    assert lemmas.lemma("päätöksen") == "päätös"
    file = cache / lemmas.FILE
    for mode, place in ((0o620, file), (0o722, cache)):
        before = place.stat().st_mode
        place.chmod(mode)
        assert lemmas.kept(cache) is None
        place.chmod(before)
    assert lemmas.kept(cache) is not None
    with file.open("r+b") as damaged:
        damaged.seek(1_000_000)
        damaged.write(b"?")
    assert lemmas.kept(cache) is None
    assert lemmas.kept(None) is None


@pytest.fixture
def no_cache(cache: Path) -> None:
    cache.write_text("a file stands where the folder would")


@pytest.mark.usefixtures("no_cache")
async def test_where_nothing_can_be_kept_a_dictionary_is_made_at_each_start() -> None:
    await lemmas.ready()
    assert lemmas.lemma("päätöksen") == "päätös"


async def test_who_is_not_staff_has_nothing_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: RecordRequested) -> None:
        raise AssertionError("read for somebody who may not ask for it")

    monkeypatch.setattr("decisions.handlers.records.parse", never)
    answer = await office.bench.web.post("/v1/records", body("<p>"))
    assert answer.status_code == 403, answer.text


def readers() -> list[psutil.Process]:
    return [child for child in psutil.Process(os.getpid()).children(recursive=True) if reads(child)]


def reads(child: psutil.Process) -> bool:
    try:
        return child.status() != psutil.STATUS_ZOMBIE and "anyio.to_process" in child.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return False


async def test_a_record_is_read_again_when_all_processes_that_read_were_ended_by_somebody_else() -> None:
    await asyncio.gather(*(parsing.parse(asked("<p>" * 2_000), INSTALLATION) for _ in range(os.cpu_count() or 2)))
    for reader in readers():
        with contextlib.suppress(psutil.NoSuchProcess):
            reader.kill()
    assert not isinstance((await parsing.parse(asked("<p>"), INSTALLATION)).content, RefusedRecord)


async def test_a_record_that_ends_the_process_that_reads_it_is_refused_with_its_reason() -> None:
    reading = asyncio.create_task(parsing.parse(asked("<p>x<br>" * 60_000), INSTALLATION))
    while not reading.done():
        for reader in readers():
            with contextlib.suppress(psutil.NoSuchProcess):
                reader.kill()
        await asyncio.sleep(0)
    refused = (await reading).content
    assert isinstance(refused, RefusedRecord)
    assert (refused.code, refused.reason) == ("too-long", "each process that read it ended")


def test_a_record_that_takes_too_long_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def for_ever(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(parsing, "CPU_SECONDS", 0.1)
    monkeypatch.setattr(parsing, "read", for_ever)
    before = signal.getsignal(signal.SIGPROF)
    refused = parsing._read_in_time(asked("<p>"), INSTALLATION).content
    signal.signal(signal.SIGPROF, before)
    assert isinstance(refused, RefusedRecord)
    assert (refused.code, refused.reason) == ("too-long", "reading it took more than 0.1 s")
