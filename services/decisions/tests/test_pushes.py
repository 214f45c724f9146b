"""What the case system really pushes: the same object again and again, in bursts, shuffled and doubled, with a change
told many times over. One change event for each real change."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.kits.decisions import Office, case, decision


async def test_the_same_object_pushed_48_times_is_published_once(office: Office) -> None:
    for _ in range(48):
        await office.taken("decision", decision())
    told = Counter(await office.told())
    assert told == {"decision.published": 1, "case.published": 1, "record.received": 47}


async def test_one_push_told_by_every_endpoint_and_repeated_is_one_request(office: Office) -> None:
    id_, staff = uuid4(), office.bench.staff
    body = {"kind": "case", "content": case()}
    event = {
        "specversion": "1.0",
        "id": str(id_),
        "source": staff.caller.channel.source,
        "type": "omatoimi.record.requested.v1",
        "time": "2026-11-01T10:00:00Z",
        "data": body,
    }
    headers = {"Authorization": f"Bearer {staff.key}", "Content-Type": "application/cloudevents+json"}
    answers = [
        await office.bench.http.post("/v1/events", content=json.dumps(event), headers=headers),
        await staff.post("/v1/records", body, id=id_),
        await office.bench.http.post("/v1/events", content=json.dumps(event), headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["outcome"]["id"] for answer in answers}) == 1
    assert await office.told() == ["case.published"]


def pushes(log: Path, seed: int) -> Iterator[tuple[str, int]]:
    """The real log as (object, its state): runs of calls about one object shuffled and doubled, the state growing with
    every third call that says *Updated*. Calls without an object are left out, as the receiver must."""
    chance = random.Random(seed)
    calls = [call["data"]["content"] for call in json.loads(log.read_bytes()) if call["data"]["content"]]
    seen: Counter[str] = Counter()
    runs: list[list[tuple[str, int]]] = []
    for call in calls:
        seen[call["id"]] += call["updatetype"] == "Updated"
        runs.append([(call["id"], seen[call["id"]] // 3)] * chance.choice((1, 1, 1, 2)))
    # Calls near one another come in any order, those about one object in its own: its states follow one another.
    for start in range(0, len(runs), 10):
        window = [one for run in runs[start : start + 10] for one in run]
        by_object = {name: iter([one for one in window if one[0] == name]) for name, _ in window}
        order = [name for name, _ in window]
        chance.shuffle(order)
        yield from (next(by_object[name]) for name in order)


async def test_the_real_log_of_calls_gives_one_change_event_for_each_real_change(office: Office, data: Path) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    states: dict[str, list[int]] = {}
    count = 0
    for name, state in pushes(data / "decisions" / "ahjo_callback_log.json", seed):
        count += 1
        known = states.setdefault(name, [])
        if not known or known[-1] != state:
            known.append(state)
        number = f"HEL-2026-{int.from_bytes(name.encode()[-6:]) % 1_000_000:06d}"
        await office.taken("decision", _in_state(name, number, state))
    assert count > 277
    assert max(len(known) for known in states.values()) > 5
    changes = Counter(event.data.decision for event in await office.events() if ".decision." in event.type)
    assert dict(changes) == {f"{{{name}}}": len(known) for name, known in states.items()}
    versions = {
        event.data.decision: event.data.version for event in await office.events() if ".decision." in event.type
    }
    assert versions == {f"{{{name}}}": len(known) for name, known in states.items()}


def _in_state(name: str, number: str, state: int) -> dict[str, Any]:
    return decision(f"{{{name}}}", "Vallila", f"Tila {state}", number=number, Meeting=None)


async def test_a_change_that_is_pushed_while_it_is_undone_again_is_told_each_time(office: Office) -> None:
    for title in ("A", "B", "B", "A", "A", "B"):
        await office.taken("case", case(title=title))
    assert Counter(await office.told())["case.changed"] == 3
