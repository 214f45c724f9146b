"""A service in a process of its own that halts at a point of danger: it says so on standard output and waits there, to
be killed. `python -m tests.child <service> <point> <role …>`; at the point `none` it runs as in production."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from chassis import Service, Settings, worker
from chassis.jobs import Job
from chassis.reader import Reader
from chassis.relay import Relay
from chassis.run import run

from . import toys


async def halt(*_: Any) -> None:
    print("halted", flush=True)
    await asyncio.Event().wait()


Gate = Callable[[Settings, toys.Hook | None], Service]


def after(count: int, then: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Let `count` calls pass, and from then on do something else."""
    calls = 0

    async def call(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > count:
            await then(*arguments)

    return call


async def effect_and_halt(request: Any, tx: Any) -> None:
    await toys.count(request, tx)
    await halt()


async def slowly(_: Any, tx: Any) -> None:
    """Takes a fifth of a second, and says that it began."""
    print("halted", flush=True)
    await tx.conn.execute("select pg_sleep(0.2)")


async def effect_of_job_and_halt(job: Job) -> None:
    async with job.ending() as tx:
        await tx.conn.execute("insert into gate.leaf values ('leaf-1', 1, 1)")
        await halt()


def make(name: str, point: str) -> Service:
    settings = Settings()
    if name == "board":
        return toys.board(settings)
    if name == "tape":
        return toys.tape(settings)
    hook = {"effect": after(5, effect_and_halt), "slow": after(5, slowly)}.get(point)
    gate = toys.gate(settings, hook=hook)
    if point == "job":
        gate.handlers.job("count")(effect_of_job_and_halt)
    return gate


def main(name: str, point: str, *roles: str) -> None:
    """`sent`: between a send and its mark; `effect`: a record's effect is written and not committed; `committed`: a
    batch is committed and nothing else was done since; `job`: a job's effect is written and not committed; `endless`:
    its Kafka clients never end; `slow`: it does not halt but is slow with each record."""
    if point == "sent":
        setattr(Relay, "mark", halt)  # noqa: B010 - the type checker rightly minds
    if point == "committed":
        move = Reader._move

        async def move_and_halt(*arguments: Any) -> bool:
            await move(*arguments)
            await halt()
            return True

        setattr(Reader, "_move", move_and_halt)  # noqa: B010
    if point == "endless":
        worker.CLOSE_SECONDS = 2
        setattr(AIOKafkaConsumer, "stop", halt)  # noqa: B010
    run(lambda: make(name, point), roles)


if __name__ == "__main__":
    main(*sys.argv[1:])
