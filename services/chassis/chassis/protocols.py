"""What a service writes for the chassis to call: handlers, locks and jobs. The docstrings are the manual.

For all of them: the chassis acknowledges, commits, retries and logs; none of these does, and none catches everything.
What is raised rolls the transaction back. An error of the database itself is waited out and tried again; any other is
the event's own fault: over HTTP the answer is 500, over Kafka the record goes to the dead letters, and no other record
with it. A handler may be called again for the same event as long as its transaction has not committed.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from chassis.access import Thing
from chassis.database import Connection
from chassis.transaction import Emission, Reject, Transaction

LockKey = tuple[str, str]
"""What must be held before anything is read: a rank that the service declares, and a name within it."""

Weight = Callable[[Any], int]
"""How many ordinary events one event costs its transaction, told from the event alone: a series of 500 occurrences some
500. Without it every event weighs 1."""


class EventHandler(Protocol):
    """Decide one request, or apply one fact: `async def handler(event, tx)`.

    A request (`Request[…]`) ends in what is returned: `request.outcome(Fact(…), unit=…)`, or `Reject(code)` before
    anything was written. A fact (`FactEvent[…]`) ends in nothing: return None. A `DueRequest` returns None where
    nothing is due any more.

    When it is called, the event was decoded and validated, its id is new, its caller may ask for it, and the locks that
    stand beside it are held. State is written through `tx.conn`; further facts go to `tx.emit`. It has 5 seconds.
    """

    def __call__(self, event: Any, tx: Transaction, /) -> Awaitable[Emission | Reject | None]: ...


class BatchHandler(Protocol):
    """Decide several requests, or apply several facts, of one type: `async def handler(events, tx)`.

    They come in the order of their log, over HTTP in that of their arrival; there is at least one. Return for requests
    one outcome each, in the same order, as each would have ended if they had come one after another. Use it where one
    statement does for many what would be many statements.
    """

    def __call__(
        self, events: list[Any], tx: Transaction, /
    ) -> Awaitable[Sequence[Emission | Reject | None] | None]: ...


class LogHandler(Protocol):
    """Keep records of whole topics as they stand in the log: `async def handler(records, tx)`.

    It is given every record once and in order, also those that cannot be read (`Record.fault` says why), as its `read`
    made them. They pass no inbox: the handler tells copies by itself.
    """

    async def __call__(self, records: list[Any], tx: Transaction, /) -> None: ...


class TombstoneHandler(Protocol):
    """Forget a document of a compacted topic: `async def handler(key, tx)`.

    It passes no inbox, and may be called again: forgetting twice is forgetting.
    """

    async def __call__(self, key: str, tx: Transaction, /) -> None: ...


class Locks(Protocol):
    """Name what must be held before some events of one type are looked at: `async def locks(tx, events)`.

    The keys of all events of a transaction are acquired at once, in one order for everybody, before anything is read,
    so that rivals wait in line and nobody dies in a deadlock. It may look things up (the room of a booking); it is
    asked again once the locks are held, and where it then names others the transaction starts over. A path that writes
    what another path locks and names no lock undoes it for all.
    """

    async def __call__(self, tx: Transaction, events: Sequence[Any], /) -> set[LockKey]: ...


class Things(Protocol):
    """Tell whose the things are that some requests of one type name: `async def things(conn, requests)`.

    In their order; None where there is no such thing, which is then for the handler to say.
    """

    async def __call__(self, conn: Connection, requests: Sequence[Any], /) -> Sequence[Thing | None]: ...


class Prepare(Protocol):
    """Read what is foreign and dear to read in a request: `async def prepare(request)`.

    It runs before a transaction is open, without the database, and once, however often the transaction begins anew. Its
    locks and its handler find the result as `request.prepared`.
    """

    async def __call__(self, request: Any, /) -> Any: ...


class JobHandler(Protocol):
    """Do long work: `async def handler(job)`, with a `chassis.jobs.Job`.

    It is started with the transaction that asked for it (`tx.start`), done at least once and by one process at a time
    as far as its lease reaches. What it does inside `job.ending()` happens exactly once, with its end, and inside
    `job.ending(again_after=…)` with the end of this try; `job.progress` keeps how far it is, to go on from there. What
    it raises is tried again with growing pauses, and kept as failed when it failed too often.
    """

    async def __call__(self, job: Any, /) -> None: ...
