"""Child processes that are recorded from their first moment to their last, so that none is left and no other is hit."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from omatoimi_platform import home as homes
from omatoimi_platform.home import Home

Say = Callable[[str], None]
"""Called with what a part is doing now, for the person who waits."""

STALLED_SECONDS, STALLED_CPU_SECONDS = 60.0, 2.0
"""A start stalls when for so long it wrote nothing to its log and had less than so much of a processor."""
HOPELESS_CPU_SECONDS = 300.0
"""A start that has had so much of a processor, fifty times what one needs, is going round in circles."""
TELL_SECONDS = 10.0

_ROTATE_AT = 10_000_000  # bytes of a log that a start sets aside


def silent(_doing: str) -> None:
    """Say nothing."""


def identity(pid: int) -> str | None:
    """Return what tells this process from a later one with the same number; None when it has ended (a zombie too)."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _identity_without_proc(pid)
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    # Clock ticks since this boot: unlike a wall-clock time it does not move when the clock is set.
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}/{fields[19]}"


def _identity_without_proc(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.NoSuchProcess:
        return None


def command(pid: int) -> str | None:
    """Return the name of the program that runs under this number; None when none does."""
    import psutil

    try:
        return str(psutil.Process(pid).name()) if identity(pid) else None
    except psutil.NoSuchProcess:
        return None


def children(pid: int) -> list[int]:
    """Return the processes that this one has started and that still run."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def freeze(pid: int) -> None:
    """Send SIGSTOP and return when no thread of the process runs any more, which may be a little later."""
    os.kill(pid, signal.SIGSTOP)
    while any(state not in "TtZX" for state in _thread_states(pid)):
        time.sleep(0.001)


def _thread_states(pid: int) -> Iterator[str]:
    for stat in Path("/proc").glob(f"{pid}/task/*/stat"):
        try:
            yield stat.read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has just ended


def cpu_seconds(pid: int) -> float:
    """Tell how much of a processor a process and those that it has started have had."""
    import psutil

    used = 0.0
    for each in (pid, *children(pid)):
        with contextlib.suppress(psutil.NoSuchProcess):
            used += sum(psutil.Process(each).cpu_times()[:2])
    return used


async def gone(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    known = identity(pid)
    while known and identity(pid) == known:  # noqa: ASYNC110 - the kernel sets no event for it
        await asyncio.sleep(0.01)


class Child:
    """A process that we started. Its output is appended to `log`; `user` is the uid and gid it runs as, if not ours."""

    def __init__(
        self,
        home: Home,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        user: tuple[int, int] | None = None,
        stdin: int = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._home = home
        self._log = log
        if log.exists() and log.stat().st_size > _ROTATE_AT:
            log.replace(log.with_name(log.name + ".1"))
        with log.open("ab") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - the arguments are ours
                arguments,
                stdin=stdin,
                stdout=output,
                stderr=output,
                cwd=cwd,
                # A Ctrl-C at the terminal is for us: we then stop the children in their order.
                start_new_session=True,
                user=user[0] if user else None,
                group=user[1] if user else None,
                extra_groups=[] if user else None,
                pass_fds=pass_fds,
            )
        homes.remember(home, name, (self.pid, identity(self.pid) or ""))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def stdin_fd(self) -> int:
        if self._popen.stdin is None:
            raise ValueError(f"{self.name} was started without a way in")
        return self._popen.stdin.fileno()

    @property
    def code(self) -> int | None:
        """The exit status (minus the signal's number when a signal ended it), None while it runs."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process has ended."""
        self._popen.send_signal(number)

    def freeze(self) -> None:
        """Stop it from running until SIGCONT; nothing happens when the process has ended."""
        if self.code is None:
            freeze(self.pid)

    async def gets_to(self, state: Callable[[], Awaitable[bool]], say: Say) -> bool:
        """Wait until this holds, however slow the machine is, and tell from time to time that we wait; False when the
        process has ended, or gets no further."""
        begun = looked = moved = told = time.monotonic()
        had = cpu = cpu_seconds(self.pid)
        length = self._log.stat().st_size
        while not await state():
            if self.code is not None:
                return False
            await asyncio.sleep(0.03)
            now = time.monotonic()
            if now - looked < 1:
                continue
            looked, cpu_now, length_now = now, cpu_seconds(self.pid), self._log.stat().st_size
            if length_now != length or cpu_now - cpu >= STALLED_CPU_SECONDS:
                moved, length, cpu = now, length_now, cpu_now
            if now - moved > STALLED_SECONDS or cpu_now - had > HOPELESS_CPU_SECONDS:
                return False
            if now - told > TELL_SECONDS:
                told = now
                say(f"still starting after {now - begun:.0f} s ({cpu_now - had:.1f} s of them it had a processor)")
        return True

    async def ended(self, within: float) -> int:
        """Wait for the end and return the exit status. Raises TimeoutError after `within` seconds."""
        deadline = time.monotonic() + within
        while (code := self.code) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} (pid {self.pid}) still runs after {within:.0f} s")
            await asyncio.sleep(0.01)
        homes.remember(self._home, self.name, None)
        return code

    async def end(self, number: signal.Signals, within: float) -> int:
        """Ask it to end with this signal, wait, and end it by force when it does not."""
        self.send(number)
        try:
            return await self.ended(within)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.ended(10)


class KeptServer:
    """A server of a home, which keeps its port from one start to the next. `kills` counts the times it was ended by
    force; `before_kill` is awaited before each."""

    def __init__(self, home: Home, name: str, say: Say) -> None:
        self.kills = 0
        self.before_kill: Callable[[], Awaitable[None]] | None = None
        self.port = homes.port(home, name)
        self._home = home
        self._name = name
        self._say = say
        self._log = home.logs / f"{name}.log"
        self._child: Child | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.code is None

    @property
    def pid(self) -> int:
        return self._started().pid

    def pause(self) -> None:
        """Freeze it (SIGSTOP): its port stays open and nothing answers."""
        self._started().freeze()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._started().send(signal.SIGCONT)

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self._name} was not started")
        return self._child

    async def _count_kill(self) -> None:
        if self.before_kill and self.running:
            await self.before_kill()
        self.kills += 1


