"""`omatoimi status`"""

from typing import Any

import click

EXAMPLE = {
    "filling": "content fills in: {done} of {total} %",
    "shown": "content is there; take it out with: omatoimi reset --demo",
    "taken out": "content was taken out",
}


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Every address that a client needs, with passwords.")
def command(as_json: bool) -> None:
    """Show what runs and where."""
    import json

    from omatoimi_platform import databases, faults
    from omatoimi_platform import home as homes

    home = homes.home()
    state = homes.load(home)
    running = homes.is_held(home)
    report: dict[str, Any] = {
        "phase": state.phase if running else "stopped",
        "home": str(home.root),
        "keys": str(home.keys),
        "parts": _parts(state) if running else {},
    }
    addresses = state.addresses if running else {}
    if addresses:
        report |= {"url": addresses["url"], "kafka": addresses["kafka"], "topics": addresses["topics"]}
        report |= {"internal": addresses["internal"], "demo": _example(addresses["internal"])}
        report["faults"] = faults.faults(addresses["internal"])
        if report["faults"]:
            report["phase"] = "degraded"
        report["postgres"] = databases.addresses(addresses["postgres"], home)
        report["sessions"] = databases.address(addresses["postgres"], home, databases.CHANNEL)
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(f"{report['phase']:<9} in {home.root}")
    for part, what in report["parts"].items():
        click.echo(f"{part:<9} {what['state']}" + (f", process {what['pid']}" if "pid" in what else ""))
    for fault in report.get("faults", ()):
        click.echo(f"{'stands':<9} {fault}")
    if addresses:
        click.echo(f"{'kafka':<9} {addresses['kafka']} with {len(addresses['topics'])} topics")
        click.echo(f"{'postgres':<9} {addresses['postgres']} (URLs with passwords: omatoimi status --json)")
        click.echo(f"{'keys':<9} {home.keys}")
        if report["demo"] and (said := EXAMPLE.get(report["demo"]["state"])):
            click.echo(f"{'example':<9} {said.format(**report['demo'])}")
        click.echo(addresses["url"])
    elif not running:
        click.echo("Start it with: omatoimi up")


def _example(url: str) -> dict[str, Any] | None:
    """Tell how far the example content is, by the internal port; None where the services do not tell."""
    import httpx

    try:
        found: dict[str, Any] = httpx.get(f"{url}/demo", timeout=3).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
    return found


def _parts(state: Any) -> dict[str, dict[str, Any]]:
    """Tell of `kafka`, `postgres` and `services`: `running` with its pid, `starting`, `given` (not ours) or `ended`."""
    from omatoimi_platform import processes

    parts: dict[str, dict[str, Any]] = {}
    for name in ("kafka", "postgres", "services"):
        pid, known = state.processes.get(name, (0, ""))
        if known and processes.identity(pid) == known:
            parts[name] = {"state": "running", "pid": pid}
        elif state.phase == "starting":
            parts[name] = {"state": "starting"}
        elif name not in state.processes and name != "services" and name not in state.ports:
            parts[name] = {"state": "given"}
        else:
            parts[name] = {"state": "ended"}
    return parts
