"""What operators watch: prometheus-client metrics of one process, and one JSON log line a batch.

These figures are for the health of the system, never for the report.
"""

import json
import logging
import sys
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


def log_json(level: int = logging.INFO) -> None:
    """Send the process' log to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
