"""What was put aside is told to staff in words, by kind, and nothing of it that a stranger could have written there."""

import json
from collections import Counter
from typing import Any

from chassis import Settings, batch, dead_letters
from chassis.record import DeadLetter, Record, Why

from tests.kits.chassis import Harness, running

from .test_poison import mix
from .toys import gate
from .waiting import until
from .wire import visit, visit_data, wire

REQUESTS = "usage.requests.v1"
NAME = "Matti Meikäläinen"
BAD: list[tuple[bytes | None, str, str]] = [
    (b"{oops " + NAME.encode(), "no-event", ""),
    (wire(visit(data={**visit_data(), NAME: NAME})), "wrong-data", "/data"),
    (wire(visit(data={**visit_data(), "persons": NAME})), "wrong-data", "/data/persons"),
    (wire({**visit(source=f"/helsinki/{NAME}"), "id": NAME}), "no-event", ""),
    (wire(visit(type=f"omatoimi.{NAME}.requested.v1")), "unknown-type", "/type"),
    (wire(visit(source="/helsinki/channels/nobody")), "unknown-source", "/source"),
]


def letters_of(told: dict[str, Any]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """Each letter and its kind, by offset."""
    return {letter["offset"]: (letter, kind) for kind in told["kinds"] for letter in kind["letters"]}


async def test_what_was_put_aside_is_told_by_reason_and_nothing_that_a_stranger_wrote(topics: Settings) -> None:
    await mix(topics, REQUESTS, [(value, []) for value, _, _ in BAD], [wire(visit()) for _ in range(len(BAD) + 1)])
    async with running(gate(topics), ("worker",)) as r:
        enough = "select count(*) = $1 from chassis.dead_letter"
        await until(lambda: r.service.pool.fetchval(enough, len(BAD)), "all are put aside")
        answer = await r.staff.get("/v1/dead-letters?lang=fi")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["service"], told["open"], told["next"]) == ("gate", len(BAD), None)
        found = letters_of(told)
        for place, (_, code, pointer) in zip(range(1, 2 * len(BAD), 2), BAD, strict=True):
            letter, kind = found[place]
            assert (kind["code"], letter["topic"], letter["state"]) == (code, REQUESTS, "open"), place
            assert pointer in ("", letter["pointer"]), place
        assert (found[5][1]["channel"], found[5][1]["type"]) == ("web", "omatoimi.visit.requested.v1")
        assert found[5][1]["reason"] == "Kanava web lähetti viestin, jonka tiedoista jokin puuttuu tai on väärin."
        assert found[11][1]["source"] == "/helsinki/channels/nobody"
        assert "Matti" not in answer.text
        # One that was tried again and failed still waits; one that was given up waits no more.
        async with r.service.pool.acquire() as conn:
            await dead_letters.drop(conn, found[1][0]["number"])
        assert "as dead as before" in await batch.retry(r.service, found[5][0]["number"])
        assert (await r.staff.get("/v1/dead-letters?limit=0")).json() == {
            "service": "gate",
            "open": len(BAD) - 1,
            "kinds": [],
            "next": None,
        }
        assert (await r.web.get("/v1/dead-letters")).status_code == 403
        assert (await r.http.get("/v1/dead-letters")).status_code == 401
        assert (await r.staff.get("/v1/dead-letters?raw=1")).status_code == 400


async def test_a_flood_of_one_kind_hides_no_other_and_the_list_goes_on(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        await _put_aside(r, [Why.FAILED], [Why.NO_EVENT] * 20, [Why.MISPLACED])
        seen, before = Counter[str](), ""
        while True:
            told = (await r.staff.get(f"/v1/dead-letters?limit=1{before}")).json()
            (kind,) = told["kinds"]
            seen[kind["code"]] = kind["count"]
            assert len(kind["letters"]) == min(3, kind["count"])
            if told["next"] is None:
                break
            before = f"&before={told['next']}"
        assert list(seen.items()) == [("misplaced", 1), ("no-event", 20), ("failed", 1)]


async def _put_aside(r: Harness, *batches: list[Why]) -> None:
    async with r.service.pool.acquire() as conn:
        for at, why in enumerate(one for batch in batches for one in batch):
            record = Record(REQUESTS, 0, at, 0, None, json.dumps({"type": at}).encode(), ())
            await dead_letters.keep(conn, r.service, [DeadLetter(record, why, "why")], r.service.clock())
