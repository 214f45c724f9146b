"""Kokeile, "try it": book a room, be refused, take what is free instead, see each event arrive and the figures rise.

Every step is a plain form. The page posts it through booking's own HTTP as the installation's web channel, whose
key never leaves the server; so only forms of this very page are taken. Nothing is kept: where somebody stands in the
trial is in the address, as the ids of their requests, and how these ended is asked of the services.
"""

from web.trial.page import pages

__all__ = ["pages"]
