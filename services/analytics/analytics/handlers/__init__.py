"""What comes in: how the service point is used, and every record of the event topics."""

from analytics.handlers import log as log
from analytics.handlers import usage as usage
from analytics.registry import registry as registry
