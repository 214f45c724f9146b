"""Somebody who has the folder `contracts/` and nothing else: the proof of the contract."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "contracts"


@dataclass(frozen=True)
class Subscriber:
    """The folder alone, in an environment with what its README names."""

    folder: Path

    def command(self, bootstrap: str, topic: str, *options: str) -> list[str]:
        return ["venv/bin/python", "clients/follow.py", "--bootstrap", bootstrap, "--topic", topic, *options]

    def follow(self, bootstrap: str, topic: str, *options: str) -> str:
        """What the client printed."""
        run = subprocess.run(
            self.command(bootstrap, topic, *options),
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def alone(folder: Path) -> Subscriber:
    """Copy the contract alone to `folder`, which must not be there yet, and set it up as its README tells."""
    shutil.copytree(
        CONTRACTS, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "omatoimi_contracts", "tests")
    )
    readme = (folder / "README.md").read_text("utf-8")
    blocks = re.findall(r"^## Subscribe.*?^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    steps = [line for line in blocks[0].splitlines() if "venv" in line and "follow.py" not in line]
    assert len(steps) == 2
    for step in steps:
        command = step.replace("python3 ", f"{sys.executable} ", 1)
        subprocess.run(command, shell=True, cwd=folder, env=environment(), check=True, capture_output=True)
    return Subscriber(folder)
