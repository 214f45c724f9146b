"""What is held of a person as a tree of keys and values, as the city's interface of personal data has it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

TreeNode = dict[str, Any]


def node(key: str, held: Any) -> TreeNode:
    """Return what stands under a key: of an object its fields, of a list one child for each, of anything else its
    text."""
    key = key.upper().replace("-", "_")
    if is_dataclass(held):
        held = {field.name: getattr(held, field.name) for field in fields(held)}
    if isinstance(held, Mapping):
        return {"key": key, "children": [node(name, one) for name, one in held.items() if one is not None]}
    if isinstance(held, list | tuple):
        return {"key": key, "children": [node(_one_of(key), one) for one in held]}
    return {"key": key, "value": held.isoformat() if hasattr(held, "isoformat") else str(held)}


def _one_of(key: str) -> str:
    return key.removesuffix("S")
