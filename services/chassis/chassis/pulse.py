"""Whether the loops of a service turn."""

import time

STUCK_SECONDS = 60.0


class Pulse:
    """When each loop of a service last turned. A loop counts from its first turn on."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def beat(self, loop: str, within: float = STUCK_SECONDS) -> None:
        """Tell that the loop turns, and in how many seconds it will again."""
        self._until[loop] = time.monotonic() + within

    def turning(self) -> list[str]:
        """Return the loops that have turned."""
        return list(self._until)

    def stuck(self) -> list[str]:
        """Return the loops that did not turn when they should have."""
        now = time.monotonic()
        return [loop for loop, until in self._until.items() if until < now]
