"""Of a document on a compacted topic the last copy is the present state: what was changed or forgotten never comes
back, in the log or in a reader's store."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from chassis import Settings, maintenance, relay
from omatoimi_contracts import topics
from uuid_utils.compat import UUID, uuid7

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .children import child
from .kafka_log import end, events, make_topics, records, write
from .toys import board, wall
from .waiting import until
from .wire import notice_text, wire

DOCUMENTS = "notices.documents.v1"
NAMES = (DOCUMENTS, "notices.events.v1", "booking.events.v1", "wall.dead-letters.v1")


@pytest_asyncio.fixture
async def documents(settings: Settings) -> AsyncIterator[Settings]:
    """The settings, once the topics of `board` and `wall` are there; the documents topic has one partition."""
    await make_topics(
        settings.kafka, {settings.topic(name): 1 for name in NAMES}, None, **{"cleanup.policy": "compact"}
    )
    yield settings


async def put(r: Harness, notice: UUID, version: int | None) -> None:
    """Give a notice another version, or forget it."""
    async with r.service.pool.acquire() as conn, conn.transaction():
        await conn.execute("delete from board.notice where notice = $1", notice)
        if version is not None:
            await conn.execute("insert into board.notice values ($1, $2)", notice, version)
        await conn.execute(
            "insert into chassis.outbox (topic, key, created_at) values ($1, $2, $3)",
            DOCUMENTS,
            str(notice),
            r.service.clock(),
        )


async def last(settings: Settings) -> dict[str, int | None]:
    """The last copy of each document: its version, or None for a tombstone."""
    found = await records(settings.kafka, settings.topic(DOCUMENTS))
    return {r.key.decode(): events([r])[0]["data"]["version"] if r.value is not None else None for r in found if r.key}


async def all_sent(r: Harness) -> None:
    unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
    await until(lambda: r.service.pool.fetchval(unsent), "all is sent")


async def test_after_a_kill_a_takeover_and_a_republish_the_last_copy_is_the_present_state(
    platform: Platform, documents: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, forgotten, returned, new = (uuid7() for _ in range(4))
    async with running(board(documents)) as r:
        for notice in (changed, forgotten, returned):
            await put(r, notice, 1)
        async with child(platform, documents, "board", "relay", halts="sent") as killed:
            await killed.halted()
            assert await last(documents) == {str(n): 1 for n in (changed, forgotten, returned)}
            await put(r, changed, 2)
            await put(r, forgotten, None)
            await put(r, returned, None)
            await put(r, returned, 3)
            await killed.kill()
        present = {str(changed): 2, str(forgotten): None, str(returned): 3}
        async with child(platform, documents, "board", "relay"):
            await all_sent(r)
        assert await last(documents) == present

        # Nothing waits to be sent; yet a relay that takes over says once more what is true.
        monkeypatch.setattr(relay, "LATE_SECONDS", 3600.0)
        before = await end(documents.kafka, documents.topic(DOCUMENTS))
        async with running(board(documents), ("relay",)):
            await put(r, new, 1)
            await all_sent(r)
        told = await records(documents.kafka, documents.topic(DOCUMENTS))
        assert {one.key.decode() for one in told if one.key and one.offset >= before} == {*present, str(new)}
        present[str(new)] = 1
        assert await last(documents) == present

        async with r.service.pool.acquire() as conn:
            assert await maintenance.republish(conn, r.service.clock() - timedelta(days=1), r.service.clock()) == 8
        async with running(board(documents), ("relay",)):
            await all_sent(r)
        assert await last(documents) == present


async def test_a_late_copy_of_a_relay_before_never_is_the_last_word(
    documents: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a dead relay had on its way arrives when its successor has long sent the tombstone."""
    monkeypatch.setattr(relay, "LATE_SECONDS", 1.0)
    # What a quiet partition is told once more would be the last word too.
    monkeypatch.setattr(relay, "ROLL_SECONDS", 3600.0)
    notice = uuid7()
    async with running(board(documents), ("relay",)) as r:
        await put(r, notice, None)
        await all_sent(r)
        topic = documents.topic(DOCUMENTS)
        await write(documents.kafka, topic, [wire(notice_text(notice, 1))], key=str(notice).encode())
        assert await last(documents) == {str(notice): 1}

        async def forgotten() -> bool:
            return await last(documents) == {str(notice): None}

        await until(forgotten, "the tombstone is the last word again")


