"""Parse foreign records in a process beside, never in the loop that books, and before a transaction is open."""

import logging
import signal
from types import FrameType

from anyio import BrokenWorkerProcess, to_process
from chassis.installation import Installation
from omatoimi_contracts.requests import RecordRequested

from decisions.reading import SentRecord, read, refused

log = logging.getLogger("omatoimi")

CPU_SECONDS = 20
"""What one record may take; the dearest that was made up, of 1 MB, takes 2. Counted on the processor: however busy the
machine is, no record is refused for it."""


async def parse(asked: RecordRequested, installation: Installation) -> SentRecord:
    """Read a record that is to be taken in. One that takes too long, or ends the process that reads it each time, is
    refused with that reason."""
    # As many processes may lie idle as may work at once, each ended by somebody else without our knowing it: so often
    # the record was not even begun. Two that were started for it remain.
    tries = int(to_process.current_default_process_limiter().total_tokens) + 2
    for _ in range(tries):
        try:
            return await to_process.run_sync(_read_in_time, asked, installation, cancellable=True)
        except BrokenWorkerProcess:
            log.warning("the process that parses records of decisions ended; another one is started")
    return refused(asked, "too-long", "each process that read it ended")


class _Overlong(BaseException):
    """Not to be caught by whatever is at work when it comes."""


def _read_in_time(asked: RecordRequested, installation: Installation) -> SentRecord:
    def end(_: int, __: FrameType | None) -> None:
        raise _Overlong

    signal.signal(signal.SIGPROF, end)
    try:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            return read(asked, installation)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Overlong:
        return refused(asked, "too-long", f"reading it took more than {CPU_SECONDS} s")
