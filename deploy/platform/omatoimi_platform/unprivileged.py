"""The user that PostgreSQL runs as when we are root, which it refuses to be, and where that user may go.

A checkout below `/root`, or in a folder of `mktemp -d`, may be entered by root alone. Then the server's data and a copy
of its programs live in `/var/lib/omatoimi`, and a link in the home leads to the data.
"""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home

NAME = "embedded_postgres"
ELSEWHERE = Path("/var/lib/omatoimi")


def user() -> tuple[int, int]:
    """Return the uid and gid of the user, who is made if missing. Raises PlatformError when that cannot be."""
    import pwd

    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if useradd is None:
            raise PlatformError(
                f"PostgreSQL does not run as root and there is no useradd to make the user {NAME}: "
                "start as a normal user."
            ) from None
        command = [
            useradd,
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            NAME,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        try:
            entry = pwd.getpwnam(NAME)  # another start may have made it at the same moment
        except KeyError:
            raise PlatformError(
                f"PostgreSQL does not run as root and the user {NAME} could not be made "
                f"({done.stderr.strip()}): start as a normal user."
            ) from None
    return entry.pw_uid, entry.pw_gid


def closed_to(folder: Path) -> Path | None:
    """Return the first folder above this one that only its owner may enter, so that the user cannot come here."""
    return next((up for up in reversed(folder.resolve().parents) if not up.stat().st_mode & stat.S_IXOTH), None)


def own_folder(home: Home) -> Path:
    """Return the folder for the server's data that the user can come to: the home's own, else one elsewhere to which
    the home then has a link. Raises PlatformError when the data that a home had are no longer there, or may not be
    entered now."""
    folder, link = home.postgres, home.postgres.is_symlink()
    if link and not folder.exists():
        raise PlatformError(
            f"The data of PostgreSQL were kept in {folder.readlink()}, which is gone: "
            "put it back from a copy, or start afresh with: omatoimi reset"
        )
    if not link and (closed := closed_to(folder)):
        if any(folder.iterdir()):
            raise PlatformError(
                f"PostgreSQL runs as the user {NAME}, who may not enter {closed} and so not the data in {folder}: "
                f"allow it with chmod o+x {closed}, or move the checkout to where it was."
            )
        folder.rmdir()
        folder.symlink_to(_made_elsewhere(home))
    os.chown(folder, *user())
    return folder.resolve()


def _made_elsewhere(home: Home) -> Path:
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)  # whatever the umask says
    # It is named after the home, for who finds it there, and belongs to this one alone.
    return Path(tempfile.mkdtemp(prefix="-".join(home.root.parts[1:])[-100:] + "-", dir=ELSEWHERE))


def programs(package: Path, version: str) -> Path:
    """Return the `embedded_postgres` package at `package`, or a copy of it elsewhere when the user may not come
    there."""
    if not closed_to(package / "pginstall" / "bin" / "postgres"):
        return package
    copy = ELSEWHERE / f"postgresql-{version}"
    if not copy.exists():
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        ELSEWHERE.chmod(0o755)
        # Beside its place and moved there as a whole: a start that is broken off leaves no half a copy in use.
        with tempfile.TemporaryDirectory(dir=ELSEWHERE, prefix="new-", ignore_cleanup_errors=True) as fresh:
            whole = Path(fresh) / "whole"
            # The programs find their libraries in the folder beside the package.
            for folder in (package, package.with_name(f"{package.name}.libs")):
                shutil.copytree(folder, whole / folder.name, ignore=shutil.ignore_patterns("__pycache__", "include"))
            # As root's umask had them, the files may be for root alone.
            for made in (whole, *whole.rglob("*")):
                mode = made.stat().st_mode
                made.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
            try:
                whole.rename(copy)
            except OSError:
                if not copy.exists():  # another start has made it meanwhile
                    raise
    return copy / package.name
