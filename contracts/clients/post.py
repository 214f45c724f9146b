"""Posts requests over Kafka, with aiokafka and nothing of ours: reads CloudEvents from standard input, one a line, and
writes each to a request topic with the proof that it comes from the channel whose key is in `KEY`."""

import argparse
import asyncio
import hmac
import os
import sys
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError


def proof(key: str, value: bytes) -> bytes:
    """Tell what the header `omatoimi-proof` holds."""
    proof_key = hmac.digest(key.encode(), b"omatoimi-proof-v1", "sha256")
    return hmac.digest(proof_key, value, "sha256").hex().encode()


async def post(bootstrap: str, topic: str, key: str, values: Iterable[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in values:
            kind = ("content-type", b"application/cloudevents+json")
            told = await producer.send_and_wait(topic, value, headers=[kind, ("omatoimi-proof", proof(key, value))])
            print(f"{told.topic}/{told.partition}/{told.offset}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="the broker's address, host:port")
    parser.add_argument("--topic", required=True, help="the request topic of the service that is asked")
    asked = parser.parse_args()
    if not (key := os.environ.get("KEY")):
        raise SystemExit("set KEY to your channel's key")
    try:
        asyncio.run(post(asked.bootstrap, asked.topic, key, filter(None, map(bytes.strip, sys.stdin.buffer))))
    except KafkaConnectionError as error:
        raise SystemExit(f"no Kafka answers at {asked.bootstrap}: {error}") from None
