"""What a person is told when something outside the program is wrong."""

import errno
import shutil
from pathlib import Path


class PlatformError(Exception):
    """One sentence for the person at the keyboard: what is wrong, and what to do about it."""


def from_os_error(error: OSError, where: Path) -> PlatformError:
    """Return the sentence for an error of the operating system that happened while working under `where`."""
    place = error.filename or where
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return disk_full(where)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return PlatformError(
                f"{place} may not be written by this user: change its owner, or name your own folder in OMATOIMI_HOME."
            )
        case _:
            return PlatformError(f"{place}: {error.strerror or error}.")


def disk_full(where: Path) -> PlatformError:
    """Return the sentence for a disk without space."""
    return PlatformError(
        f"The disk that holds {where} is full: free some space and start again, nothing that was confirmed is lost."
    )


def from_log(name: str, log: Path, data: Path, code: int | None, port: int) -> PlatformError:
    """Return the sentence for a server that ended by itself, from the end of its log.

    `code` is its exit status, None when it still ran but did not answer in time.
    """
    lines = _tail(log).splitlines()
    text = "\n".join(lines)
    # On a full disk the log may be what could not be written.
    if "No space left on device" in text or shutil.disk_usage(log.parent).free < 1_000_000:
        return disk_full(data)
    if "Address already in use" in text:
        return PlatformError(f"Port {port}, which {name} wanted, was taken by another program just now: start again.")
    if "Failed to acquire lock on file" in text or 'lock file "postmaster.pid"' in text:
        return PlatformError(f"Another {name} works on {data}: end that program, then start again.")
    if code is None:
        return PlatformError(
            f"{name} did not answer in time; {log} tells what it was doing. Start again when it is idle."
        )
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "Exception"))]
    last = (telling or lines or ["it said nothing"])[-1].strip()
    return PlatformError(
        f"{name} ended (status {code}) saying: {last} — nothing in {data} was deleted; {log} has the rest. "
        "Put the folder back from a copy, or start afresh with: omatoimi reset"
    )


def damaged(name: str, data: Path, what: str) -> PlatformError:
    """Return the sentence for a data folder that its server could not use."""
    return PlatformError(
        f"{name}'s data folder {data} is damaged ({what}). Nothing in it was touched: "
        "put it back from a copy, or start afresh with: omatoimi reset"
    )


def last_line(log: Path) -> str:
    """Return the last line of a log, or what stands for it when there is none."""
    return (_tail(log).splitlines() or ["nothing"])[-1].strip()


def _tail(path: Path, size: int = 16_384) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
