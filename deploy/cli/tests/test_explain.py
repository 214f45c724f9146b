"""`omatoimi explain`: from a figure to the record on its topic, in a terminal."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from omatoimi.installation import RunningInstallation, until
from uuid_utils.compat import uuid7

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(scope="module")
def month(installation: RunningInstallation) -> Iterator[str]:
    """The month of a booking that was made on a running installation."""
    installation.up()
    day = datetime.now(HELSINKI).date() + timedelta(days=7)
    key = json.loads(installation.home.keys.read_text())["web"]["key"]
    slot = {
        name: datetime(day.year, day.month, day.day, hour, tzinfo=HELSINKI).isoformat()
        for name, hour in (("start", 16), ("end", 17))
    }
    url = f"http://127.0.0.1:{installation.port}"
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid7())}
    answer = httpx.post(f"{url}/booking/v1/bookings", json={"space": "kerhohuone", "slot": slot}, headers=headers)
    assert answer.status_code == 201, answer.text
    subject = answer.json()["outcome"]["subject"]

    def is_read() -> bool:
        return bool(httpx.get(f"{url}/analytics/v1/events", params={"subject": subject}).json()["events"])

    until(is_read)
    yield f"{day:%Y-%m}"
    installation.down()


def test_a_figure_is_explained_down_to_the_record_on_its_topic(installation: RunningInstallation, month: str) -> None:
    said = installation.command("explain", "M01", "--period", month, "--unit", "vallila")
    assert said.startswith("M01 Bookings (definition 2, SHA-256 ")
    assert "  numerator      1\n" in said
    assert "from booking b" in said
    assert "1 subjects, together numerator 1" in said
    event = json.loads(said[said.index("\n{") : said.index("\n}") + 2])
    assert event["type"] == "omatoimi.booking.confirmed.v1"
    follow = said.rstrip().rpartition("See that record on its topic with: omatoimi ")[2]
    assert json.loads(installation.command(*follow.split())) == event


def test_a_figure_is_explained_as_it_was_known(installation: RunningInstallation, month: str) -> None:
    said = installation.command("explain", "M01", "--period", month, "--at", "booking.events.v1:1")
    assert "known at       booking.events.v1:1\n" in said
    assert "0 subjects" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["M99", "--period", "2026-10"], "omatoimi: There is no metric M99; there are M01, "),
        (["M01", "--period", "October"], "omatoimi: October is no period: give a month, 2026-10, or days, "),
        (["M01", "--period", "2026-10-05..2026-10-01"], "omatoimi: This is no period: "),
        (["M01", "--period", "2026-10", "--unit", "zzz"], "omatoimi: There is no library zzz; there are vallila"),
        (["M01", "--period", "2026-10", "--at", "here"], "omatoimi: This is no position: "),
    ],
)
def test_what_cannot_be_explained_is_told_in_one_sentence(
    installation: RunningInstallation, month: str, arguments: list[str], sentence: str
) -> None:
    said = installation.command("explain", *arguments, status=1)
    assert said.startswith(sentence)
    assert len(said.strip().splitlines()) == 1


def test_a_library_that_nobody_knows_has_no_report(installation: RunningInstallation, month: str) -> None:
    said = installation.command("report", "--from", "2026-10-01", "--to", "2026-11-01", "--unit", "zzz", status=1)
    assert said.startswith("omatoimi: There is no library zzz; there are vallila")
    assert len(said.strip().splitlines()) == 1


def test_a_place_that_is_not_there_is_told(installation: RunningInstallation, month: str) -> None:
    said = installation.command("follow", "booking.events.v1", "--at", "0:999999", status=1)
    assert "There is nothing at offset 999999 of booking.events.v1, partition 0: it ends before " in said
    said = installation.command("follow", "booking.events.v1", "--at", "9:1", status=1)
    assert said == "omatoimi: There is no partition 9 of booking.events.v1: it has 6, from 0 on.\n"
    assert "0-12 is no place" in installation.command("follow", "booking.events.v1", "--at", "0-12", status=1)
