"""How often somebody may ask: rates by channel and by address, in memory and of one process (docs/adr/0012).

They are generous: they are there for the one client that would take everything, not for people.
"""

import logging
import math
import time
from ipaddress import IPv6Address, IPv6Network

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.channels import key_hash
from chassis.problem import Problem
from chassis.settings import Settings
from chassis.telemetry import Telemetry

log = logging.getLogger("omatoimi")

ADDRESSES = 50_000
"""So many are told apart at once; who comes when there are more shares one count with all others who do."""

FORGET_SECONDS = 60.0
"""So often what is over is forgotten; what is asked again is forgotten then."""


def address_of(scope: Scope) -> str:
    """Tell whose address asks; of IPv6 the network, since a household has all of it. Empty within this process."""
    address = (scope.get("client") or ("", 0))[0]
    if ":" not in address:
        return str(address)
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return str(address)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


class _Counts(MemoryStorage):
    """Counts without a thread: the library begins one at most requests, to forget what is over, and a thread costs more
    than all else that is done here."""

    def __init__(self) -> None:
        super().__init__()
        self._forgotten = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if now - self._forgotten >= FORGET_SECONDS:
            self._forgotten = now
            for over in [one for one, ends in self.expirations.items() if ends <= now]:
                self.get(over)  # which forgets it
        if self.get(key) == 0:
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]


class Limits:
    """The rates of one service in one process."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._storage = _Counts()
        self._counts = FixedWindowRateLimiter(self._storage)
        self._of_key, self._of_reader = parse(settings.key_rate), parse(settings.read_rate)
        self._of_wrong_keys = parse(settings.wrong_key_rate)
        self._right: dict[bytes, str] = {}

    def asks(self, source: str) -> Problem | None:
        """Count a request of a channel; why it is one too many."""
        return self._count(self._of_key, "channel", source, f"A channel may ask {self._of_key}.")

    def reads(self, address: str) -> Problem | None:
        """Count a read without a key; why it is one too many."""
        detail = f"From one address {self._of_reader} may be read; a channel with its key may read more."
        return self._count(self._of_reader, "address", address, detail)

    def known(self, key: str) -> str | None:
        """Return the source of the channel that had this key when it was last looked up."""
        return self._right.get(key_hash(key))

    def was_right(self, key: str, source: str) -> None:
        """Remember a key: who tries others at its address shuts it out no more, and its channel has a rate."""
        self._right[key_hash(key)] = source

    def may_try(self, key: str, address: str) -> Problem | None:
        """Tell why a key that was not right before may not be tried from an address for a while; counts nothing."""
        return None if self.known(key) else self._shut_out(address)

    def _shut_out(self, address: str) -> Problem | None:
        if not address or self._counts.test(self._of_wrong_keys, "wrong", self._told_apart(address)):
            return None
        return self._refusal(self._of_wrong_keys, "wrong", address, "Too many wrong keys came from your address.")

    def was_wrong(self, key: str, address: str) -> None:
        """Count a wrong key, which may have been right once, and tell the log of the last one that is taken."""
        self._right.pop(key_hash(key), None)
        if self._count(self._of_wrong_keys, "wrong", address, "") is None and self._shut_out(address) is not None:
            fields = {"service": self._name, "address": address}
            log.warning("too many wrong keys from one address: it is refused for a while", extra={"fields": fields})

    def _count(self, item: RateLimitItem, of: str, whom: str, detail: str) -> Problem | None:
        if not whom or self._counts.hit(item, of, self._told_apart(whom)):
            return None
        return self._refusal(item, of, whom, detail)

    def _refusal(self, item: RateLimitItem, of: str, whom: str, detail: str) -> Problem:
        ends = self._counts.get_window_stats(item, of, self._told_apart(whom)).reset_time
        return Problem(429, "too-often", detail, retry_after=max(1, math.ceil(ends - time.time())))

    def _told_apart(self, whom: str) -> str:
        return whom if len(self._storage.storage) < ADDRESSES else "others"


class Rates:
    """Refuses who asks too often before anything is done for them: a channel by its key, and who reads without one by
    the address. A key that was not right yet counts as none."""

    def __init__(self, app: ASGIApp, limits: Limits, telemetry: Telemetry, name: str) -> None:
        self._app, self._limits, self._telemetry, self._name = app, limits, telemetry, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._too_often(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        self._telemetry.refused.labels(self._name, problem.code).inc()
        await problem.response()(scope, receive, send)

    def _too_often(self, scope: Scope) -> Problem | None:
        told = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        source = self._limits.known(told[7:].strip().decode("latin-1")) if told else None
        if source is not None:
            return self._limits.asks(source)
        return self._limits.reads(address_of(scope)) if scope["method"] in ("GET", "HEAD") else None
