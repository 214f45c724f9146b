"""The generator and the gate are scripts beside the package: found here as Python finds them when they are run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
