"""On what it was measured: the machine, what else ran on it, and the versions."""

import os
import platform as python
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil
from omatoimi_platform import jars
from omatoimi_platform.home import CHECKOUT

from tests.kits.platform import Servers

OURS = ("aiokafka", "faststream", "asyncpg", "pydantic", "fastapi", "uvicorn", "uvloop")
PEERS = ("faststream-outbox", "libres", "sqlalchemy", "psycopg2-binary", "py-spy")
GIGABYTE = 1_000_000_000


def load() -> float:
    """How many processes wanted a core on average over the last minute."""
    return os.getloadavg()[0]


async def described(platform: Servers, load_before: float) -> list[tuple[str, str]]:
    """What a reader must know to compare, as pairs."""
    conn = await asyncpg.connect(platform.postgres, database="postgres")
    try:
        postgres = await conn.fetchval("show server_version")
        kept = [f"{name} {await conn.fetchval(f'show {name}')}" for name in ("fsync", "synchronous_commit")]
    finally:
        await conn.close()
    kafka = next(jar.version for jar in jars.pinned() if jar.artifact.startswith("kafka_"))
    return [
        ("measured", datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")),
        ("machine", f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / GIGABYTE:.0f} GB"),
        ("system", f"{python.system()} {python.release()}, {python.python_implementation()} {python.python_version()}"),
        ("load before the run", f"{load_before:.2f} (processes that wanted a core, mean of one minute)"),
        ("broker", f"Apache Kafka {kafka}, one node on the same machine, default flush"),
        ("database", f"PostgreSQL {postgres} on the same machine, {', '.join(kept)}"),
        ("libraries", ", ".join(f"{name} {version(name)}" for name in OURS)),
        ("peers and tools", ", ".join(f"{name} {_pinned()[name]}" for name in PEERS)),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else python.processor() or python.machine()


def _pinned() -> dict[str, str]:
    lines = (CHECKOUT / "tests" / "load" / "requirements.lock").read_text().splitlines()
    pairs = (line.split(" ")[0].partition("==") for line in lines if "==" in line and not line.startswith(" "))
    return {name: version_ for name, _, version_ in pairs}
