"""Rights that only people gives: to whoever has signed in."""

from collections.abc import Sequence
from typing import Any

from chassis import Caller, Connection, May, Request, Thing
from chassis.access import EVERY_ROLE, Grant

NOBODYS = Thing(None, "none")


def _signed_in(by: Caller | None, _: Thing) -> bool:
    return by is not None and by.person is not None


SIGNED_IN = May((Grant("signed in", EVERY_ROLE, persons=True),))
"""Whoever has signed in, on what is their own."""
SECRETARY = May((Grant("its secretary", EVERY_ROLE, _signed_in, persons=True),))
"""A secretary of the organisation that it is about. Who that is at this moment is for the handler to look up."""


async def their_own(_: Connection, requests: Sequence[Request[Any]]) -> Sequence[Thing]:
    """Tell what a request is about that names nothing: whoever asks."""
    return [NOBODYS] * len(requests)
