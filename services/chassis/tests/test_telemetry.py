"""What is said again and again in the log is said once, and then how often."""

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from chassis.telemetry import OnceAndHowOften


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def handler(lines: Lines) -> Iterator[OnceAndHowOften]:
    made = OnceAndHowOften(lines)
    yield made
    made.close()


@pytest.fixture
def log(handler: OnceAndHowOften) -> Iterator[logging.Logger]:
    logger = logging.getLogger("omatoimi.tests.telemetry")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_a_warning_that_comes_again_is_told_once_then_how_often_and_then_that_it_is_over(
    log: logging.Logger, handler: OnceAndHowOften, lines: Lines
) -> None:
    for attempt in range(4_000):
        log.error("no broker at %s, attempt %s", "127.0.0.1:9092", attempt)
        log.warning("the relay of %s starts over", ("booking", "notices")[attempt % 2])
    assert lines.told == [
        "no broker at 127.0.0.1:9092, attempt 0",
        "the relay of booking starts over",
        "the relay of notices starts over",
    ]
    handler.count()
    assert lines.told[3:] == [
        "no broker at 127.0.0.1:9092, attempt 3999 (3999 times more in 60 s)",
        "the relay of booking starts over (1999 times more in 60 s)",
        "the relay of notices starts over (1999 times more in 60 s)",
    ]
    log.warning("the relay of booking starts over")
    handler.count()
    assert lines.told[6:] == [
        "no broker at 127.0.0.1:9092, attempt 3999 (not any more for 60 s)",
        "the relay of booking starts over (1 times more in 60 s)",
        "the relay of notices starts over (not any more for 60 s)",
    ]
    log.error("no broker at 127.0.0.1:9092, attempt 1")
    assert lines.told[9:] == ["no broker at 127.0.0.1:9092, attempt 1"]


def test_nothing_that_comes_first_is_lost_and_what_is_no_warning_passes(
    log: logging.Logger, handler: OnceAndHowOften, lines: Lines
) -> None:
    for n in range(3):
        log.info("applied %s", n)
    other = logging.getLogger("omatoimi.tests.telemetry.other")
    for logger in (log, other):
        logger.warning("away")
        logger.error("away")
    handler.count()
    assert lines.told == ["applied 0", "applied 1", "applied 2", *["away"] * 4]
    log.warning("away")
    log.warning("away")
    handler.close()
    assert lines.told[7:] == ["away", "away (1 times more)"]


ENDING = """
import logging
from chassis.telemetry import log_json

class SaidLate:
    def __del__(self):
        logging.getLogger("late").error("a task was never awaited")

log_json()
kept_to_the_end = SaidLate()
"""


def test_a_process_that_warns_while_it_ends_says_so_and_ends() -> None:
    """A thread begun that late never runs, and who waits for its beginning waits for ever."""
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, timeout=120, check=True)
    assert "a task was never awaited" in ended.stderr