async def test_a_document_no_topic_would_take_holds_up_nothing(documents: Settings) -> None:
    """It would be refused again and again, and every event behind it with it."""
    notice, large = uuid7(), uuid7()
    service = board(documents)
    present = service.documents[DOCUMENTS]

    async def presented(conn: Any, key: str) -> Any:
        event = await present(conn, key)
        if key != str(large) or event is None:
            return event
        return event.model_copy(update={"data": event.data.model_copy(update={"texts": {"fi": "x" * 1_100_000}})})

    service.documents = {DOCUMENTS: presented}
    async with running(service, ("relay",)) as r:
        await put(r, large, 1)
        await put(r, notice, 1)
        await all_sent(r)
        assert await last(documents) == {str(notice): 1}


async def write_records(settings: Settings, *pairs: tuple[bytes, bytes | None]) -> None:
    for key, value in pairs:
        await write(settings.kafka, settings.topic(DOCUMENTS), [value], key=key)


async def shown(r: Harness) -> dict[UUID, int]:
    rows = await r.service.pool.fetch("select notice, version from wall.notice")
    return {row["notice"]: row["version"] for row in rows}


async def read_to(r: Harness, offset: int) -> None:
    await until(
        lambda: r.service.pool.fetchval(
            "select next_offset = $1 from chassis.consumed where topic = $2", offset, DOCUMENTS
        ),
        "read",
    )


async def test_a_reader_believes_the_last_copy_also_when_it_saw_the_same_before(documents: Settings) -> None:
    """The same event stands in the log again after a tombstone and after a late copy of an older version: an inbox
    would take it for known, and leave what came between."""
    one, two = uuid7(), uuid7()
    first, second = notice_text(one, 1), notice_text(two, 2)
    k1, k2 = str(one).encode(), str(two).encode()
    await write_records(
        documents,
        (k1, wire(first)),
        (k2, wire(second)),
        (k1, None),
        (k1, wire(first)),
        (k2, wire(notice_text(two, 1))),
        (k2, wire(second)),
    )
    async with running(wall(documents), ("worker",)) as r:
        await read_to(r, 6)
        assert await shown(r) == {one: 1, two: 2}


async def test_a_tombstone_is_not_applied_again_when_something_behind_it_fails(documents: Settings) -> None:
    """In one poll: a notice is taken down and comes back, and behind it stands a tombstone that cannot be applied."""
    notice = uuid7()
    key = str(notice).encode()
    await write_records(
        documents,
        (key, wire(notice_text(notice, 1))),
        (key, None),
        (key, wire(notice_text(notice, 2))),
        (b"no uuid", None),
        (key, wire(notice_text(notice, 3))),
        (b"nor this", None),
    )
    async with running(wall(documents), ("worker",)) as r:
        await read_to(r, 6)
        assert await shown(r) == {notice: 3}
        letters = await r.service.pool.fetch('select "offset", reason from chassis.dead_letter order by 1')
        assert [row["offset"] for row in letters] == [3, 5]
        assert all("UUID" in row["reason"] for row in letters)


async def test_reading_a_documents_topic_anew_shows_what_is_true(documents: Settings) -> None:
    gone, back = uuid7(), uuid7()
    await write_records(
        documents,
        (str(gone).encode(), wire(notice_text(gone, 1))),
        (str(back).encode(), wire(notice_text(back, 1))),
        (str(back).encode(), None),
        (str(back).encode(), wire(notice_text(back, 2))),
        (str(gone).encode(), None),
    )
    for _ in range(2):
        async with running(wall(documents), ("worker",)) as r:
            await read_to(r, 5)
            assert await shown(r) == {back: 2}
            async with r.service.pool.acquire() as conn:
                assert await maintenance.reread(conn, DOCUMENTS) == 1


async def test_what_was_forgotten_leaves_the_log_though_nothing_is_written_after_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a log that stays quiet Kafka compacts nothing: the relay writes to it once more."""
    lag = 1_000
    monkeypatch.setitem(topics.TOPICS, DOCUMENTS, replace(topics.TOPICS[DOCUMENTS], max_compaction_lag_ms=lag))
    monkeypatch.setattr(relay, "ROLL_SECONDS", 0.5)
    # What a relay sends again some time after its start would hide it.
    monkeypatch.setattr(relay, "LATE_SECONDS", 86_400.0)
    forgetting = {"cleanup.policy": "compact", "max.compaction.lag.ms": str(lag), "segment.ms": str(lag)}
    await make_topics(settings.kafka, {settings.topic(name): 1 for name in NAMES}, None, **forgetting)
    began = time.monotonic()
    async with running(board(settings), ("relay",)) as r:
        notice = uuid7()
        await put(r, notice, 1)
        await all_sent(r)
        assert await last(settings) == {str(notice): 1}
        await put(r, notice, None)

        async def gone() -> bool:
            return all(record.value is None for record in await records(settings.kafka, settings.topic(DOCUMENTS)))

        await until(gone, "no words can be read any more")
    print(f"\nwords could be read for {time.monotonic() - began:.0f} s, with a lag of {lag / 1000:.0f} s")
