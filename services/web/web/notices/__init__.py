"""Tell yours (ilmoita omasi): a notice in three steps, how one's notices stand, and what becomes of them.

Nothing is kept here: what was typed goes from step to step in the form itself, and the id of the request comes with the
form that sends it, so that one which is sent twice is one notice.
"""

from web.notices.page import pages

__all__ = ["pages"]
