"""Settings come from the environment; what is misspelt or impossible is named at once, and no secret is shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from chassis import Settings
from chassis.settings import in_one_sentence
from pydantic import SecretStr

from tests.kits.process import own_environment


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMATOIMI_KAFAK", "127.0.0.1:9092")
    with pytest.raises(ValueError, match=r"OMATOIMI_KAFAK is no setting of Omatoimi; it has .*OMATOIMI_KAFKA"):
        Settings()


def test_an_impossible_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMATOIMI_PORT", "eighty")
    with pytest.raises(ValueError, match="port"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "OMATOIMI_INSTALLATION",
            "/nowhere.yaml",
            "OMATOIMI_INSTALLATION cannot be used: /nowhere.yaml cannot be read",
        ),
        ("OMATOIMI_PORT", "eighty", "OMATOIMI_PORT cannot be used: input should be a valid integer"),
        ("OMATOIMI_KAFAK", "x", "OMATOIMI_KAFAK is no setting of Omatoimi"),
    ],
)
def test_what_is_wrong_with_the_environment_is_one_sentence_with_the_whole_name_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=r".") as caught:
        Settings()
    told = in_one_sentence(caught.value)
    assert told.startswith(sentence)
    assert "\n" not in told


def test_no_secret_is_shown() -> None:
    settings = Settings(postgres=SecretStr("postgresql://u:hunter2@h/"), kafka_password=SecretStr("hunter3"))
    assert "hunter" not in f"{settings!r} {settings}"


def test_a_service_has_its_own_database_on_a_server_and_the_one_named_in_an_address() -> None:
    server = Settings(postgres=SecretStr("postgresql://u:p@h:5432/"))
    assert server.dsn("gate") == "postgresql://u:p@h:5432/omatoimi_gate"
    assert (
        Settings(postgres=SecretStr("postgresql://h/mine?sslmode=require"))
        .dsn("gate")
        .endswith("/mine?sslmode=require")
    )
    server = Settings(postgres=SecretStr("postgresql://h/?sslmode=require"), database_prefix="x_")
    assert server.dsn("gate") == "postgresql://h/x_gate?sslmode=require"


def test_a_service_that_cannot_be_set_up_ends_with_a_sentence() -> None:
    """And not with a traceback."""
    chassis = Path(__file__).parents[1]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(chassis)]))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.child", "gate", "none", "worker"],
        env=own_environment() | {"OMATOIMI_KAFAK": "x", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1
    assert "OMATOIMI_KAFAK is no setting of Omatoimi" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_topic_has_its_prefix_on_the_broker_alone() -> None:
    settings = Settings(topic_prefix="t1.")
    assert settings.topic("usage.events.v1") == "t1.usage.events.v1"
    assert settings.logical("t1.usage.events.v1") == "usage.events.v1"
