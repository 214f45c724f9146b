"""An association (yhdistys) as those see it who act for it: its proof, its members' rights, its bookings and its
notices."""

from web.associations.page import pages

__all__ = ["pages"]
