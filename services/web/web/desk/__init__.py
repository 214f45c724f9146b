"""Työpöytä, the desk: what staff, departments and the participation unit do, page by page.

Everything goes through the services' public HTTP in the name of who has signed in: what somebody may see and do is
decided there. A page only leaves out what its reader could not use.
"""

from chassis.installation import Installation
from fastapi import APIRouter, Depends

from web.desk import (
    blocks,
    bookings,
    dead_letters,
    feedback,
    hours,
    kiosks,
    notices,
    organisations,
    people,
    rooms,
    today,
)
from web.desk.shell import for_its_roles
from web.kiosk import Devices
from web.services import Services

__all__ = ["pages"]


def pages(services: Services, installation: Installation, devices: Devices) -> APIRouter:
    """Serve the pages below `/desk`."""
    router = APIRouter(dependencies=[Depends(for_its_roles)])
    router.include_router(today.pages(services, installation, devices))
    for page in (bookings, notices, feedback, hours, blocks, people, dead_letters):
        router.include_router(page.pages(services))
    for page in (rooms, organisations):
        router.include_router(page.pages(services, installation))
    router.include_router(kiosks.pages(services, devices))
    return router