async def run(
    home: Home, name: str, arguments: Sequence[str], *, log: Path, cwd: Path, user: tuple[int, int] | None = None
) -> int:
    """Run a command to its end and return its exit status; it ends with us when we are told to stop."""
    child = Child(home, name, arguments, log=log, cwd=cwd, user=user)
    try:
        return await child.ended(within=300)
    except BaseException:
        await child.end(signal.SIGTERM, within=10)
        raise


# Which signal asks a part to end cleanly and soon; PostgreSQL's SIGTERM would wait for its clients.
_ASK = {"postgres": signal.SIGINT}


def stop_leftovers(home: Home, within: float = 30) -> list[str]:
    """Stop what an earlier run started and left behind, and return the names. The home must be held.

    Only a process whose number and identity are both as recorded is touched.
    """
    left = {
        name: (pid, known)
        for name, (pid, known) in homes.load(home).processes.items()
        if pid != os.getpid() and identity(pid) == known
    }
    for name, (pid, _) in left.items():
        # A paused one has to go on to end, and so have PostgreSQL's sessions, for which it waits.
        for each in (pid, *children(pid)):
            _kill(each, signal.SIGCONT)
        _kill(pid, _ASK.get(name, signal.SIGTERM))
    deadline = time.monotonic() + within
    for pid, known in left.values():
        while identity(pid) == known:
            if time.monotonic() > deadline:
                _kill(pid, signal.SIGKILL)
            time.sleep(0.02)
    state = homes.load(home)
    state.processes = {name: process for name, process in state.processes.items() if process[0] == os.getpid()}
    homes.save(home, state)
    return list(left)


def _kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended just now
        os.kill(pid, number)
