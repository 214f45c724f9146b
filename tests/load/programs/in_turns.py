"""One bench of the checkout that this runs in, which waits before each of its turns until it is told to go.

Arguments: the bench, `short` or `whole`, the folder of the peers' programs. It may run in another checkout than the one
it stands in (see `tests.load.beside`), so it asks for little: `ground`, `Run` and the bench itself.
"""

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.load import program
from tests.load.ground import ground
from tests.load.run import Run, Turn, Turns


class InTurns(Run):
    """Everybody's turn in the same order, each when it is told to go; what it counted is told at once."""

    async def alternate(self, turns: dict[str, Turn]) -> Turns:
        told: dict[str, list[dict[str, Any]]] = {name: [] for name in turns}
        for number in range(self.rounds):
            for name, turn in turns.items():
                _tell(turn=name)
                if not await asyncio.to_thread(sys.stdin.readline):
                    sys.exit("nobody waits for it any more")
                told[name].append(await turn(number))
                _tell(counted=told[name][-1])
        return Turns(told)


def _tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def main(name: str, how: str, peers: str) -> None:
    program.PEERS = Path(peers)
    async with ground(lambda _: None) as platform:
        await import_module(f"tests.load.benches.{name}").bench(InTurns(platform, lambda _: None, how == "short"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
