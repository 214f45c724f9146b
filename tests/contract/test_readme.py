"""Whoever follows contracts/README.md from top to bottom gets what it says: each box is pasted as it stands there."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest
from omatoimi.installation import RunningInstallation, until

from tests.subscriber import CONTRACTS, copied, environment
from tests.terminal import Terminal, boxes

ROOT = CONTRACTS.parent
BOXES = boxes(CONTRACTS / "README.md")


@pytest.fixture(scope="module")
def town(installation: RunningInstallation) -> RunningInstallation:
    """A system as `make run` starts it, without example content."""
    installation.up()
    return installation


@pytest.fixture(scope="module")
def pasted(town: RunningInstallation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each box printed, by the box; the seconds are told at the end."""
    folder = copied(tmp_path_factory.mktemp("checkout") / "contracts")
    (folder.parent / ".venv").symlink_to(ROOT / ".venv")
    printed: dict[str, str] = {}
    began = time.monotonic()
    with Terminal(
        folder, environment(**{k: v for k, v in town.environment.items() if k.startswith("OMATOIMI_")})
    ) as it:
        for box in BOXES:
            stream = "text/event-stream" in box
            printed[box] = it.paste(box, until="omatoimi.booking.confirmed.v1" if stream else None)
            print(f"{time.monotonic() - began:6.1f} s  {box.splitlines()[0]}")
    return printed


def of(pasted: dict[str, str], part: str) -> str:
    """What the one box printed in which this stands."""
    (box,) = [box for box in BOXES if part in box]
    return pasted[box]


def answers(printed: str) -> list[tuple[int, Any]]:
    """The status and body of each curl that writes its status behind the body."""
    return [(int(status), json.loads(body)) for body, status in re.findall(r"(?m)^([\[{].*)\n(\d{3})$", printed)]


def test_nothing_that_is_pasted_complains(pasted: dict[str, str]) -> None:
    for box, printed in pasted.items():
        assert not re.search(r"(?i)error|traceback|not found|no such|warn", printed), f"{box}\n{printed}"


def test_what_is_validated_only_is_told_and_then_it_is_the_first_accepted_event(pasted: dict[str, str]) -> None:
    (tried, told), (booked, answer) = answers(of(pasted, "validate-only"))
    assert (tried, told["validate_only"], told["would_be"]) == (200, True, 201)
    assert (booked, answer["repeated"], answer["resource"]["state"]) == (201, False, "confirmed")
    assert told["outcome"]["data"]["space"] == answer["outcome"]["data"]["space"] == "kerhohuone"


@pytest.mark.parametrize(
    ("part", "type_"), [('"time": "\'$(now)\'", "data"', "visit.counted"), ("ce-specversion", "heartbeat.sent")]
)
def test_an_event_is_accepted_in_both_modes(pasted: dict[str, str], part: str, type_: str) -> None:
    printed = next(pasted[box] for box in BOXES if part in box)
    ((status, answer),) = answers(printed)
    assert (status, answer["outcome"]["type"]) == (201, f"omatoimi.{type_}.v1")


def test_a_batch_is_answered_event_by_event(pasted: dict[str, str]) -> None:
    ((status, told),) = answers(of(pasted, "cloudevents-batch+json"))
    assert status == 207
    assert [(one["index"], one["status"]) for one in told] == [(0, 201), (1, 400), (2, 201)]
    assert told[1]["body"]["pointer"] == "/data/persons"


def test_a_record_on_kafka_is_read_and_its_end_is_told(pasted: dict[str, str]) -> None:
    told = json.loads(of(pasted, "--retry-all-errors").strip().splitlines()[-1])
    assert (told["outcome"]["type"], told["outcome"]["data"]["counter"]) == ("omatoimi.visit.counted.v1", "back-door")


