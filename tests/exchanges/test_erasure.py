"""Whoever people has erased is forgotten by every service that knew them, also by one that was down when that was
said."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from omatoimi_contracts.codec import write
from omatoimi_contracts.people import PersonErased
from omatoimi_contracts.topics import PEOPLE_EVENTS

from tests.exchanges.town import ConnectedServices
from tests.kits.chassis import Client
from tests.kits.decisions import case
from tests.kits.facts import stated
from tests.kits.persons import issuer, trust

KNOWS = {
    "booking": "select count(*) from booking.booking where person = $1",
    "notices": "select count(*) from notices.notice where person = $1",
    "decisions": "select count(*) from decisions.feedback where person = $1",
}
HOLDS = """
select count(*) from (
    select value from chassis.outbox where headers is not null union all select value from chassis.dead_letter
) put_aside where position($1::bytea in value) > 0
"""


async def test_a_person_is_forgotten_by_whom_it_is_told_to_and_by_who_was_down_once_it_returns(
    town: ConnectedServices,
) -> None:
    aino, unreadable = uuid4(), {"specversion": "1.0", "type": "omatoimi.nothing.requested.v1"}
    async with issuer() as people:
        for name, neighbour in town.neighbours.items():
            trust(neighbour.endpoints.service, people)
            web = people.signs_in(neighbour.endpoints.web, aino, now=town.clock.now)
            await _does_something(town, name, web)
            # What could not be read names the person too.
            letter = json.dumps({**unreadable, "data": {"person": str(aino)}}).encode()
            async with AIOKafkaProducer(bootstrap_servers=town.platform.kafka) as producer:
                await producer.send_and_wait(f"{town.prefix}{name}.requests.v1", letter)
    for name in KNOWS:
        await town.caught_up(name, f"{name}.requests.v1")
        assert await _knows(town, name, aino) == [1, 2]  # the letter, and its copy for the topic
    before = await town["booking"].fetch("select count(*) as n from booking.booking")
    async with town.down_for_a_day("booking"):
        value = write(stated(PersonErased(person=aino), time=town.clock.now, sequence=1, unit="none"))
        async with AIOKafkaProducer(bootstrap_servers=town.platform.kafka) as producer:
            await producer.send_and_wait(town.prefix + PEOPLE_EVENTS.name, value, key=str(aino).encode())
        for name in ("notices", "decisions"):
            await town.caught_up(name, PEOPLE_EVENTS.name)
            assert await _knows(town, name, aino) == [0, 0]
        assert await _knows(town, "booking", aino) == [1, 2]
    await town.caught_up("booking", PEOPLE_EVENTS.name)
    assert await _knows(town, "booking", aino) == [0, 0]
    assert await town["booking"].fetch("select count(*) as n from booking.booking") == before


async def _does_something(town: ConnectedServices, name: str, web: Client) -> None:
    until = (town.clock.now + timedelta(days=2)).isoformat()
    path, body = {
        "booking": ("bookings", {"space": "kerhohuone", "slot": town.clock.evening()}),
        "notices": ("notices", {"titles": {"fi": "Talkoot"}, "until": until}),
        "decisions": ("feedback", {"case": "HEL-2026-000077", "text": "Penkki puistoon"}),
    }[name]
    if name == "decisions":
        record = {"kind": "case", "content": case("HEL-2026-000077")}
        answer = await town[name].endpoints.staff.post("/v1/records", record)
        assert answer.status_code in (200, 201), answer.text
    answer = await web.post(f"/v1/{path}", body)
    assert answer.status_code in (201, 202), answer.text


async def _knows(town: ConnectedServices, name: str, person: UUID) -> list[int]:
    """In how many rows a service has a person, and in how many letters and their copies."""
    (rows,) = await town[name].fetch(KNOWS[name], person)
    (letters,) = await town[name].fetch(HOLDS, str(person).encode())
    return [rows["count"], letters["count"]]
