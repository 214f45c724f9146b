"""`omatoimi follow` where nobody answers."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(params=["closed", "silent"])
def nobody(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address at which nobody listens, or somebody listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if request.param == "silent":
            yield address
            return
    yield address


def test_a_broker_that_does_not_answer_is_told_in_one_sentence_and_ends_the_command(nobody: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "omatoimi.cli", "follow", "booking.events.v1"],
        env=os.environ | {"OMATOIMI_KAFKA": nobody},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence == f"omatoimi: No Apache Kafka answers at {nobody}: see that it runs, or correct OMATOIMI_KAFKA."
