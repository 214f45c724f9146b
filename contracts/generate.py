"""Makes the schemas, the minimal examples, the AsyncAPI document and the topics' constants from the models, the full
examples and `topics/*.yaml`.

python contracts/generate.py            writes them
python contracts/generate.py --check    writes nothing; one sentence for each difference or fault, and exit code 1
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from generation import asyncapi, declared, examples, schemas
from omatoimi_contracts.catalogue import TYPES
from omatoimi_contracts.topic import Topic
from omatoimi_contracts.vocabulary import Fact

HERE = Path(__file__).parent
VERSION = "1.0.0"


def files(topics: tuple[Topic, ...]) -> dict[Path, str]:
    """Return every generated file with its content."""
    made = schemas.schemas()
    shown = examples.shown(HERE / "examples")
    return {
        HERE / "omatoimi_contracts" / "topics.py": declared.python(topics),
        HERE / "asyncapi.yaml": asyncapi.document(topics, made, shown, HERE, VERSION),
        **{
            HERE / "schemas" / f"{type_}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
            for type_, schema in made.items()
        },
        **{
            HERE / "examples" / type_ / "minimal.json": json.dumps(small, indent=2, ensure_ascii=False) + "\n"
            for type_, small in ((type_, parts["minimal"]) for type_, parts in shown.items())
        },
    }


def faults(topics: tuple[Topic, ...]) -> Iterator[str]:
    """Tell what is wrong with topics and models, whatever has been generated: one sentence each."""
    for type_, kind in TYPES.items():
        for where in kind.TOPIC.split(" | "):
            if not any(declared.stands(where, topic.name) for topic in topics):
                yield f"{type_}: there is no topic {where}; mend its TOPIC, or write topics/{where}.yaml"
        yield from schemas.hiding(kind)
    yield from examples.missing(HERE / "examples")
    for type_, schema in schemas.schemas().items():
        fact = issubclass(TYPES[type_], Fact)
        forever = fact and not TYPES[type_].TOPIC.endswith(".documents.v1")
        yield from schemas.bare(type_, schema, forever=forever)
        if not fact:
            yield from schemas.ajar(type_, schema)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    topics = declared.topics(HERE / "topics")
    wanted = files(topics)
    found = {path: path.read_text("utf-8") if path.exists() else None for path in wanted}
    standing = {*(HERE / "schemas").glob("*"), *(HERE / "examples").glob("*/minimal.json")}
    surplus = sorted(standing - wanted.keys())
    sentences = list(faults(topics))
    if arguments:
        stale = [path for path, text in wanted.items() if found[path] != text]
        sentences += [f"{path.relative_to(HERE)} is not current: run contracts/generate.py" for path in stale]
        sentences += [f"{path.relative_to(HERE)} belongs to no type: run contracts/generate.py" for path in surplus]
    else:
        for path in surplus:
            path.unlink()
        for path, text in wanted.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    print(*sentences, sep="\n", end="\n" if sentences else "")
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
