"""Näyttö, the screen on the wall of a library: rooms now and next, today's events, the newest decisions, in turn.

Nobody touches it and nobody has signed in: it says what anybody may know. A room that a person has is only taken.
"""

from web.screen.page import pages

__all__ = ["pages"]
