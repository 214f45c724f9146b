"""The domain stands on the language alone, and on the parser of foreign HTML (docs/adr/0014)."""

import ast
import sys
from pathlib import Path

from decisions import domain, gazetteer

ALLOWED = ("decisions.domain", "decisions.gazetteer", "lxml")


def test_the_rules_need_no_database_broker_or_framework_and_read_no_clock() -> None:
    for package in (domain, gazetteer):
        for path in Path(str(package.__file__)).parent.glob("*.py"):
            source = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(source)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for name in names:
                    own = name == "decisions" or name.startswith(ALLOWED)
                    assert own or name.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"
                if isinstance(node, ast.Attribute):
                    assert node.attr not in {"now", "utcnow", "today"}, f"{path.name} reads a clock"
