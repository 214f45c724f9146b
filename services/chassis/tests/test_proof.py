"""Whoever may write a request topic may write any source: a record is done when its source proves it."""

from uuid import UUID

from chassis import Settings, channels
from chassis.access import by_channel
from omatoimi_contracts.proof import HEADER, proof, proof_key

from tests.kits.chassis import proved, running

from .kafka_log import producer
from .test_poison import Headers, applied, binary
from .toys import gate
from .waiting import until
from .wire import visit, visit_data, wire

REQUESTS = "usage.requests.v1"
STAFF = "/helsinki/channels/staff"
SENSOR = by_channel("/helsinki/channels/sensor", "sensor", "vallila")


async def write(settings: Settings, records: list[tuple[bytes, Headers]], partition: int = 0) -> None:
    async with producer(settings.kafka) as client:
        for value, headers in records:
            await client.send(settings.topic(REQUESTS), value, headers=headers, partition=partition)


async def test_a_record_that_nothing_proves_is_dead_lettered_whomever_it_names(topics: Settings) -> None:
    def staffs() -> bytes:
        return wire(visit("staff", source=STAFF))

    value, headers = binary(visit("staff", source=STAFF))
    of_headers = proved(value, headers)[-1]
    other_id = [("ce_id", b"019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07") if n == "ce_id" else (n, t) for n, t in headers]
    forged: list[tuple[bytes, Headers]] = [
        (staffs(), []),
        (staffs(), [(HEADER, b"")]),
        (staffs(), [(HEADER, None)]),
        (staffs(), [(HEADER, b"\xff" * 64)]),
        # By another channel; of another record; of these bytes, and not of the attributes beside them.
        (one := staffs(), [(HEADER, proof(proof_key("omatoimi_of-web-in-tests"), one))]),
        (staffs(), proved(staffs())),
        (value, [*other_id, of_headers]),
        (value, headers),
        # What the channel asks for over HTTP with is not what it proves with; and a channel without a key has none.
        (one := staffs(), [(HEADER, proof(channels.key_hash("omatoimi_of-staff-in-tests"), one))]),
        (one := wire(visit("sensor", source=SENSOR.channel.source)), [(HEADER, proof(b"", one))]),
    ]
    async with running(gate(topics), ("worker", "relay")) as r:
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, SENSOR, None, r.service.clock())
        await write(topics, forged)
        good = wire(visit("door", 3, source=STAFF))
        capitals = [(name.replace("ce_", "Ce-"), told) for name, told in headers]
        await write(topics, [(good, proved(good)), (value, proved(value, capitals))])
        await applied(r, len(forged) + 2)
        found = await r.service.pool.fetch('select * from chassis.dead_letter order by "offset"')
        assert [letter["offset"] for letter in found] == list(range(len(forged)))
        for letter in found:
            assert letter["pointer"] == "/source"
            assert letter["reason"].startswith("nothing proves that it comes from /helsinki/channels/s")
        rows = await r.service.pool.fetch("select counter, persons from gate.visit order by 1")
        assert [tuple(row) for row in rows] == [("door", 3), ("staff", 1)]


async def test_a_proved_record_that_somebody_else_writes_again_does_nothing(topics: Settings) -> None:
    """Whoever has seen it can write it: it is the same request, and was answered."""
    event = visit("door", 7, source=STAFF)
    value = wire(event)
    async with running(gate(topics), ("api", "worker", "relay")) as r:
        for partition in (0, 1, 0):
            await write(topics, [(value, proved(value))], partition)
        at_both = "select sum(next_offset) = 3 from chassis.consumed where topic = $1"
        await until(lambda: r.service.pool.fetchval(at_both, REQUESTS), "all three are read")
        assert await r.service.pool.fetchval("select array_agg(persons) from gate.visit") == [7]
        assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 0
        assert await r.service.pool.fetchval("select count(*) from chassis.outbox where event_id is not null") == 1
        told = (await r.staff.post("/v1/visits", visit_data("door", 7), id=UUID(event["id"]))).json()
        assert told["repeated"] is True


async def test_each_live_key_of_a_channel_proves_and_a_revoked_one_does_not(topics: Settings) -> None:
    def by(key: str, persons: int) -> tuple[bytes, Headers]:
        value = wire(visit("door", persons, source=STAFF))
        return value, [(HEADER, proof(proof_key(key), value))]

    async with running(gate(topics), ("worker", "relay")) as r:
        old, new, now = r.staff.key, channels.new_key(), r.service.clock()
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, r.staff.caller, new, now)
        await write(topics, [by(old, 1), by(new, 2)])
        await applied(r, 2)
        async with r.service.pool.acquire() as conn:
            await channels.revoke(conn, [channels.key_hash(old)], now)
        await write(topics, [by(old, 4), by(new, 8)])
        await applied(r, 4)
        assert await r.service.pool.fetchval('select array_agg("offset") from chassis.dead_letter') == [2]
        assert await r.service.pool.fetchval("select sum(persons) from gate.visit") == 11
