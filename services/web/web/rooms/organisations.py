"""The associations that a visitor acts for, by name."""

import asyncio

from web.services import Services
from web.visitors import Visitor

AT_MOST = 20


async def of(services: Services, visitor: Visitor) -> list[tuple[str, str]]:
    """Return the id and the registered name of each; the name is empty where notices tells none."""
    ids = [str(one) for one in visitor.organisations[:AT_MOST]]
    told = await asyncio.gather(*(services.read("notices", f"/v1/organisations/{one}") for one in ids))
    names = [str(one.get("name") or "") if isinstance(one, dict) else "" for one in told]
    return sorted(zip(ids, names, strict=True), key=lambda one: one[1])
