"""Measure: `python -m tests.load`, or `make bench`. See `--help`."""

import asyncio
import logging
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

import click
from omatoimi_platform.home import CHECKOUT

from tests.load import beside, machine, page
from tests.load.findings import Finding, Wrong
from tests.load.ground import ground
from tests.load.program import PEERS, Failed
from tests.load.run import Run

BENCHES = ("booking", "worker", "fold", "relay", "visible", "life", "pages")
IN_TURNS = ("booking", "worker", "fold", "relay", "visible")
"""Those whose contestants have turns on the servers of the run."""


def say(text: str) -> None:
    click.echo(text)


@click.command()
@click.argument("benches", nargs=-1, type=click.Choice(BENCHES), metavar="[BENCH]...")
@click.option("--short", is_flag=True, help="Measure little, once: to see that everything runs and counts right.")
@click.option("--profile", is_flag=True, help="Also look where the time goes, in a round of its own; a whole run does.")
@click.option(
    "--beside", "folder", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Run those of another checkout (after make dev there) in turns with these, and tell ratios.",
)  # fmt: skip
def main(benches: tuple[str, ...], short: bool, profile: bool, folder: Path | None) -> None:
    """Measure the named benches, or all: booking, worker, fold, relay, visible, life,
    pages.

    All of them, not short, write docs/benchmarks.md; else the findings are only printed. What is counted wrong is no
    figure and ends the run with status 1; a slow figure never does.
    """
    if not PEERS.exists():
        sys.exit("omatoimi: the peers are not installed: run make bench, which installs them.")
    # Where topics come and go the client tells much that it gets over by itself.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    whole = not benches and not short
    if folder:
        failed = asyncio.run(compare(benches or IN_TURNS, folder, short=short))
    else:
        failed = asyncio.run(measure(benches or BENCHES, short=short, profile=profile or whole, write=whole))
    if failed:
        sys.exit("omatoimi: " + "\nomatoimi: ".join(failed))


async def measure(names: tuple[str, ...], *, short: bool, profile: bool, write: bool) -> list[str]:
    """Measure the named benches on one platform, each whatever becomes of the others; why some could not be."""
    findings, failed, before, begun = [], [], machine.load(), time.monotonic()
    async with ground(say) as platform:
        run = Run(platform, say, short, profile)
        for name in names:
            say(f"\n{name}")
            try:
                finding: Finding = await import_module(f"tests.load.benches.{name}").bench(run)
            except Exception as error:
                if not isinstance(error, Wrong | Failed | AssertionError):
                    traceback.print_exc()
                failed.append(f"{name}: {error}" if str(error) else f"{name}: {type(error).__name__}")
                finding = Finding(name, name.capitalize(), "It could not be measured in this run.")
            findings.append(finding)
            say(page.of_finding(finding))
        if write:
            say("\ndrawing")
            took = ("the run took", f"{(time.monotonic() - begun) / 60:.0f} minutes")
            await page.write(findings, [*await machine.described(platform, before), took], run.rounds)
            say(f"written: {page.PAGE.relative_to(CHECKOUT)}")
    return failed


async def compare(names: tuple[str, ...], folder: Path, *, short: bool) -> list[str]:
    """Measure the named benches in turns with those of another checkout; why some could not be."""
    failed = []
    async with ground(say) as platform:
        run = Run(platform, say, short)
        for name in names:
            say(f"\n{name}, here beside {folder}")
            try:
                say(await beside.compare(run, name, folder))
            except (Wrong, Failed) as error:
                failed.append(f"{name}: {error}")
    return failed


if __name__ == "__main__":
    main()
