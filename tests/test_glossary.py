"""The glossary names what there is, and names all that services get from the chassis."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import chassis
import pytest

GLOSSARY = Path(__file__).parents[1] / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| term ")
]


def there(name: str) -> object:
    """Import a module, or take an attribute of one, however deep. Raises ImportError when there is none."""
    module, _, rest = name.partition(".")
    found: object = import_module(module)
    for part in rest.split(".") if rest else ():
        module += f".{part}"
        if isinstance(found, type) and part in getattr(found, "__annotations__", {}):
            found = found.__annotations__[part]
        elif hasattr(found, part):
            found = getattr(found, part)
        else:
            found = import_module(module)
    return found


@pytest.mark.parametrize("name", [name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[1])])
def test_what_the_glossary_names_is_there(name: str) -> None:
    there(name)


def test_a_term_has_one_line_with_its_name_in_both_languages() -> None:
    terms = [row[0] for row in ROWS]
    assert len(terms) == len(set(terms)) >= 40
    assert [row for row in ROWS if len(row) != 5 or not all(row)] == []


def test_every_class_that_services_get_from_the_chassis_has_its_line() -> None:
    named = {there(name) for row in ROWS for name in re.findall(r"`([\w.]+)`", row[1])}
    classes = {name: one for name in chassis.__all__ if inspect.isclass(one := getattr(chassis, name))}
    assert [name for name, one in classes.items() if one not in named] == []
