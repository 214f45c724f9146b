"""What runs in a process of its own: `python -m tests.load.programs.<name> '<arguments as JSON>'`.

Each ends with one line of JSON on its output: what it counted.
"""

import json
import sys
from typing import Any


def arguments() -> dict[str, Any]:
    """What the program was asked for."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    return asked


def tell(**counted: Any) -> None:
    """Say what was counted."""
    print(json.dumps(counted), flush=True)
