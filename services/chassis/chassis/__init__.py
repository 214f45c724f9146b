"""What every service stands on, so that a service holds its subject and nothing else.

`Service` says what a service is; `run` runs it, alone or in roles. A handler is a function of an event and a
`Transaction`; before it the chassis has decoded, validated, recognised doubles and taken the locks; after it come the
outbox, the outcomes and the offset.
"""

from chassis.access import Caller, Role
from chassis.act import ask
from chassis.database import Connection
from chassis.due import due
from chassis.http import caller, service_of, takes
from chassis.outbox import TooLarge
from chassis.problem import Problem
from chassis.registry import LockKey, Registry
from chassis.schedule import ScheduledJob, scheduled
from chassis.service import Service
from chassis.settings import Settings
from chassis.transaction import (
    Answer,
    Asked,
    DueRequest,
    Emission,
    Outcome,
    Reject,
    Transaction,
    falls_due,
    follows,
)

__all__ = [
    "Answer",
    "Asked",
    "Caller",
    "Connection",
    "DueRequest",
    "Emission",
    "LockKey",
    "Outcome",
    "Problem",
    "Registry",
    "Reject",
    "Role",
    "ScheduledJob",
    "Service",
    "Settings",
    "TooLarge",
    "Transaction",
    "ask",
    "caller",
    "due",
    "falls_due",
    "follows",
    "scheduled",
    "service_of",
    "takes",
]
