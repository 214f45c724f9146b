"""What operators watch: prometheus-client metrics of one process, and one JSON log line a batch.

These figures are for the health of the system, never for the report.
"""

import copy
import json
import logging
import re
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Telemetry:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        label = ["service"]
        where = ["service", "topic"]
        self.sent = Counter("omatoimi_relayed_total", "Outbox rows sent", label, registry=self.registry)
        self.applied = Counter("omatoimi_applied_total", "Records applied", where, registry=self.registry)
        self.doubled = Counter("omatoimi_duplicates_total", "Records known already", where, registry=self.registry)
        self.dead = Counter("omatoimi_dead_letters_total", "Records put aside", where, registry=self.registry)
        self.fenced = Counter("omatoimi_fenced_total", "Batches fenced off", where, registry=self.registry)
        self.lost = Counter(
            "omatoimi_lost_unread_total", "Records gone before they were read", where, registry=self.registry
        )
        self.refused = Counter(
            "omatoimi_refused_total",
            "Requests refused for a wrong key, or since too much is asked",
            ["service", "reason"],
            registry=self.registry,
        )
        self.seconds = Histogram("omatoimi_batch_seconds", "Time of a transaction", where, registry=self.registry)
        self.lag = Gauge("omatoimi_lag_records", "Records not applied yet", where, registry=self.registry)
        self.unsent = Gauge("omatoimi_outbox_unsent", "Outbox rows not sent yet", label, registry=self.registry)
        self.oldest = Gauge(
            "omatoimi_outbox_oldest_unsent_seconds", "Age of the oldest unsent row", label, registry=self.registry
        )

    def relayed(self, service: str, count: int) -> None:
        self.sent.labels(service).inc(count)

    def batch(self, service: str, topic: str, *, applied: int, doubled: int, dead: int, seconds: float) -> None:
        self.applied.labels(service, topic).inc(applied)
        self.doubled.labels(service, topic).inc(doubled)
        self.dead.labels(service, topic).inc(dead)
        self.seconds.labels(service, topic).observe(seconds)


class JsonLines(logging.Formatter):
    """One JSON object a line; fields given as `extra={"fields": {...}}` stand beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


REPEATS_SECONDS = 60.0
MOST_WARNINGS = 1_000
"""So many different ones are told apart; what comes beside them is written as it comes."""


@dataclass
class _Said:
    """A warning that was written, the last of its like since, and how often it came without being written."""

    last: logging.LogRecord
    unwritten: int = 0
    repeated: bool = False


class OnceAndHowOften(logging.Handler):
    """Write a warning once, and then each minute how often it came again, and once that it does not any more. A broker
    that is away makes each of its clients say so many times a second, and what else there is to read drowns in it.
    What is no warning, and the first of each kind, passes as it comes: alike are those of one logger, level and wording
    but for the numbers in it."""

    def __init__(self, target: logging.Handler) -> None:
        super().__init__()
        self._target = target
        self._said: dict[tuple[str, int, str], _Said] = {}
        self._timer: threading.Timer | None = None
        self._closed = False

    def emit(self, record: logging.LogRecord) -> None:
        # What is said once the log is closed is said while the process ends: it would wait for ever for a new thread.
        if record.levelno >= logging.WARNING and not self._closed:
            kind = record.name, record.levelno, re.sub(r"\d+", "#", record.getMessage())
            if (said := self._said.get(kind)) is not None:
                said.last, said.unwritten = record, said.unwritten + 1
                return
            if len(self._said) < MOST_WARNINGS:
                self._said[kind] = _Said(record)
                self._count_later()
        self._target.handle(record)

    def count(self) -> None:
        """Write how often each came again since this was called before; what did not is new when it comes next."""
        with self.lock or threading.RLock():
            for kind, said in list(self._said.items()):
                if said.unwritten:
                    self._write(said, f"{said.unwritten} times more in {REPEATS_SECONDS:.0f} s")
                    said.unwritten, said.repeated = 0, True
                else:
                    del self._said[kind]
                    if said.repeated:
                        self._write(said, f"not any more for {REPEATS_SECONDS:.0f} s")
            self._timer = None
            if self._said:
                self._count_later()

    def _write(self, said: _Said, how_often: str) -> None:
        told = copy.copy(said.last)
        told.msg, told.args = f"{said.last.getMessage()} ({how_often})", ()
        self._target.handle(told)

    def _count_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(REPEATS_SECONDS, self.count)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Write what is not written yet; called when the process ends."""
        if self._timer is not None:
            self._timer.cancel()
        for said in self._said.values():
            if said.unwritten:
                self._write(said, f"{said.unwritten} times more")
        self._said.clear()
        self._closed = True
        super().close()


def log_json() -> None:
    """Send the process' log to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[OnceAndHowOften(handler)], force=True)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
