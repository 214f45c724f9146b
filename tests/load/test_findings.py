"""What a run tells of its own numbers: medians, ratios, goals, and where the time went."""

import os
import subprocess
import sys

import pytest

from tests.load import beside, page, program
from tests.load.findings import Finding, Goal, MeasuredFigure, Profile, Wrong, check, ratio
from tests.load.profiling import own_time


def test_a_ratio_is_taken_within_each_round() -> None:
    # The second round was disturbed, for both alike.
    ours, theirs = MeasuredFigure("ours", "/s", [100, 10, 120]), MeasuredFigure("theirs", "/s", [10, 1, 10])
    assert ratio("both", ours, theirs).values == [10, 10, 12]


def test_two_checkouts_are_compared_round_by_round_in_what_both_count() -> None:
    there = {("8 clients", "rate"): [100.0, 10.0, 120.0], ("8 clients", "gone"): [1.0, 1.0, 1.0]}
    here = {("8 clients", "rate"): [90.0, 9.0, 60.0], ("8 clients", "new"): [1.0, 1.0, 1.0]}
    assert list(beside.rows(there, here)) == [("8 clients", "rate", "100", "60.0", "0.90", "0.50–0.90")]


def test_what_a_process_held_of_a_core_counts_when_it_has_ended() -> None:
    before = sum(beside.held(os.getpid()).values())
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    assert sum(beside.held(os.getpid()).values()) - before >= 0.25  # told in hundredths


def test_a_goal_is_reached_by_the_median() -> None:
    assert MeasuredFigure("rate", "/s", [1, 900, 2000], Goal(700)).reached is True
    assert MeasuredFigure("rate", "/s", [1, 600, 2000], Goal(700)).reached is False
    assert MeasuredFigure("p99", "ms", [49, 51, 40], Goal(50, below=True)).reached is True
    assert MeasuredFigure("p99", "ms", [50], Goal(50, below=True)).reached is False
    assert MeasuredFigure("rate", "/s", [1]).reached is None


def test_the_page_begins_with_the_ratios_and_says_which_goal_was_missed() -> None:
    slow, quick = MeasuredFigure("slow", "/s", [1200.4], Goal(2000)), MeasuredFigure("quick", "/s", [15.0])
    finding = Finding("a", "A bench", "How.", ratios=[ratio("a | b", quick, slow)], figures=[slow, quick])
    told = page.of_run([finding], [("machine", "two cores")], 3)
    assert told.index("## Ratios") < told.index("## Goals in figures") < told.index("## A bench")
    assert "| slow | 1,200 /s |  | ≥ 2,000 | missed |" in told
    assert "| a \\| b | 0.01 × |" in told
    assert "in 3 rounds" in told


def test_a_profile_counts_own_time_by_function_whatever_called_it_and_at_whatever_line() -> None:
    stacks = (
        "main (a.py:1);read (omatoimi_contracts/codec.py:40) 2\n"
        "main (a.py:1);handle (a.py:7);read (omatoimi_contracts/codec.py:42) 1\n"
        "main (a.py:1);execute (asyncpg/connection.py:351) 1\n"
    )
    assert own_time(stacks) == [(75, "`read` omatoimi_contracts/codec.py"), (25, "`execute` asyncpg/connection.py")]
    finding = Finding("a", "A bench", "How.", profiles={"it": Profile(40, own_time(stacks))})
    assert "| 75.0 % | `read` omatoimi_contracts/codec.py |" in page.of_finding(finding)


def test_what_was_counted_wrong_is_no_figure() -> None:
    with pytest.raises(Wrong, match="3 of 4"):
        check(False, "3 of 4 are there")
    check(True, "all are there")


async def test_a_program_that_ends_without_counting_is_told_with_what_it_said() -> None:
    with pytest.raises(program.Failed, match="raw_reader ended with 1: KeyError"):
        await program.run("raw_reader", {})


async def test_a_program_that_does_not_end_is_ended_and_told() -> None:
    with pytest.raises(program.Failed, match="raw_reader had not ended after 0 s"):
        await program.run("raw_reader", {}, within=0)
