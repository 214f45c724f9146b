"""How far long work is, for the person who waits."""

import sys
from collections.abc import Callable


def telling(what: str) -> Callable[[int, int], None]:
    """Return what tells how many of how many are done; on a terminal in one line."""

    def tell(done: int, total: int) -> None:
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done} of {total} {what}", end=end, file=sys.stderr, flush=True)

    return tell
