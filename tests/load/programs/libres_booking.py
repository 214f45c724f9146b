"""libres reserves, approves and commits: `clients` processes, each with sessions of its own, over the same wishes.

Asked for: dsn, clients, seconds, round, seed, first, window; `allocate` true to make the tables and the times to
reserve within. Runs in the peers' environment.
"""

import multiprocessing
import time
from collections import Counter
from datetime import date, timedelta
from itertools import islice
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg2
from libres import new_scheduler, registry
from libres.modules.errors import AlreadyReservedError
from sqlalchemy.exc import DBAPIError

from tests.load.programs import arguments, collect_rarely, tell
from tests.load.town import CLOSES, OPENS, ROOMS, days, name_of, wishes

TRIES = 10


def schedulers(dsn: str) -> list[Any]:
    context = registry.register_context("load", replace=True)
    context.set_setting("dsn", dsn.replace("postgresql://", "postgresql+psycopg2://"))
    return [new_scheduler(context, name_of(room), "UTC") for room in range(ROOMS)]


def allocate(asked: dict[str, Any]) -> None:
    """All rooms may be reserved in half hours, on all days of the window."""
    rooms = schedulers(asked["dsn"])
    rooms[0].setup_database()
    rooms[0].commit()
    opening = timedelta(hours=OPENS), timedelta(hours=CLOSES)
    dates = [(day + opening[0], day + opening[1]) for day in days(date.fromisoformat(asked["first"]), asked["window"])]
    for room in rooms:
        room.allocate(dates, partly_available=True, raster=30)
        room.commit()
    tell(allocations=len(rooms) * len(dates))


def clear(dsn: str) -> None:
    """Begin with empty books, which is quicker for libres than what ours meets."""
    with psycopg2.connect(dsn) as conn:
        conn.cursor().execute("truncate reservations, reserved_slots")


def decide(room: Any, start: Any, end: Any) -> str:
    """Reserve and approve; what became of it. A transaction that was rolled back is tried again."""
    for _ in range(TRIES):
        try:
            room.approve_reservations(room.reserve("asukas@example.org", (start, end)))
            room.commit()
            return "confirmed"
        except AlreadyReservedError:
            room.rollback()
            return "refused"
        except DBAPIError:
            room.rollback()
    return "lost"


def keep_booking(asked: dict[str, Any], number: int, together: Barrier, told: Any) -> None:
    try:
        told.put(_book(asked, number, together))
    except BaseException as error:
        together.abort()
        told.put(repr(error))
        raise


def _book(asked: dict[str, Any], number: int, together: Barrier) -> tuple[Counter[str], list[float], float]:
    """What became of its wishes, how long each took, and how long all of them."""
    rooms, outcomes, waits = schedulers(asked["dsn"]), Counter[str](), []
    wanted = wishes(
        1000 * asked["seed"] + 100 * asked["round"] + number, date.fromisoformat(asked["first"]), asked["window"]
    )
    for wish in islice(wanted, 5):  # statements are compiled at their first use
        decide(rooms[wish.room], wish.start, wish.end)
    collect_rarely()
    together.wait()
    begun = time.perf_counter()
    ends = begun + asked["seconds"]
    while (asked_at := time.perf_counter()) < ends:
        wish = next(wanted)
        outcomes[decide(rooms[wish.room], wish.start, wish.end)] += 1
        waits.append(time.perf_counter() - asked_at)
    return outcomes, waits, time.perf_counter() - begun


def book(asked: dict[str, Any]) -> None:
    clear(asked["dsn"])
    fork = multiprocessing.get_context("fork")
    together, told = fork.Barrier(asked["clients"]), fork.Queue()
    clients = [fork.Process(target=keep_booking, args=(asked, n, together, told)) for n in range(asked["clients"])]
    for client in clients:
        client.start()
    answers = [told.get() for _ in clients]
    for client in clients:
        client.join()
    if failed := [answer for answer in answers if isinstance(answer, str)]:
        raise SystemExit(f"clients failed: {failed}")
    outcomes = sum((counted for counted, _, _ in answers), Counter[str]())
    waits = sorted(wait for _, mine, _ in answers for wait in mine)
    decided = outcomes["confirmed"] + outcomes["refused"]
    tell(
        rate=decided / max(took for _, _, took in answers),
        p50=1000 * waits[len(waits) // 2],
        p99=1000 * waits[len(waits) * 99 // 100],
        **{name: outcomes[name] for name in ("confirmed", "refused", "lost")},
    )


if __name__ == "__main__":
    asked = arguments()
    (allocate if asked.get("allocate") else book)(asked)
