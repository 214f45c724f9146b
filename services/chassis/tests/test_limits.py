"""No client takes everything: a channel has its rate by its key, who reads without one by the address, and who tries
keys is stopped, told to the log once and counted."""

import logging
import threading
import time
from typing import Any

import httpx
import pytest
from chassis import Settings
from chassis.health import internal
from chassis.http import app
from chassis.limits import Limits, address_of
from uuid_utils.compat import uuid7

from tests.kits.chassis import Harness, running

from .toys import gate
from .wire import visit_data

READ = "/v1/openapi.json"


def refused(answer: httpx.Response) -> bool:
    """Whether an answer says that it was one too many, and when to come again."""
    if answer.status_code != 429:
        return False
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.request.method == "HEAD" or answer.json()["type"] == "urn:omatoimi:problem:too-often"
    assert 1 <= int(answer.headers["retry-after"]) <= 3600
    return True


def given(settings: Settings, **rates: Any) -> Settings:
    return settings.model_copy(update={name: f"{rate}/hour" for name, rate in rates.items()})


def at(r: Harness, address: str) -> httpx.AsyncClient:
    """Somebody at another address."""
    transport = httpx.ASGITransport(app=app(r.service), client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_who_tries_keys_is_stopped_told_once_and_counted_and_a_right_key_still_works(
    lonely: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(gate(given(lonely, wrong_key_rate=5))) as r:
        asked = f"/v1/requests/{uuid7()}"
        assert (await r.web.get(asked)).status_code == 404
        with caplog.at_level(logging.WARNING):
            told = [await r.http.get(asked, headers={"Authorization": f"Bearer omatoimi_guess{n}"}) for n in range(20)]
        assert [one.status_code for one in told] == [401] * 5 + [429] * 15
        assert all(map(refused, told[5:]))
        lines = [one for one in caplog.records if "wrong keys" in one.getMessage()]
        assert len(lines) == 1
        assert "guess" not in str(vars(lines[0]))
        assert (await r.web.get(asked)).status_code == 404, "a neighbour at the address shut out a channel"
        async with at(r, "192.0.2.7") as elsewhere:
            assert (await elsewhere.get(asked, headers={"Authorization": "Bearer guess"})).status_code == 401
        transport = httpx.ASGITransport(app=internal([r.running]))
        async with httpx.AsyncClient(transport=transport, base_url="http://internal") as see:
            metrics = (await see.get("/metrics")).text
        assert 'omatoimi_refused_total{reason="key-unknown",service="gate"} 6.0' in metrics
        assert 'omatoimi_refused_total{reason="too-often",service="gate"} 15.0' in metrics


async def test_who_reads_without_a_key_has_a_rate_by_the_address(lonely: Settings) -> None:
    async with running(gate(given(lonely, read_rate=3))) as r, at(r, "2001:db8::1") as one, at(r, "2001:db8::2") as two:
        asked = f"/v1/requests/{uuid7()}"
        assert (await r.web.get(asked)).status_code == 404  # the first of a key counts by the address
        assert [(await r.http.get(READ)).status_code for _ in range(3)] == [200, 200, 429]
        made_up = {"Authorization": "Bearer made-up"}
        assert refused(await r.http.get(READ, headers=made_up)), "a made-up key passes by the limit"
        assert refused(await r.http.head(READ))
        # A channel reads on, and asks; another network has a count of its own, whoever of it asks.
        assert (await r.web.get(asked)).status_code == 404
        assert (await r.web.post("/v1/visits", visit_data())).status_code == 201
        assert [(await client.get(READ)).status_code for client in (one, two, one, two)] == [200, 200, 200, 429]
        async with at(r, "") as within:
            assert [(await within.get(READ)).status_code for _ in range(5)] == [200] * 5


async def test_a_channel_has_a_rate_of_its_own_and_nothing_is_done_of_what_is_too_much(lonely: Settings) -> None:
    async with running(gate(given(lonely, key_rate=2))) as r:
        statuses = [(await r.web.post("/v1/visits", visit_data())).status_code for _ in range(4)]
        assert statuses == [201, 201, 201, 429]  # the first made its key known
        assert refused(await r.web.post("/v1/visits", visit_data()))
        assert (await r.staff.post("/v1/visits", visit_data())).status_code == 201
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 4


def test_an_address_of_ipv6_stands_for_its_network() -> None:
    told = ["192.0.2.7", "2001:db8:0:1:2::3", "2001:db8:0:1:ffff::", "::ffff:192.0.2.7", "fe80::1%eth0", ""]
    found = [address_of({"client": (address, 1)}) for address in told]
    assert found[0] == "192.0.2.7"
    assert found[1] == found[2] == "2001:db8:0:1::/64"
    assert found[3:] == ["192.0.2.7", "fe80::/64", ""]
    assert address_of({}) == ""


@pytest.mark.parametrize("name", ["key_rate", "read_rate", "wrong_key_rate"])
def test_a_rate_that_is_none_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="such as 100/minute"):
        Settings(**{name: "many"})  # type: ignore[arg-type]


def test_what_is_over_is_forgotten_and_no_request_begins_a_thread(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[threading.Thread] = []
    limits = Limits("toys", given(settings, read_rate=5))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(threading.Thread, "start", begun.append)
    for number in range(100):
        assert limits.reads(f"192.0.2.{number}") is None
    assert len(limits._storage.storage) == 100
    now += 3601
    assert limits.reads("192.0.2.1") is None
    assert len(limits._storage.storage) == 1, "addresses are kept no longer than they are counted"
    assert begun == []
