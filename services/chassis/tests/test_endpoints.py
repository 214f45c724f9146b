"""Every endpoint leads to one handler: a request is applied once and ends in one event, however often and wherever it
is asked, and whatever else is asked under its id."""

import asyncio
import json
from collections import Counter
from typing import Any

from chassis import Settings
from uuid_utils.compat import UUID, uuid7

from tests.kits.chassis import Harness, running

from .kafka_log import events, records, write
from .toys import TOO_MANY, gate
from .waiting import until
from .wire import visit, visit_data, wire

JSON = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
ALL = ("api", "relay", "worker")


def key(r: Harness) -> dict[str, str]:
    return {"Authorization": f"Bearer {r.web.key}"}


async def as_event(r: Harness, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await r.http.post("/v1/events", content=wire(event), headers=key(r) | JSON)
    return answer.status_code, answer.json()


async def as_binary(r: Harness, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {f"ce-{name}": str(value) for name, value in event.items() if name not in ("data", "datacontenttype")}
    body = json.dumps(event["data"])
    answer = await r.http.post(
        "/v1/events", content=body, headers=key(r) | headers | {"Content-Type": "application/json"}
    )
    return answer.status_code, answer.json()


async def as_batch(r: Harness, *batch: Any) -> list[dict[str, Any]]:
    answer = await r.http.post("/v1/events", content=json.dumps(batch), headers=key(r) | BATCH)
    assert answer.status_code == 207, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


async def as_resource(r: Harness, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await r.web.post("/v1/visits", event["data"], id=UUID(event["id"]))
    return answer.status_code, answer.json()


async def as_record(r: Harness, *several: dict[str, Any]) -> None:
    settings = r.service.settings
    await write(settings.kafka, settings.topic("usage.requests.v1"), map(wire, several))


async def outcomes(r: Harness) -> list[dict[str, Any]]:
    """The outcome events on the topic, once all of the outbox is there."""
    settings = r.service.settings
    await until(
        lambda: r.service.pool.fetchval("select count(*) = 0 from chassis.outbox where published_at is null"), "sent"
    )
    found = events(await records(settings.kafka, settings.topic("usage.events.v1")))
    return [event for event in found if event["outcome"]]


async def persons(r: Harness, leaf: str = "door") -> int:
    return await r.service.pool.fetchval("select persons from gate.leaf where leaf = $1", leaf) or 0


async def letters(r: Harness) -> list[tuple[str, str]]:
    rows = await r.service.pool.fetch("select reason, pointer from chassis.dead_letter order by number")
    return [tuple(row) for row in rows]


async def test_one_request_by_all_endpoints_at_once_has_one_effect_one_event_and_one_answer(topics: Settings) -> None:
    event = visit(persons=7)
    async with running(gate(topics), ALL) as r:
        (one, resource), (two, structured), (three, binary), (several,), _ = await asyncio.gather(
            as_resource(r, event), as_event(r, event), as_binary(r, event), as_batch(r, event), as_record(r, event)
        )
        await until(lambda: r.service.pool.fetchval("select sum(next_offset) = 1 from chassis.consumed"), "read")

        assert await persons(r) == 7
        (told,) = await outcomes(r)
        answers = [resource, structured, binary, several["body"]]
        assert {answer["outcome"]["id"] for answer in answers} == {told["id"]}
        assert all(answer == {**resource, "repeated": answer["repeated"]} for answer in answers)
        # Four asked over HTTP and one over Kafka, so at most one of the four was the first.
        statuses = sorted([one, two, three, several["status"]])
        assert statuses in ([200, 200, 200, 200], [200, 200, 200, 201])
        assert [answer["repeated"] for answer in answers].count(False) == statuses.count(201)
        assert await letters(r) == []


async def test_the_same_id_with_other_content_changes_nothing_at_any_endpoint(topics: Settings) -> None:
    first = visit(persons=7)
    other = {**first, "data": visit_data(persons=8)}
    async with running(gate(topics), ALL) as r:
        assert (await as_resource(r, first))[0] == 201
        for status, told in (
            await as_resource(r, other),
            await as_event(r, other),
            await as_binary(r, other),
            *((one["status"], one["body"]) for one in await as_batch(r, other)),
        ):
            assert (status, told["type"], told["pointer"]) == (422, "urn:omatoimi:problem:other-content", "/id")
        await as_record(r, other)

        assert await until(lambda: letters(r), "the record goes to the dead letters") == [
            ("the same id came before with other content", "/id")
        ]
        assert await persons(r) == 7
        assert [event["data"]["persons"] for event in await outcomes(r)] == [7]


async def test_what_does_not_change_the_meaning_is_the_same_request(topics: Settings) -> None:
    """The digest is of the content after validation: order, spelling of moments and the time of asking are no part."""
    first = visit(persons=7)
    again = {**first, "time": "2026-12-02T08:00:00Z", "data": dict(reversed(first["data"].items()))}
    again["data"]["slot"] = {"start": "2026-11-01T12:00:00+02:00", "end": "2026-11-01T13:00:00.000+02:00"}
    async with running(gate(topics)) as r:
        assert (await as_event(r, first))[0] == 201
        status, told = await as_event(r, again)
        assert (status, told["repeated"]) == (200, True)
        assert await persons(r) == 7


async def test_a_channel_is_told_how_its_request_ended_and_no_other_channel_is(topics: Settings) -> None:
    event = visit(persons=7)
    async with running(gate(topics), ALL) as r:
        await as_record(r, event)
        path = f"/v1/requests/{event['id']}"

        async def ended() -> Any:
            answer = await r.web.get(path)
            return answer.status_code == 200 and answer.json()

        told = await until(ended, "the request is known")
        assert told["repeated"] is True
        assert told["outcome"]["data"]["persons"] == 7
        assert (await as_resource(r, event))[1] == told
        assert (await r.staff.get(path)).status_code == 404
        unknown = await r.web.get(f"/v1/requests/{uuid7()}")
        assert unknown.status_code == 404
        assert unknown.headers["content-type"] == "application/problem+json"


async def test_a_no_is_told_in_the_language_that_is_asked_for_alone_and_in_a_batch(lonely: Settings) -> None:
    words = {"sv": "Så många människor ryms inte: räkna på nytt.", "en": "So many people do not fit; count again."}
    async with running(gate(lonely)) as r:
        for accept, language in (("sv", "sv"), ("sv-FI, en;q=0.4", "sv"), ("de", "en"), ("", "en")):
            headers = {"Authorization": f"Bearer {r.web.key}", "Accept-Language": accept}
            batch = headers | {"Content-Type": "application/cloudevents-batch+json"}
            alone = headers | {"Content-Type": "application/cloudevents+json"}
            event = visit(persons=TOO_MANY)
            told = await r.http.post("/v1/events", content=wire(event), headers=alone)
            assert (told.json()["detail"], told.headers["content-language"]) == (words[language], language)
            (one,) = (await r.http.post("/v1/events", content=json.dumps([event]), headers=batch)).json()
            assert one["body"]["detail"] == words[language]
            ended = await r.http.get(f"/v1/requests/{event['id']}", headers=headers)
            assert ended.json()["detail"] == words[language]


async def test_a_rejection_is_an_event_and_has_a_code_words_and_a_status(topics: Settings) -> None:
    event = visit(persons=TOO_MANY)
    async with running(gate(topics), ALL) as r:
        for status, told in (await as_resource(r, event), await as_event(r, event)):
            assert status == 409
            assert told["type"] == "urn:omatoimi:problem:too-many"
            assert told["detail"] == "So many people do not fit; count again."
            assert told["outcome"]["data"] == {
                "request": event["id"],
                "requesttype": event["type"],
                "reason": "too-many",
            }
        (rejection,) = await outcomes(r)
        assert rejection["type"] == "omatoimi.request.rejected.v1"
        assert rejection["subject"] == rejection["causationid"] == event["id"]
        assert (rejection["causationsource"], rejection["sequence"]) == (event["source"], "0000000001")
        assert await persons(r) == 0


async def test_in_a_storm_of_repeats_every_request_ends_in_exactly_one_outcome(topics: Settings) -> None:
    requests = [visit(f"c{n % 3}", TOO_MANY if n % 5 == 0 else n) for n in range(60)]
    # However busy the machine is, nobody is told to come back later.
    async with running(gate(topics.model_copy(update={"handler_seconds": 600})), ALL) as r:
        endpoints = (as_resource, as_event, as_binary)
        asked = [endpoints[(n + k) % 3](r, event) for n, event in enumerate(requests) for k in range(2)]
        answers, *_ = await asyncio.gather(
            asyncio.gather(*asked), as_record(r, *requests), as_record(r, *reversed(requests))
        )
        await until(lambda: r.service.pool.fetchval("select sum(next_offset) = 120 from chassis.consumed"), "read")

        told = await outcomes(r)
        assert Counter(event["causationid"] for event in told) == Counter(event["id"] for event in requests)
        assert {answer["outcome"]["id"] for _, answer in answers} == {event["id"] for event in told}
        wanted = sum(event["data"]["persons"] for event in requests if event["data"]["persons"] != TOO_MANY)
        assert sum([await persons(r, leaf) for leaf in ("c0", "c1", "c2")]) == wanted
        assert await letters(r) == []


async def test_a_batch_answers_each_event_by_itself_and_in_order(topics: Settings) -> None:
    good, also_good = visit(persons=1), visit(persons=2)
    fact = {**visit(), "type": "omatoimi.visit.counted.v1"}
    nan = visit()
    nan["data"]["persons"] = float("nan")
    foreign = visit(source="/helsinki/channels/staff")
    async with running(gate(topics)) as r:
        told = await as_batch(r, good, {"type": 1}, nan, fact, also_good, 7, foreign, good)
        assert [one["status"] for one in told] == [201, 400, 400, 400, 201, 400, 403, 200]
        assert [one["index"] for one in told] == list(range(8))
        ids = [good["id"], None, nan["id"], fact["id"], also_good["id"], None, foreign["id"], good["id"]]
        assert [one.get("id") for one in told] == ids
        assert [one["body"]["id"] for one in told if one["status"] < 300] == [good["id"], also_good["id"], good["id"]]
        assert "NaN" in told[2]["body"]["detail"]
        assert await persons(r) == 3


async def test_an_event_of_a_batch_is_read_as_it_stands_there(topics: Settings) -> None:
    """What a careless reader would take for another thing, such as a name that stands twice, is refused alone."""
    event = visit()
    twice = wire(event).replace(b'"persons": 1', b'"persons": 1, "persons": 2')
    async with running(gate(topics)) as r:
        body = b" [ " + twice + b" ,\n" + wire(visit(persons=4)) + b" ]\n"
        answer = await r.http.post("/v1/events", content=body, headers=key(r) | BATCH)
        assert [(one["index"], one["status"]) for one in answer.json()] == [(0, 400), (1, 201)]
        assert "'persons' stands twice" in answer.json()[0]["body"]["detail"]
        assert await persons(r) == 4
        assert await as_batch(r) == []


async def test_an_event_of_a_batch_whose_id_is_no_text_is_refused_alone(lonely: Settings) -> None:
    """JSON can name half a character, which no answer can tell."""
    halves = [
        {"id": "\ud800"},
        {"\ud800": 1},
        {**visit(), "type": "\udfff"},
        visit("\ud83d"),
        visit(subject="\ud800\udbff"),
    ]
    async with running(gate(lonely)) as r:
        told = await as_batch(r, visit(persons=4), *halves)
        assert [one["status"] for one in told] == [201, 400, 400, 400, 400, 400]
        assert all("half a character" in one["body"]["detail"] for one in told[1:])
        assert await persons(r) == 4
        whole = await as_batch(r, {"id": "\U0001f600"})
        assert whole[0]["id"] == "\U0001f600"


async def test_an_attribute_that_stands_in_two_headers_is_refused(lonely: Settings) -> None:
    event = visit()
    headers = [(f"ce-{name}", str(value)) for name, value in event.items() if name not in ("data", "datacontenttype")]
    async with running(gate(lonely)) as r:
        for again in (("ce-id", event["id"]), ("ce_id", event["id"]), ("CE-Type", "other")):
            sent = [*headers, again, ("Content-Type", "application/json"), *key(r).items()]
            answer = await r.http.post("/v1/events", content=json.dumps(event["data"]), headers=sent)
            assert answer.status_code == 400
            assert "stands in two headers" in answer.json()["detail"]


async def test_the_dimensions_of_an_event_come_from_its_request(topics: Settings) -> None:
    async with running(gate(topics), ALL) as r:
        await r.web.post(
            "/v1/visits",
            visit_data(),
            assisted="true",
            content_language="sv",
            happened_at="2026-10-30T12:00:00+02:00",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        (event,) = await outcomes(r)
        assert (event["channel"], event["assisted"], event["language"], event["unit"]) == ("web", True, "sv", "vallila")
        assert event["time"] == event["requestedtime"] == "2026-10-30T10:00:00Z"
        assert event["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        assert event["correlationid"] == event["causationid"]
        assert event["source"] == "/helsinki/gate"
