"""What residents and staff ask of booking."""

from tests.exchanges.town import ConnectedServices

TOLD = "booking.events.v1"


async def book(town: ConnectedServices, slot: dict[str, str], **more: str) -> str:
    """The club room for an event; the booking."""
    body = {"space": "kerhohuone", "slot": slot, "opentopublic": True, "purpose": "event", **more}
    answer = await town["booking"].endpoints.web.post("/v1/bookings", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resource"]["booking"])


async def move(town: ConnectedServices, booking: str, slot: dict[str, str]) -> None:
    answer = await town["booking"].endpoints.web.post("/v1/moves", {"booking": booking, "slot": slot})
    assert answer.status_code == 200, answer.text


async def cancel(town: ConnectedServices, booking: str) -> None:
    answer = await town["booking"].endpoints.web.post("/v1/cancellations", {"booking": booking, "reason": "illness"})
    assert answer.status_code == 200, answer.text