def test_the_client_that_posts_over_kafka_is_believed(town: RunningInstallation) -> None:
    key, id_ = town.command("key", "kiosk").strip(), str(uuid4())
    event = {
        "specversion": "1.0",
        "type": "omatoimi.heartbeat.requested.v1",
        "source": "/helsinki/channels/kiosk",
        "id": id_,
        "time": datetime.now(UTC).isoformat(),
        "data": {"unit": "vallila", "device": "counter-1"},
    }
    topic, kafka = "usage.requests.v1", town.addresses["kafka"]
    posted = subprocess.run(
        [sys.executable, str(CONTRACTS / "clients/post.py"), "--bootstrap", kafka, "--topic", topic],
        input=json.dumps(event) + "\n\n",
        env=os.environ | {"KEY": key},
        capture_output=True,
        text=True,
        check=True,
    )
    assert posted.stdout.startswith(f"{topic}/"), posted
    url = f"{town.addresses['url']}/analytics/v1/requests/{id_}"

    def ended() -> bool:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"})
        return answer.status_code != 404  # until the record has been read

    until(ended)
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}).json()
    assert answer["outcome"]["type"] == "omatoimi.heartbeat.sent.v1"


def test_events_come_without_any_library(pasted: dict[str, str]) -> None:
    page = json.loads(of(pasted, "limit=5"))
    assert len(page["events"]) == 5
    assert page["next"] == page["events"][-1]["number"]
    frames = re.findall(r"^data: (.*)$", of(pasted, "text/event-stream"), re.MULTILINE)
    assert json.loads(frames[0])["event"]["specversion"] == "1.0"
    lines = of(pasted, "clients/stream.mjs").splitlines()
    assert len(lines) == 5
    assert all(line.split()[1] == "booking.events.v1" for line in lines)


def test_both_clients_count_the_same(pasted: dict[str, str]) -> None:
    python, node = of(pasted, "clients/follow.py").splitlines(), of(pasted, "clients/follow.mjs").splitlines()
    assert python == node
    assert re.fullmatch(r"booking\.events\.v1: \d+ events", python[0])
    assert python[-2:] == [python[-2], "M01: 1"]
    assert python[-2].endswith("from 1 without gaps")


def test_kafkas_own_consumer_shows_events_with_their_place(pasted: dict[str, str]) -> None:
    lines = [line for line in of(pasted, "--max-messages").splitlines() if line.startswith("Partition:")]
    assert len(lines) == 5
    for line in lines:
        assert re.match(r'Partition:\d+\tOffset:\d+\thelsinki/\w+\t\{"specversion":"1.0"', line)


def test_whoever_pastes_it_a_second_time_is_refused_with_what_is_free(
    pasted: dict[str, str], town: RunningInstallation, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "contracts")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    with Terminal(
        folder, environment(**{k: v for k, v in town.environment.items() if k.startswith("OMATOIMI_")})
    ) as it:
        again = [it.paste(box) for box in BOXES[:3]][-1]
    for status, answer in answers(again):
        assert (status, answer["type"]) == (409, "urn:omatoimi:problem:taken")
        assert answer["outcome"]["data"]["alternatives"]


async def test_served_by_the_system_it_is_a_page_and_none_of_its_links_leads_nowhere(town: RunningInstallation) -> None:
    url = town.addresses["url"]
    async with httpx.AsyncClient(base_url=url, follow_redirects=True) as http:
        readme = await http.get("/contract/")
        assert (readme.status_code, readme.headers["content-type"]) == (200, "text/html; charset=utf-8")
        ids = set(re.findall(r'id="([^"]+)"', readme.text))
        links = set(re.findall(r'href="([^"]+)"', readme.text))
        own = {link for link in links if not link.startswith(("http", "/", "?"))}
        assert {"topics/", "asyncapi.yaml", "#logging-in", "clients/follow.mjs"} <= own
        for link in own:
            if link.startswith("#"):
                assert link[1:] in ids, link
            else:
                assert (await http.get(urljoin("/contract/", link))).status_code == 200, link
        assert (await http.get("/contract/asyncapi.yaml")).headers["content-type"] == "text/yaml; charset=utf-8"
        listed = (await http.get("/contract/examples/")).text
        assert "omatoimi.booking.requested.v1/" in listed
        for hidden in ("nothing", ".gitignore", "%2e%2e/README.md", "clients/node_modules/", "venv/"):
            assert (await http.get(f"/contract/{hidden}")).status_code == 404, hidden


def test_a_lock_of_the_node_client_names_no_registry_and_holds_every_package_by_its_bytes() -> None:
    lock = json.loads((CONTRACTS / "clients" / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    for name, one in packages.items():
        assert "resolved" not in one, name
        assert one["integrity"].startswith("sha512-"), name
