"""A booking was answered: when does it stand in the figure."""

from datetime import timedelta
from typing import Any

from tests.kits.process import Process
from tests.load import program
from tests.load.findings import Finding, Goal, Profile
from tests.load.ground import PATIENCE, place_of, town
from tests.load.run import Run

SETTING = """
Bookings are asked for over HTTP, a hundred a second, and a reader asks analytics' API for the figure of confirmed
bookings (M01) of their day as soon as it has the answer to its last question. Between the two lie booking's API, its
relay, Kafka, the worker of analytics and its API, each a process of its own. What is told is the time from the answer
to a booking to the first answer that counts it, so half the time of a question is in it.
"""
BELOW = Goal(500, below=True)


async def bench(run: Run) -> Finding:
    async with place_of(run.platform) as place, town(place) as rooms:
        await place.create_database("analytics")
        with (
            place.run("booking", "api") as endpoints,
            place.run("booking", "relay") as relay,
            place.run("analytics", "worker") as worker,
            place.run("analytics", "api") as figures,
        ):
            for process in (endpoints, relay, worker, figures):
                await process.ready(PATIENCE)
            days = iter(rooms.first + timedelta(days=n) for n in range(2, 20))

            async def follow(seconds: int) -> dict[str, Any]:
                asked = {"booking": _port(endpoints), "analytics": _port(figures), "key": rooms.key}
                asked |= {"rate": 100, "seconds": seconds, "day": next(days).isoformat()}
                return await program.run("figure_readers", asked)

            await follow(2)  # what is new is loaded and prepared
            turns = await run.alternate({"visible": lambda _: follow(run.scaled(10, 2))})
            profiles: dict[str, Profile] = {}
            if run.profile:
                for what, process in (("worker", worker), ("API", figures)):
                    profiles[f"the {what} of analytics"] = await run.profiled(process.pid, follow(5))
    half = turns.figure("visible", "booking answered to visible in the figure, p50", "p50", "ms")
    nearly_all = turns.figure("visible", "booking answered to visible in the figure, p99", "p99", "ms", BELOW)
    longest = turns.figure("visible", "the longest", "longest", "ms")
    return Finding(
        "visible",
        "From an answer to the figure",
        SETTING,
        figures=[
            half,
            nearly_all,
            longest,
            turns.figure("visible", "bookings asked for"),
            turns.figure("visible", "questions for the figure", "looks"),
        ],
        bars=[half, nearly_all, longest],
        picture="From an answer to the figure, ms",
        profiles=profiles,
    )


def _port(process: Process) -> int:
    return int(process.http.rpartition(":")[2])
