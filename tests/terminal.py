"""A terminal into which boxes of a README are pasted, one after another, as somebody would who follows it."""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

import psutil

MARK = "-- pasted --"
SECONDS = 300
"""How long a box may take; what is slower has hung."""


def boxes(readme: Path) -> list[str]:
    """The boxes with shell commands, as they stand there."""
    return re.findall(r"^```sh\n(.*?)^```$", readme.read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Terminal:
    """A shell in a folder; what is set in one box is there in the next."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._signal_children(signal.SIGKILL)
        self._shell.kill()
        self._shell.communicate()

    def paste(self, box: str, *, until: str | None = None) -> str:
        """What a box printed. With `until`, Ctrl-C is pressed once that has been printed."""
        assert self._shell.stdin is not None
        # In braces, so that no program reads the next box from the shell's own input.
        self._shell.stdin.write(f"{{\n{box}\n}} </dev/null\nprintf '\\n{MARK}\\n'\n".encode())
        self._shell.stdin.flush()
        before = ""
        if until is not None:
            before = self._read(until)
            self._signal_children(signal.SIGINT)
        return before + self._read(f"\n{MARK}\n").removesuffix(f"\n{MARK}\n")

    def _signal_children(self, number: signal.Signals) -> None:
        for child in psutil.Process(self._shell.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                child.send_signal(number)

    def _read(self, until: str) -> str:
        assert self._shell.stdout is not None
        printed, deadline = b"", time.monotonic() + SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while until.encode() not in printed:
                ready = selector.select(deadline - time.monotonic())
                piece = os.read(self._shell.stdout.fileno(), 65_536) if ready else b""
                if not piece:
                    raise AssertionError(f"{until!r} was not printed: {printed.decode(errors='replace')[-2000:]}")
                printed += piece
        return printed.decode()
