"""Why parts of the services stand that will not go on by themselves, as their internal port tells it."""

import asyncio

from omatoimi_platform.platform import Say

LOOK_SECONDS = 2.0


def faults(internal: str) -> list[str]:
    """Tell each fault in one sentence; none while nobody answers there."""
    import httpx

    try:
        told: list[str] = httpx.get(f"{internal}/health/ready", timeout=3).json()["faults"]
    except (httpx.HTTPError, ValueError, KeyError):
        return []
    return told


async def tell(internal: str, say: Say) -> None:
    """Say each fault once, for as long as this runs: who was told `ready` would not look for it."""
    told: set[str] = set()
    while True:
        for fault in await asyncio.to_thread(faults, internal):
            if fault not in told:
                told.add(fault)
                say("services", f"a reader stands: {fault}")
        await asyncio.sleep(LOOK_SECONDS)
