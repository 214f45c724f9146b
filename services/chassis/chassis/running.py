"""A service that runs: its parts, and how it fares."""

import asyncio
from dataclasses import dataclass, field

from chassis.pulse import Pulse
from chassis.relay import Relay
from chassis.service import Service
from chassis.telemetry import Telemetry
from chassis.worker import Worker


@dataclass
class Running:
    """A service that runs: its parts, and how it fares. `connected`: it has its database, migrated. `open`: its port is
    there, where this process has one."""

    service: Service
    roles: frozenset[str]
    telemetry: Telemetry = field(default_factory=Telemetry)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pulse: Pulse = field(default_factory=Pulse)
    connected: bool = False
    open: bool = True
    worker: Worker | None = None
    relay: Relay | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether its port is open and its worker is in its groups with all partitions positioned; the database is
        asked separately."""
        may_serve = self.connected and self.open and self.service.held is None
        return may_serve and (self.worker is None or self.worker.ready)

    def faults(self) -> list[str]:
        """Tell why it is not ready for good, one sentence each."""
        held = [self.service.held] if self.service.held else []
        return held + (self.worker.faults() if self.worker else [])
