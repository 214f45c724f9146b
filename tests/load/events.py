"""Confirmed bookings as they stand on `booking.events.v1`: the contract's full example, under ids of their own.

Needs nothing but the standard library, so that a peer's environment can import it.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from tests.load.town import PREMISES, premises_of

EXAMPLE = Path(__file__).parents[2] / "contracts" / "examples" / "omatoimi.booking.confirmed.v1" / "full.json"
_ID, _BOOKING = b"01a22bb9-c57b-7ea6-a64a-d0861aee3b8e", b"01a22bb9-c4a0-7001-857c-49888db925f4"


def confirmed(number: int) -> Iterator[tuple[bytes, bytes]]:
    """So many events, each of a booking of its own: key and value."""
    # As the codec writes it: no spaces between its tokens.
    event = b"".join(line.strip() for line in EXAMPLE.read_bytes().splitlines()).replace(b'": ', b'":')
    assert (event.count(_ID), event.count(_BOOKING)) == (1, 2), f"{EXAMPLE} has other ids than these lines know"
    for n in range(number):
        value = event.replace(_ID, str(uuid4()).encode()).replace(_BOOKING, str(uuid4()).encode())
        yield f"helsinki/{premises_of(n % PREMISES)}".encode(), value
