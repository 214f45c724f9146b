"""Makes what is derived from the models and the topics, or with `--check` tells what is not current.

python contracts/generate.py [--check]
"""

import sys
from pathlib import Path

from generation import declared

HERE = Path(__file__).parent


def files() -> dict[Path, str]:
    """Every generated file with its content."""
    topics = declared.topics(HERE / "topics")
    return {HERE / "omatoimi_contracts" / "topics.py": declared.python(topics)}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = {path: text for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        if arguments:
            print(f"{path.relative_to(HERE)} is not current: run contracts/generate.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
