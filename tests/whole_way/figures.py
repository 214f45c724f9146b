"""The figures of a city's report: as the installation tells them, and as they follow by hand from what was done."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.at_rest import at_rest
from tests.whole_way.conftest import Lived

LEAVES = 9
"""a, b, c, d, e, f, the two halves of the hall, and the school's classroom."""


def expected(lived: Lived) -> dict[str, dict[str, Any]]:
    """All fourteen, written here by hand from what the scenarios send."""
    city, now = lived.system.city, lived.system.now
    tomorrow, later = lived.system.day(1), lived.system.day(3)
    # A space is there to be used from the day it was registered; one was blocked for an hour.
    available = LEAVES * city.minutes_of(lived.system.today, lived.after) - 60
    confirmed = [
        (now, 60),  # the association
        (now, 120),  # as a CloudEvent
        (city.local(tomorrow, 14), 90),  # over Kafka, and moved
        (now, 60),  # served later
        (now + timedelta(hours=3), 60),  # given back late
        (city.local(later, 10), 60),  # cancelled by the house
        (now, 60),  # the public event
        (now, 60),  # another department
        (city.local(tomorrow, 18), 60),  # the hearing
    ]
    standing = 60 + 120 + 90 + 60 + 2 * 60 + 60 + 60 + 60
    attempts = len(confirmed) + 1 + 1 + lived.early  # the programme, and the session that was never served
    attended = 60 + 60 + 2 * 60 + 60 + 60
    return {
        "M01": {
            "numerator": sum(city.days_touched(*one) for one in confirmed),
            "programmes": city.days_touched(now, 60),
            "moved": 1,
        },
        "M02": {"numerator": standing, "denominator": available},
        "M03": {"numerator": attended + 30 + 120, "denominator": available, "unattended": 120},
        "M06": {"numerator": 1, "denominator": len(confirmed) + 1, "late": 1, "house": 1},
        "M10": {"numerator": 1, "denominator": attempts, "served-later": 1},
        "M12": {"numerator": 1},
        "M14": {"numerator": 42, "days": 1, "missing": 0},
        "M15": {"numerator": attended - 60, "denominator": attended},
        "M17": {"done": 1, "open": 0},
        "M27": {"numerator": 1, "submitted": 1},
        "M32": {"numerator": 1, "denominator": lived.of_the_area},
        "M37": {"numerator": 1, "denominator": 1, "received": 1},
        "M39": {"numerator": 2, "bookings": 2},
    }


async def figures(lived: Lived, **more: str) -> dict[str, dict[str, Any]]:
    """The figures as the endpoint tells them, by metric: value, numerator, denominator and the counts beside. Persons
    are told of by whole months."""
    first = lived.counted.replace(day=1)
    month = {"from": f"{first}", "to": f"{(first + timedelta(days=32)).replace(day=1)}"}
    found: dict[str, dict[str, Any]] = {}
    for period in ({}, month):
        answer = await lived.endpoints.http.get(
            f"{lived.endpoints.url}/analytics/v1/figures", params={**lived.query(), **period, **more}
        )
        assert answer.status_code == 200, answer.text
        told = {one["metric"]: {**one["whole"], **one["whole"]["parts"]} for one in answer.json()["figures"]}
        found = {**told, **found, "M14": told["M14"]}
    return found


async def settled(lived: Lived) -> None:
    """Wait until all that was done has arrived."""
    await at_rest(await asyncio.to_thread(lived.installation.status))


async def told_position(lived: Lived) -> str:
    """The log position that the figures are known at now, as text."""
    answer = await lived.endpoints.http.get(f"{lived.endpoints.url}/analytics/v1/figures", params=lived.query())
    return str(answer.json()["position"])


def differences(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Where the figures are not what they must be: what was found and what was expected."""
    return {
        f"{metric} {name}": (found[metric].get(name), number)
        for metric, numbers in expected.items()
        for name, number in numbers.items()
        if found[metric].get(name) != number
    }
