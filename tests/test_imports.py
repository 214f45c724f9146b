"""No file imports another in a circle, in no package: whoever reads a file has read what it stands on."""

import sys

import grimp

PACKAGES = (
    "omatoimi_contracts",
    "chassis",
    "booking",
    "notices",
    "decisions",
    "analytics",
    "people",
    "web",
    "omatoimi_platform",
    "omatoimi_example",
    "omatoimi",
)


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """The files that import each other, directly or by way of others, circle by circle (Tarjan)."""
    found: list[list[str]] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        path.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in number:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in path:
                lowest[module] = min(lowest[module], number[imported])
        if lowest[module] == number[module]:
            circle = path[path.index(module) :]
            del path[path.index(module) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * len(graph.modules)))
    for module in sorted(graph.modules):
        if module not in number:
            visit(module)
    return found


def test_no_file_imports_another_in_a_circle_not_even_for_its_types() -> None:
    assert circles(grimp.build_graph(*PACKAGES, cache_dir=None)) == []


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        for module in (importer, imported):
            graph.add_module(module)
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == [["a", "b", "c"]]
