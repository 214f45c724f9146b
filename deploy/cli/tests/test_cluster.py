"""What a cluster of one's own is given follows from the contract; a name that is none is refused in a sentence."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from omatoimi.commands.cluster import command
from omatoimi_platform import cluster, topics
from omatoimi_platform.errors import PlatformError


def declare(folder: Path, name: str, **changes: object) -> None:
    contract = {"topic": name, "partitions": 3, "cleanup_policy": "delete", "retention_ms": -1}
    roles = {"owner": "booking", "producers": ["booking"], "readers": ["booking"]}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(contract | roles | changes))


def test_who_writes_and_reads_follows_from_the_contract(tmp_path: Path) -> None:
    declare(tmp_path, "booking.requests.v1", producers=["channels"])
    declare(tmp_path, "booking.events.v1", readers=["booking", "notices", "city"])
    declare(tmp_path, "notices.events.v1", owner="notices", producers=["notices"], readers=["booking"])
    found = cluster.users(prefix="x.", channels=["kiosk"], city=["parking"], folder=tmp_path)
    assert found == [
        cluster.User(
            "booking",
            ("x.booking.events.v1",),
            ("x.booking.events.v1", "x.booking.requests.v1", "x.notices.events.v1"),
            "x.booking.",
        ),
        cluster.User("notices", ("x.notices.events.v1",), ("x.booking.events.v1",), "x.notices."),
        cluster.User("kiosk", ("x.booking.requests.v1",), (), "kiosk."),
        cluster.User("parking", (), ("x.booking.events.v1",), "parking."),
    ]


def test_the_script_makes_every_declared_topic_and_gives_every_user_its_rights() -> None:
    printed = CliRunner().invoke(command, ["--prefix", "x.", "--channel", "kiosk", "--city", "parking"]).output
    for topic in topics.declared():
        assert f"topic x.{topic.name} {topic.partitions} --config cleanup.policy=" in printed
    for user in ("analytics", "booking", "decisions", "notices", "kiosk", "parking"):
        assert f"\nuser {user}\n" in printed
    assert "may parking --operation Write" not in printed


@pytest.mark.parametrize("given", [["--city", "a b"], ["--channel", "$(date)"], ["--prefix", "a;b"]])
def test_a_name_that_a_shell_would_run_is_refused(given: list[str]) -> None:
    answer = CliRunner().invoke(command, given)
    assert isinstance(answer.exception, PlatformError)
    assert answer.output == ""
