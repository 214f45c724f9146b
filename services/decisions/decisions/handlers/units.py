"""Tell whose area a matter is in."""

from collections.abc import Callable, Iterable

UnitOf = Callable[[Iterable[str]], str]
"""The library whose area one of these districts belongs to, or `none`."""
