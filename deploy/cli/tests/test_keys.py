"""Keys are made, rotated and revoked by the command, while all services run."""

from collections.abc import Iterator
from itertools import takewhile
from uuid import uuid4

import httpx
import pytest
from omatoimi.installation import RunningInstallation
from omatoimi_platform.databases import SERVICES


@pytest.fixture(scope="module")
def system(installation: RunningInstallation) -> Iterator[RunningInstallation]:
    installation.up()
    yield installation
    installation.down()


def taken(system: RunningInstallation, key: str) -> set[bool]:
    """By which services a key is taken: what it asks for is not there."""
    asked = f"/v1/requests/{uuid4()}"
    with httpx.Client(base_url=f"http://127.0.0.1:{system.port}", headers={"Authorization": f"Bearer {key}"}) as http:
        found = {http.get(f"/{service}{asked}").status_code for service in SERVICES}
    assert found <= {401, 404}, found
    return {status == 404 for status in found}


def key(system: RunningInstallation, *arguments: str, status: int = 0) -> str:
    return system.command("key", *arguments, status=status).strip()


def test_a_channels_key_is_rotated_and_the_one_before_revoked_without_a_moment_between(
    system: RunningInstallation,
) -> None:
    first = key(system, "phone")
    second = key(system, "rotate", "phone", "--overlap", "1")
    assert key(system, "phone") == second
    assert (taken(system, first), taken(system, second)) == ({True}, {True})
    names = [line.split()[0] for line in _of(key(system, "list"), "phone") if " live" in line]
    assert len(names) == 2
    assert "phone has 2 live keys" in key(system, "rotate", "phone", status=1)
    assert names[0] in key(system, "revoke", "phone", names[0])
    assert (taken(system, first), taken(system, second)) == ({False}, {True})
    key(system, "revoke", "phone")
    assert taken(system, second) == {False}
    assert "omatoimi key rotate phone" in key(system, "phone", status=1)
    system.down()
    system.up()
    assert (taken(system, first), taken(system, second)) == ({False}, {False})
    assert taken(system, key(system, "rotate", "phone", "--days", "1")) == {True}


def test_a_new_channel_may_what_its_role_may(system: RunningInstallation) -> None:
    made = key(system, "new", "ovi", "--role", "device")
    assert taken(system, made) == {True}
    assert any("device" in line for line in key(system, "list").splitlines() if line.startswith("ovi "))
    body = {"unit": "vallila", "device": "ovi"}
    with httpx.Client(base_url=f"http://127.0.0.1:{system.port}") as http:
        headers = {"Authorization": f"Bearer {made}", "Idempotency-Key": str(uuid4())}
        assert http.post("/analytics/v1/heartbeats", json=body, headers=headers).status_code == 201
        assert http.post("/booking/v1/blockings", json={"lift": str(uuid4())}, headers=headers).status_code == 403
    assert "is a command of key" in key(system, "new", "list", "--role", "staff", status=1)
    assert "omatoimi key rotate ovi" in key(system, "new", "ovi", "--role", "staff", status=1)
    assert "There is no channel" in key(system, "nobody", status=1)


def test_the_installations_own_pages_ask_by_the_key_that_holds_now(system: RunningInstallation) -> None:
    key(system, "revoke", "web")
    key(system, "rotate", "web")
    assert httpx.get(f"http://127.0.0.1:{system.port}/try").status_code == 200
    assert taken(system, key(system, "web")) == {True}


def _of(listed: str, channel: str) -> list[str]:
    """The lines about the keys of a channel."""
    lines = listed.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(f"{channel} "))
    return list(takewhile(lambda line: line.startswith("  "), lines[begin + 1 :]))
