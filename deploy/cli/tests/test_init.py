"""`omatoimi init` writes a file that can be used as it is, and takes nothing away."""

from datetime import date
from pathlib import Path

import pytest
from chassis import Settings
from chassis.installation import load
from click.testing import CliRunner
from decisions.domain.districts import find, primary
from decisions.tables import gazetteer_of
from omatoimi.commands import init, report
from omatoimi_platform.errors import PlatformError


def test_its_file_can_be_used_as_it_is_and_says_of_each_field_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "our city.yaml"
    done = CliRunner().invoke(init.command, [str(file)])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[1] == f"  OMATOIMI_INSTALLATION='{file}' omatoimi up"
    found = load(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    for field in type(found).model_fields:
        at = next(n for n, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{field}:"))
        assert lines[at - 1].startswith("# "), field
    assert (found.municipality, list(found.libraries), found.pilot) == ("my-city", ["my-library"], None)


def test_decisions_find_the_districts_of_its_tables(tmp_path: Path) -> None:
    CliRunner().invoke(init.command, [str(tmp_path / "city.yaml")])
    gazetteer = gazetteer_of(load(tmp_path / "city.yaml"))
    texts = "Puisto Myllymäessä", "A bench at Mill Hill", "Vanhan sataman laituri", "Fish Market"
    assert [primary(find(gazetteer, text)) for text in texts] == [("02",), ("02",), ("01",), ("01", "02")]


@pytest.mark.parametrize("name", ["city.yaml", "districts.csv", "places.csv"])
def test_a_file_that_is_there_stays_as_it_is_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("ours", encoding="utf-8")
    with pytest.raises(PlatformError, match=r"is there already, and stays as it is: name another file, or remove it\."):
        CliRunner().invoke(init.command, [str(tmp_path / "city.yaml")], catch_exceptions=False)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [(name, "ours")]


def test_the_pilot_that_it_offers_can_be_uncommented(tmp_path: Path) -> None:
    file = tmp_path / "city.yaml"
    CliRunner().invoke(init.command, [str(file)])
    file.write_text(file.read_text(encoding="utf-8").replace("# pilot:", "pilot:"), encoding="utf-8")
    pilot = load(file).pilot
    assert pilot is not None
    assert (pilot.first, pilot.last) == (date(2027, 2, 1), date(2027, 7, 31))


def test_a_report_without_days_is_of_the_pilot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert report.days(None, None, Settings().installation.pilot) is None
    file = tmp_path / "city.yaml"
    CliRunner().invoke(init.command, [str(file)])
    file.write_text(file.read_text(encoding="utf-8").replace("# pilot:", "pilot:"), encoding="utf-8")
    pilot = load(file).pilot
    assert report.days(None, None, pilot) == ("2027-02-01", "2027-08-01")
    assert report.days("2027-03-01", "2027-04-01", pilot) == ("2027-03-01", "2027-04-01")
    assert report.days("2027-03-01", None, pilot) is None
