"""Say something about a case (palaute): the form, and how what was said stands.

The id of the request comes with the form, so that one that is sent twice says it once. The words go to decisions and
stay there.
"""

from web.comments.page import pages

__all__ = ["pages"]
