"""What HTTP answered stands on Kafka for anybody's tools. That is of no city in particular, and seen in one."""

import asyncio
import json
import subprocess
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from omatoimi_platform import jars
from omatoimi_platform.kafka import java

from tests.subscriber import alone
from tests.whole_way.cities import HELSINKI
from tests.whole_way.conftest import Lived
from tests.whole_way.figures import figures, settled

pytestmark = pytest.mark.parametrize("city", [HELSINKI], indirect=True, ids=str)


async def test_republish_says_how_far_it_reaches(lived: Lived) -> None:
    said = await asyncio.to_thread(
        lived.installation.command, "republish", "booking", "--since", "2020-01-01", status=1
    )
    assert said == "omatoimi: What was sent is kept 30 days: give a later --since.\n"


async def test_kafkas_own_console_consumer_reads_the_booking_at_its_offset(lived: Lived) -> None:
    """What HTTP answered stands on the topic, where the ledger says, for any tool."""
    await settled(lived)
    asked = str(lived.endpoints.asked["book as a CloudEvent"])
    outcome = await lived.endpoints.ended("book as a CloudEvent", "booking")
    assert outcome is not None
    answer = await lived.endpoints.http.get(
        f"{lived.endpoints.url}/analytics/v1/ledger",
        params={"subject": outcome["outcome"]["subject"]},
        headers={"Authorization": f"Bearer {lived.endpoints.keys['staff']['key']}"},
    )
    row = next(row for row in answer.json()["rows"] if row["id"] == outcome["outcome"]["id"])
    record = await asyncio.to_thread(console_consumer, lived, row["log"], row["partition"], row["offset"])
    event = json.loads(record)
    assert (event["id"], event["causationid"], event["outcome"]) == (row["id"], asked, True)
    assert event["type"] == "omatoimi.booking.confirmed.v1"


def console_consumer(lived: Lived, topic: str, partition: int, offset: int) -> str:
    """One record, by the tool that comes with Apache Kafka."""
    read = [
        str(java()), "-cp", jars.classpath(lived.installation.home.jars),
        "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", lived.endpoints.kafka,
        "--topic", topic, "--partition", str(partition),
        "--offset", str(offset), "--max-messages", "1", "--timeout-ms", "20000",
    ]  # fmt: skip
    return subprocess.run(read, capture_output=True, text=True, check=True, timeout=300).stdout


async def test_a_third_party_with_the_contract_alone_counts_the_same(lived: Lived, tmp_path: Path) -> None:
    """The stand-alone client reads the live topic from offset 0: every subject's sequence runs from 1 without gaps, and
    the events of each type and M01 are those of the database."""
    await settled(lived)
    subscriber = await asyncio.to_thread(alone, tmp_path / "contracts")
    days = ("--from", lived.first.isoformat(), "--to", (lived.after - timedelta(days=1)).isoformat())
    printed = await asyncio.to_thread(subscriber.follow, lived.endpoints.kafka, "booking.events.v1", *days)
    told = printed.splitlines()
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["booking"])
    try:
        rows = await conn.fetch(
            "select convert_from(value, 'UTF8')::jsonb ->> 'type' as type, count(*) as n from chassis.outbox"
            " where topic = 'booking.events.v1' group by 1 order by 1"
        )
    finally:
        await conn.close()
    assert told[1:-2] == [f"{row['n']:8} {row['type']}" for row in rows]
    assert told[-2].endswith("from 1 without gaps")
    assert told[-1] == f"M01: {(await figures(lived))['M01']['numerator']}"
