"""The services as in production: a process for each service and role, on one broker and one database server."""

import asyncio
from contextlib import ExitStack

from omatoimi_platform import home as homes

from tests.alone.place import Surroundings
from tests.kits.process import Process

SERVICES = ("booking", "notices", "decisions", "analytics")
ROLES = ("api", "worker", "relay", "jobs")


class Part:
    """A role of a service, in all the lives of its process. It keeps its port."""

    def __init__(self, place: Surroundings, service: str, role: str) -> None:
        self.place, self.service, self.role = place, service, role
        self.port = homes.unused_port()
        self.troubled = asyncio.Lock()
        self._life = ExitStack()
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        assert self._process is not None, f"{self.service} {self.role} was not started"
        return self._process

    async def start(self) -> None:
        self._life.close()
        self._process = self._life.enter_context(self.place.run(self.service, self.role, port=self.port))

    async def kill(self) -> None:
        """End it by force. It must have lived until then: nothing that goes wrong around it ends a process."""
        self.lives()
        await self.process.kill(self.place.platform)

    async def freeze(self) -> None:
        self.lives()
        self.process.freeze()

    async def resume(self) -> None:
        self.process.resume()

    def lives(self) -> None:
        code = self.process.code
        assert code is None, f"{self.service} {self.role} ended by itself with {code}: {self.process.log[-5000:]}"

    def close(self) -> None:
        self._life.close()


class Deployment:
    """All processes."""

    def __init__(self, place: Surroundings) -> None:
        self.place = place
        self.parts = {(service, role): Part(place, service, role) for service in SERVICES for role in ROLES}

    def __getitem__(self, what: tuple[str, str]) -> Part:
        return self.parts[what]

    async def start(self) -> None:
        """Start them together, and wait until all are ready."""
        for service in SERVICES:
            await self.place.create_database(service)
        for part in self.parts.values():
            await part.start()
        await self.ready()

    async def ready(self) -> None:
        await asyncio.gather(*(part.process.ready(within=120) for part in self.parts.values()))

    async def end(self, *parts: tuple[str, str]) -> dict[tuple[str, str], int]:
        """Ask these (else all) to end; their exit codes."""
        named = parts or tuple(self.parts)
        codes = await asyncio.gather(*(self[what].process.terminate(within=60) for what in named))
        return dict(zip(named, codes, strict=True))

    def close(self) -> None:
        """Nothing of it is left behind."""
        for part in self.parts.values():
            part.close()
