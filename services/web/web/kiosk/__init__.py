"""Kioski: the page of a device that stands in a library (`/kiosk`), for whoever comes by (docs/adr/0027).

What is touched there goes to the services' public HTTP by the key of that library's device channel; the device itself
knows nothing but a cookie.
"""

from web.kiosk.devices import Devices, Keys
from web.kiosk.page import pages

__all__ = ["Devices", "Keys", "pages"]
