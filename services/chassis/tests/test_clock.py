"""Whoever pauses is woken by what they wait for, by the time, and by being cancelled."""

import asyncio

from chassis.clock import pause


async def test_a_pause_that_is_cancelled_at_the_moment_it_is_told_to_stop_is_cancelled() -> None:
    """A loop that forgot it would turn for ever, and its process would not end."""
    stop = asyncio.Event()
    pausing = asyncio.create_task(pause(3600, stop))
    await asyncio.sleep(0)
    stop.set()
    pausing.cancel()
    await asyncio.wait({pausing})
    assert pausing.cancelled()


async def test_a_pause_ends_when_told_to_stop_and_when_its_time_is_over() -> None:
    stop = asyncio.Event()
    await pause(0, stop)
    pausing = asyncio.create_task(pause(3600, stop))
    await asyncio.sleep(0)
    assert not pausing.done()
    stop.set()
    await pausing
