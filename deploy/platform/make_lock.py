"""Write kafka.lock anew, once per upgrade of Apache Kafka: `.venv/bin/python deploy/platform/make_lock.py`.

jgo resolves what Kafka needs and knows the repository. Kafka's own tools and the binding of its log are named
with `!`: without it each would bring its own wishes for the versions of all others (the binding alone turned
kafka-clients 4.4 into 3.9). Of what these two would add, Kafka runs without everything but themselves.
"""

import tempfile
from pathlib import Path

import jgo

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
ALONE = ["org.apache.kafka:kafka-tools:4.4.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"]


def main() -> None:
    lines = set()
    with tempfile.TemporaryDirectory() as cache:
        for wanted in (KAFKA, *ALONE):
            alone = wanted in ALONE
            resolved = jgo.build(f"{wanted}!" if alone else wanted, cache_dir=Path(cache)).lockfile
            for jar in resolved.dependencies if resolved else ():
                if not alone or wanted == f"{jar.groupId}:{jar.artifactId}:{jar.version}":
                    lines.add(f"{jar.groupId}:{jar.artifactId}:{jar.version} {jar.sha256}")
    Path(__file__).with_name("kafka.lock").write_text("".join(f"{line}\n" for line in sorted(lines)))
    print(f"{len(lines)} jars pinned")


if __name__ == "__main__":
    main()
