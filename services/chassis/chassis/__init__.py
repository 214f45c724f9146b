"""What every service stands on, so that a service holds its subject and nothing else.

`Service` says what a service is; `run` runs it, alone or in roles. A handler is a function of an event and a
`Transaction`; before it the chassis has decoded, validated, recognised doubles and taken the locks; after it come the
outbox, the outcomes and the offset.
"""

from chassis.access import (
    ANY_STAFF,
    ANYONE,
    DEVICE_OWN,
    DEVICE_THERE,
    DIRECTOR,
    FROM_CHANNEL,
    KEEPERS,
    MINE,
    OF_THEIR_HOUSES,
    OWN,
    PARTICIPATION,
    PUBLIC,
    SERVICES,
    SHOWN,
    STAFF,
    STAFF_CHANNEL,
    Caller,
    May,
    Role,
    Thing,
    houses,
)
from chassis.act import ask
from chassis.database import Connection
from chassis.due import due
from chassis.endpoints import Lang, caller, endpoint, optional_caller, service_of
from chassis.problem import Problem
from chassis.protocols import LockKey
from chassis.registry import Registry
from chassis.schedule import ScheduledJob, scheduled
from chassis.service import Service
from chassis.settings import Settings
from chassis.transaction import (
    Answer,
    DueRequest,
    Emission,
    Outcome,
    Reject,
    Request,
    Resource,
    Transaction,
    by_clock,
    follows,
)

__all__ = [
    "ANYONE",
    "ANY_STAFF",
    "DEVICE_OWN",
    "DEVICE_THERE",
    "DIRECTOR",
    "FROM_CHANNEL",
    "KEEPERS",
    "MINE",
    "OF_THEIR_HOUSES",
    "OWN",
    "PARTICIPATION",
    "PUBLIC",
    "SERVICES",
    "SHOWN",
    "STAFF",
    "STAFF_CHANNEL",
    "Answer",
    "Caller",
    "Connection",
    "DueRequest",
    "Emission",
    "Lang",
    "LockKey",
    "May",
    "Outcome",
    "Problem",
    "Registry",
    "Reject",
    "Request",
    "Resource",
    "Role",
    "ScheduledJob",
    "Service",
    "Settings",
    "Thing",
    "Transaction",
    "ask",
    "by_clock",
    "caller",
    "due",
    "endpoint",
    "follows",
    "houses",
    "optional_caller",
    "scheduled",
    "service_of",
]
