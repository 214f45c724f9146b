"""A broker that lost its data answers like any other, and nothing that was written there is read: that is said where
somebody looks, with what to do."""

import shutil

import httpx
from omatoimi.installation import RunningInstallation, until


def test_readers_that_stand_are_told_at_the_start_and_by_status(installation: RunningInstallation) -> None:
    installation.environment |= {"OMATOIMI_DEMO": "no"}
    installation.up()
    until(lambda: installation.status()["phase"] == "ready")
    internal = installation.status()["internal"]
    until(lambda: httpx.get(f"{internal}/health/ready", timeout=30).status_code == 200)
    assert installation.status()["faults"] == []
    installation.down()
    shutil.rmtree(installation.home.kafka / "data")
    installation.up()
    until(lambda: installation.status()["phase"] == "degraded")
    told = installation.status()["faults"]
    assert all("another cluster" in fault for fault in told)
    assert all("`omatoimi reread`" in fault and "`omatoimi republish`" in fault for fault in told)
    assert "degraded" in (readable := installation.command("status"))
    assert told[0] in readable
    until(lambda: f"a reader stands: {told[0]}" in said(installation))
    installation.down()


def said(installation: RunningInstallation) -> str:
    return "".join(log.read_text(errors="replace") for log in installation.home.logs.glob("*.log"))
