"""docs/benchmarks.md: what one run found, ratios first. No figure on it is written by hand."""

from collections.abc import Iterable, Sequence

from omatoimi_platform.home import CHECKOUT

from tests.load import program
from tests.load.findings import Finding, MeasuredFigure, Profile, told

PAGE = CHECKOUT / "docs" / "benchmarks.md"
PICTURES = PAGE.parent / "benchmarks"

HEAD = """
How fast the foundation is, beside what else could be taken: measured in one run, everybody in turn, in {rounds} rounds,
with the processes as they serve. `make bench` made this page; [what was changed because of the profiles, before and
after](benchmarks/changes.md), is kept by hand. A figure is the median of its rounds, with the least and the most beside
it; a ratio is taken within each round, so that what disturbs the machine disturbs both. Everything runs on one machine:
clients, services, Apache Kafka and PostgreSQL share its cores.
"""
RATIOS = ("what", "ratio", "least–most", "goal", "")
FIGURES = ("what", "figure", "least–most", "goal", "")


async def write(findings: Sequence[Finding], machine: Sequence[tuple[str, str]], rounds: int) -> None:
    """Write the page and its pictures."""
    PICTURES.mkdir(exist_ok=True)
    charts = [
        {
            "file": str(PICTURES / f"{finding.name}.svg"),
            "title": finding.picture or f"{finding.title}, a second",
            "ours": [[bar.what, told(bar.median)] for bar in finding.bars],
            "peers": [[bar.what, told(bar.median)] for bar in finding.peers],
        }
        for finding in findings
        if finding.bars
    ]
    await program.run("drawing", {"charts": charts}, peer=True)
    PAGE.write_text(of_run(findings, machine, rounds), "utf-8")


def of_run(findings: Sequence[Finding], machine: Sequence[tuple[str, str]], rounds: int) -> str:
    """The whole page."""
    goals = [figure for finding in findings for figure in finding.figures if figure.goal]
    parts = [
        "# Benchmarks",
        HEAD.format(rounds=rounds),
        "## Ratios",
        table(RATIOS, (_row(ratio) for finding in findings for ratio in finding.ratios)),
        "## Goals in figures",
        table(FIGURES, map(_row, goals)),
        "## The machine",
        table(("what", "which"), machine),
        *(f"## {finding.title}\n\n{of_finding(finding, picture=True)}" for finding in findings),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def of_finding(finding: Finding, *, picture: bool = False) -> str:
    """One bench in Markdown."""
    parts = [finding.setting]
    if picture and finding.bars:
        parts.append(f"![{finding.title}](benchmarks/{finding.name}.svg)")
    parts.append(table(FIGURES, map(_row, (*finding.ratios, *finding.figures))))
    if finding.table:
        parts.append(table(finding.table[0], finding.table[1:]))
    parts += [_of_profile(what, profile) for what, profile in finding.profiles.items()]
    return "\n\n".join(part.strip() for part in parts)


def _of_profile(what: str, profile: Profile) -> str:
    waits = f"It held a core for {profile.ran:.0f} % of the time; in the rest it waited for others."
    rows = [(f"{share:.1f} %", function) for share, function in profile.own]
    return f"Where the time of {what} goes, by functions' own time.\n{waits}\n\n{table(('own time', 'function'), rows)}"


def _row(figure: MeasuredFigure) -> tuple[str, str, str, str, str]:
    reached = {None: "", True: "reached", False: "missed"}[figure.reached]
    goal = str(figure.goal) if figure.goal else ""
    return figure.what, f"{told(figure.median)} {figure.unit}".strip(), figure.spread, goal, reached


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
