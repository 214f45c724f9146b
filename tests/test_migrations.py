"""Migrations have numbers without a gap, and none changes once it is in main."""

from pathlib import Path

import pytest

from tests import migrations

FOLDER = "services/booking/booking/migrations"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two migrations of one service, both known."""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / migrations.KNOWN).parent.mkdir()
    (tmp_path / migrations.KNOWN).touch()
    for name in ("0001_booking", "0002_persons"):
        (tmp_path / FOLDER / f"{name}.sql").write_text(f"create table {name[5:]} (n int)")
    migrations.add(tmp_path)
    return tmp_path


def test_all_that_there_are_stand_in_their_turn_and_as_they_were_in_main() -> None:
    assert list(migrations.faults(migrations.ROOT)) == []


def test_a_changed_file_a_lost_one_and_a_new_one_are_told_and_what_to_do(tree: Path) -> None:
    assert list(migrations.faults(tree)) == []
    (tree / FOLDER / "0001_booking.sql").write_text("create table booking (n int8)")
    migrations.add(tree)
    (tree / FOLDER / "0002_persons.sql").rename(tree / FOLDER / "0002_people.sql")
    assert list(migrations.faults(tree)) == [
        f"{FOLDER}/0001_booking.sql changed after it was in main: put it back, and write a new file that changes what"
        " it made",
        f"{FOLDER}/0002_people.sql is not known: run python -m tests.migrations --add, and commit"
        " tests/migrations.sha256",
        f"{FOLDER}/0002_persons.sql is gone: databases know it by its name; put it back",
    ]


@pytest.mark.parametrize(("name", "stands"), [("0002_rooms", "0002"), ("0004_rooms", "0004")])
def test_a_number_that_is_taken_or_left_out_is_told(tree: Path, name: str, stands: str) -> None:
    (tree / FOLDER / f"{name}.sql").write_text("create table room (n int)")
    migrations.add(tree)
    assert list(migrations.faults(tree)) == [
        f"{FOLDER}: {stands} stands where 0003 should: number what is not in main yet after what is"
    ]
