"""`omatoimi import` on a whole installation: stored and refused are all there was, and its status says which."""

import json
from pathlib import Path

from decisions.imports import OWN
from omatoimi.installation import RunningInstallation


def test_an_import_with_bad_files_stores_the_good_ones_and_tells_each_bad_one(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    installation.up()
    (tmp_path / "x.json").mkdir()
    (tmp_path / "x.json" / "A.TXT").write_bytes(OWN.read_bytes())
    (tmp_path / "brackets.json").write_text("[" * 500)
    (tmp_path / "half.json").write_text('{"cases": [{"CaseID": "\\ud800"}]}')
    (tmp_path / "long.txt").write_text("x" * 900_001)
    (tmp_path / "other.txt").write_text("no minutes")
    cases = [{"CaseID": f"HEL-2026-9{n:05}", "Title": "Puisto"} for n in range(30)]
    (tmp_path / "good.json").write_text(json.dumps({"Cases": cases}))
    told = installation.command("import", str(tmp_path), status=1)
    assert "35 records and files: 31 stored, 4 refused." in told
    refused = [line.split()[1:3] for line in told.splitlines() if line.startswith("refused")]
    assert sorted((Path(file).name, record) for file, record in refused) == [
        ("brackets.json", "-"),
        ("half.json", "cases[0]"),
        ("long.txt", "long"),
        ("other.txt", "other"),
    ]
    assert "Mend what was refused" in told
    again = installation.command("import", str(tmp_path / "good.json"))
    assert "30 records and files: 30 stored, 0 refused." in again
    assert "/decisions/" in again
    alone = installation.command("import", str(tmp_path / "other.txt"), status=1)
    assert "1 records and files: 0 stored, 1 refused." in alone
