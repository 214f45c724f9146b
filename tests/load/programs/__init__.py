"""What runs in a process of its own: `python -m tests.load.programs.<name> '<arguments as JSON>'`.

Each ends with one line of JSON on its output: what it counted.
"""

import gc
import json
import sys
from typing import Any


def arguments() -> dict[str, Any]:
    """What the program was asked for."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    return asked


def collect_rarely() -> None:
    """As the services do once they have started, so that nobody beside them pays for what they do not."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def tell(**counted: Any) -> None:
    """Say what was counted."""
    print(json.dumps(counted), flush=True)
