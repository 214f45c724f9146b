"""The services of an installation, and how each is made."""

from collections.abc import Callable

import analytics.main
import booking.main
import decisions.main
import notices.main
import people.main
from chassis.service import Service
from chassis.settings import Settings

MAKERS: dict[str, Callable[[Settings], Service]] = {
    "booking": booking.main.service,
    "notices": notices.main.service,
    "decisions": decisions.main.service,
    "analytics": analytics.main.service,
    "people": people.main.service,
}
