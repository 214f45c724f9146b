"""Told to end (SIGTERM), each role finishes what it has in hand: all of a request is done, or nothing of it."""

import asyncio

import httpx
import notices.main
from chassis import Request, Settings
from chassis.act import apply
from omatoimi_contracts.codec import STRUCTURED, read_document
from omatoimi_contracts.event import RequestEvent
from pydantic import SecretStr

from tests.alone.place import STAFF, Surroundings
from tests.alone.requests import ACTS, request
from tests.waiting import until

ACT = ACTS["notices"]
HALF_DONE = """
select id from chassis.inbox i where outcome is null
    or (select count(*) from chassis.outbox where event_id::text = i.outcome::json ->> 'id') <> 1
"""


async def ids_done(place: Surroundings) -> set[str]:
    """The requests that were done, all of them wholly."""
    assert await place.fetch("notices", HALF_DONE) == []
    return {str(row["id"]) for row in await place.fetch("notices", "select id from chassis.inbox")}


async def test_an_api_that_is_told_to_end_answers_what_it_has_taken_and_takes_no_more(
    empty_place: Surroundings,
) -> None:
    place = empty_place
    await place.create_database("notices")
    with place.run("notices", "api") as api:
        await api.ready()
        headers = {"Authorization": f"Bearer {await place.staff('notices')}", "Content-Type": STRUCTURED}
        answered: set[str] = set()

        async def keep_asking() -> None:
            async with httpx.AsyncClient(base_url=api.http, headers=headers, timeout=300) as client:
                while True:
                    event = request(ACT)
                    try:
                        answer = await client.post("/v1/events", json=event)
                    except httpx.TransportError:
                        return
                    assert answer.status_code == 201, answer.text
                    answered.add(event["id"])

        asking = [asyncio.create_task(keep_asking()) for _ in range(8)]

        async def many() -> bool:
            return len(answered) > 50

        await until(many, "the API is in the middle of answering")
        assert await api.terminate() == 0
        await asyncio.gather(*asking)
    assert await ids_done(place) == answered


async def test_a_worker_that_is_told_to_end_has_applied_what_its_offsets_say(empty_place: Surroundings) -> None:
    place, events = empty_place, [request(ACT) for _ in range(400)]
    await place.create_database("notices")
    with place.run("notices", "worker") as worker:
        await worker.ready()
        await place.staff("notices")
        await asyncio.gather(*(place.log.write(ACT.asked_on, event["id"], event) for event in events))

        async def begun() -> bool:
            return bool(await place.fetch("notices", "select from chassis.inbox limit 1"))

        await until(begun, "the worker is in the middle of applying")
        assert await worker.terminate() == 0
    done = await ids_done(place)
    (row,) = await place.fetch(
        "notices", "select sum(next_offset)::int as read from chassis.consumed where topic = $1", ACT.asked_on
    )
    assert len(done) == row["read"]
    with place.run("notices", "worker"):

        async def all_done() -> bool:
            return len(await ids_done(place)) == len(events)

        await until(all_done, "the next worker has applied the rest")
    assert await ids_done(place) == {event["id"] for event in events}


async def test_a_relay_that_is_told_to_end_has_marked_what_it_sent(empty_place: Surroundings) -> None:
    place, number = empty_place, 2500
    await place.create_database("notices")
    await seed(place, number)
    with place.run("notices", "relay") as relay:

        async def begun() -> int:
            return await marked(place)

        await until(begun, "the relay is in the middle of sending")
        assert await relay.terminate() == 0
    assert len(await place.log.records(ACT.answered_on)) == await marked(place)
    with place.run("notices", "relay") as relay:

        async def all_sent() -> bool:
            return await marked(place) == number

        # The first may have sent all: then the next has to be there before it can be told to end.
        await relay.ready()
        await until(all_sent, "the next relay has sent the rest")
        assert await relay.terminate() == 0
    assert len(await place.log.records(ACT.answered_on)) == len(await place.log.events(ACT.answered_on)) == number


async def marked(place: Surroundings) -> int:
    (row,) = await place.fetch("notices", "select count(*) from chassis.outbox where published_at is not null")
    return int(row["count"])


async def seed(place: Surroundings, number: int) -> None:
    """Let the service answer so many requests while nobody sends what it answers."""
    service = notices.main.service(Settings(postgres=SecretStr(place.dsn("notices"))))
    await service.migrate()
    await service.connect()
    events = [read_document(request(ACT)) for _ in range(number)]
    await apply(service, [Request(event, STAFF) for event in events if isinstance(event, RequestEvent)])
    await service.disconnect()
