"""Two who saw one state of a thing and ask at one instant, a hundred times over: one is done, the other is told."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.kits.chassis import Client

ROUNDS, SEED = 100, 30

Ask = tuple[Client, str, dict[str, Any]]
"""Who asks, at which address, for what."""


async def one_of_two(
    see: Callable[[int], Awaitable[str]], acts: Callable[[int], tuple[Ask, Ask]], rounds: int = ROUNDS
) -> None:
    """Hold that of two acts, both based on the state that `see` reads, one is done and the other is refused with what
    was done. Who is first to the door is drawn."""
    random = Random(SEED)
    print(f"seed {SEED}")
    for number in range(rounds):
        tag, two = await see(number), list(acts(number))
        random.shuffle(two)
        both = await asyncio.gather(*(by.post(path, body, If_Match=tag) for by, path, body in two))
        done = [one for one in both if one.status_code < 300]
        lost = [one for one in both if one.status_code == 412]
        assert (len(done), len(lost)) == (1, 1), (number, [one.text for one in both])
        told, answered = lost[0].json(), done[0].json()
        assert told["type"] == "urn:omatoimi:problem:precondition-failed"
        assert told["outcome"]["type"] == "omatoimi.request.rejected.v1"
        assert (told["first"]["etag"], told["first"]["at"] != "") == (answered["etag"], True)
    assert answered["etag"] in await see(number)
