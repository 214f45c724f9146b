"""Follows a topic of Omatoimi from its first record, with aiokafka and nothing of ours, and tells what stands there:
how many events of each type, whether every subject's sequence runs from 1 without gaps, and M01 (bookings that were
confirmed, as told last, once for each of the local days asked for that they lie on; the library's programme apart)."""

import argparse
import asyncio
import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError


async def follow(bootstrap: str, topic: str, first: date, last: date, onward: bool, demo: bool, zone: ZoneInfo) -> None:
    known: set[tuple[str, str]] = set()
    types: Counter[str] = Counter()
    sequences: Counter[str] = Counter()
    gaps: list[str] = []
    bookings: dict[str, dict[str, Any]] = {}
    confirmed: set[str] = set()

    def take(event: dict[str, Any]) -> bool:
        if (event["source"], event["id"]) in known:  # delivery is at least once: a known id is a copy
            return False
        known.add((event["source"], event["id"]))
        if (sequence := int(event["sequence"])) != sequences[event["subject"]] + 1:
            gaps.append(f"{event['subject']} has {sequence} after {sequences[event['subject']]}")
        sequences[event["subject"]] = sequence
        if event["source"].endswith("/demo") and not demo:  # example content: part of the sequence, and not counted
            return False
        types[event["type"]] += 1
        if event["type"].startswith("omatoimi.booking."):
            bookings[event["subject"]] = event["data"]
        if event["type"] == "omatoimi.booking.confirmed.v1":
            confirmed.add(event["subject"])
        return True

    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as scout:
        if topic not in await scout.topics():
            raise SystemExit(f"there is no topic {topic} at {bootstrap}")
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        try:
            while onward or [part for part, end in ends.items() if await consumer.position(part) < end]:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:  # a tombstone has no value: the text under its key is to be forgotten
                        if record.value is not None and take(event := json.loads(record.value)) and onward:
                            print(event["time"], event["type"], event["subject"], event["sequence"], flush=True)
        finally:
            print(f"{topic}: {types.total()} events", *(f"{n:8} {name}" for name, n in sorted(types.items())), sep="\n")
            if ".events." in topic:  # on compacted topics it is a version, and older ones have gone
                print(f"sequences of {len(sequences)} subjects: {'; '.join(gaps[:9]) or 'from 1 without gaps'}")
            told = [data for booking, data in bookings.items() if booking in confirmed]
            days = [
                day
                for data in told
                if "library" not in data["organiser"].values()
                for day in local_days(data["slot"], zone)
            ]
            if topic.endswith("booking.events.v1"):
                print(f"M01: {sum(first <= day <= last for day in days)}")


def local_days(slot: dict[str, str], zone: ZoneInfo) -> list[date]:
    """Return the days that a slot touches; its end is no part of it."""
    start, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
    first, last = (at.astimezone(zone).date() for at in (start, end - timedelta(microseconds=1)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="the broker's address, host:port")
    parser.add_argument("--topic", default="booking.events.v1")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date.min, help="M01's first local day")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date.max, help="M01's last local day")
    parser.add_argument("--follow", dest="onward", action="store_true", help="print events as they come; Ctrl-C ends")
    parser.add_argument("--zone", type=ZoneInfo, default=ZoneInfo("Europe/Helsinki"), help="of the local days")
    parser.add_argument("--demo", action="store_true", help="count example content too")
    asked = parser.parse_args()
    try:
        asyncio.run(follow(**vars(asked)))
    except KafkaConnectionError:
        raise SystemExit(f"no broker answers at {asked.bootstrap}") from None
    except KeyboardInterrupt:
        pass
