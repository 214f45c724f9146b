"""On the real broker: what was told while the reader was down, requests over Kafka, and words that are forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis import Settings
from decisions.testing import Office, case, decision, office, secret
from omatoimi.testing import Bench
from omatoimi.topics import create
from omatoimi_contracts.codec import read, write
from omatoimi_contracts.vocabulary import Slot
from pydantic import SecretStr

CASE = "HEL-2026-000001"
KEY = "U540/2026-11-24/12"
ALL = ("api", "relay", "worker")
