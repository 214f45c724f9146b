"""What is in quarantine is told to staff in words, with its place, and without a byte of it."""

import json

from analytics.main import service
from chassis import Settings
from pydantic import SecretStr

from tests.kits.analytics import Town, read
from tests.kits.chassis import running

NAME = "Matti Meikäläinen"


async def test_what_is_in_quarantine_is_told_by_reason_with_its_place(database: str, town: Town) -> None:
    record = town.records[0]
    assert record.value is not None
    fact = json.loads(record.value)
    for n in range(5):
        town.raw(record.topic, f"{n} {NAME}".encode())
    town.raw("usage.events.v1", json.dumps({**fact, "id": "019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07"}).encode())
    async with running(service(Settings(postgres=SecretStr(database))), ()) as r:
        await read(r.service, town.records)
        answer = await r.staff.get("/v1/quarantine?lang=sv")
        told = answer.json()
        kinds = {kind["code"]: kind for kind in told["kinds"]}
        assert {code: kind["count"] for code, kind in kinds.items()} == {"malformed": 5, "misplaced": 1}
        assert kinds["malformed"]["reason"].startswith("En tjänst skickade en händelse")
        offsets = [one["offset"] for one in kinds["malformed"]["letters"]]
        assert offsets == sorted(offsets, reverse=True)
        assert len(offsets) == 3
        (misplaced,) = kinds["misplaced"]["letters"]
        assert (misplaced["topic"], misplaced["offset"]) == ("usage.events.v1", 0)
        assert "Matti" not in answer.text
        assert told["open"] == sum(kind["open"] for kind in kinds.values())
        assert (await r.staff.get("/v1/quarantine?limit=0")).json()["kinds"] == []
        assert (await r.web.get("/v1/quarantine")).status_code == 403
        assert (await r.http.get("/v1/quarantine")).status_code == 401
