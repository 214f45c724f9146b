"""What keeps a process from running is told in one sentence that says what to do; no traceback, no endless waiting."""

import socket
from pathlib import Path

from tests.alone.place import Surroundings
from tests.kits.platform import Servers
from tests.kits.process import Process, process


async def last_words(ended: Process) -> str:
    """The one sentence with which it ended, with exit code 1."""
    assert await ended.ended() == 1, ended.log
    assert "Traceback" not in ended.log
    (sentence,) = ended.sentence.splitlines()
    return sentence


async def test_a_misspelt_variable_is_named(tmp_path: Path) -> None:
    with process("booking", environment={"OMATOIMI_KAFAK": "127.0.0.1:9092"}, folder=tmp_path) as started:
        assert (await last_words(started)).startswith("OMATOIMI_KAFAK is no setting of Omatoimi; it has ")


async def test_a_value_that_is_none_is_named_with_its_variable(tmp_path: Path) -> None:
    with process("booking", environment={"OMATOIMI_POOL_SIZE": "many"}, folder=tmp_path) as started:
        assert "OMATOIMI_POOL_SIZE" in await last_words(started)


async def test_a_taken_port_is_named(place: Surroundings) -> None:
    await place.create_database("booking")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with place.run("booking", "api", port=port) as started:
            sentence = await last_words(started)
        assert sentence.startswith(f"port {port} of 127.0.0.1 cannot be used")
        assert "OMATOIMI_PORT" in sentence
        with place.run("booking", "relay", OMATOIMI_INTERNAL_PORT=str(port)) as started:
            sentence = await last_words(started)
        assert sentence.startswith(f"port {port} of 127.0.0.1 cannot be used")
        assert "OMATOIMI_INTERNAL_PORT" in sentence


async def test_a_missing_topic_is_named_by_each_role_that_needs_it(place: Surroundings) -> None:
    await place.create_database("decisions")
    for roles in ((), ("relay",)):
        with place.run("decisions", *roles, OMATOIMI_TOPIC_PREFIX="nowhere.") as started:
            sentence = await last_words(started)
        assert sentence.startswith("the topic nowhere.")
        assert "is not on the broker" in sentence


async def test_a_missing_database_is_named(platform: Servers, tmp_path: Path) -> None:
    environment = {"OMATOIMI_POSTGRES": platform.postgres, "OMATOIMI_DATABASE_PREFIX": "nowhere_"}
    with process("booking", environment=environment, folder=tmp_path) as started:
        assert "nowhere_booking" in await last_words(started)
