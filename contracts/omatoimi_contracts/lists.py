"""What the open lists of the contract hold, for forms that offer their codes and addresses that name some."""

from typing import Any, get_args

from pydantic import AfterValidator
from pydantic.fields import FieldInfo


def known(code: Any) -> tuple[str, ...]:
    """Return the known values of an open list, such as `CancelReason`."""
    (told,) = (one for one in get_args(code) if isinstance(one, FieldInfo))
    extra = told.json_schema_extra
    assert isinstance(extra, dict)
    values = extra["x-known-values"]
    assert isinstance(values, list)
    return tuple(map(str, values))


def of_list(code: Any) -> AfterValidator:
    """Refuse a code that an open list has not, also where no context tells that it is asked for: in an address."""
    there = known(code)

    def check(value: str) -> str:
        if value not in there:
            raise ValueError(f"there is no {value[:40]!r} in this list; there are {', '.join(there)}")
        return value

    return AfterValidator(check)
