"""What each guarantee stands on: taken out, the test beside it must fail.

`python -m tests.mutants [word …]` in `services/chassis` tries those whose file or test holds a word (all when none is
given), each on a copy of the package; it prints one line each and ends with 1 when a test did not notice.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "chassis"


class Mutant(NamedTuple):
    """In `file`, `old` (which stands there once) becomes `new`; `test` fails."""

    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    # -- doors
    Mutant(
        "act.py",
        "positions = [position for position in run if fresh[position]]",
        "positions = list(run)",
        "test_doors.py::test_one_request_by_all_doors_at_once_has_one_effect_one_event_and_one_answer",
    ),
    Mutant(
        "act.py",
        "if digest != before_digest:",
        "if False:",
        "test_doors.py::test_the_same_id_with_other_content_changes_nothing_at_any_door",
    ),
    Mutant(
        "inbox.py",
        '"data": data.model_dump(mode="json", by_alias=True)}',
        '"data": data.model_dump(mode="json", by_alias=True), "time": event.time.isoformat()}',
        "test_doors.py::test_what_does_not_change_the_meaning_is_the_same_request",
    ),
    Mutant(
        "http.py",
        "outcome = await inbox.look_up(conn, by.source, id)",
        'outcome = await inbox.look_up(conn, "/helsinki/channels/web", id)',
        "test_doors.py::test_a_channel_is_told_how_its_request_ended_and_no_other_channel_is",
    ),
    Mutant(
        "transaction.py",
        "        if emission.outcome:\n",
        "        if False:\n",
        "test_doors.py::test_a_handler_without_exactly_one_outcome_changes_nothing",
    ),
    Mutant(
        "act.py",
        "if not answer.outcome or",
        "if",
        "test_doors.py::test_a_handler_without_exactly_one_outcome_changes_nothing",
    ),
    Mutant(
        "act.py",
        "if fresh[position] and isinstance(item, Asked) and position not in answered:",
        "if False:",
        "test_doors.py::test_a_handler_without_exactly_one_outcome_changes_nothing",
    ),
    Mutant(
        "outbox.py",
        "if len(value) > MAX_BYTES:",
        "if False:",
        "test_doors.py::test_an_event_that_no_reader_could_take_is_refused_when_it_is_emitted",
    ),
    Mutant(
        "outbox.py",
        "event = event_model(type(fact)).model_validate(attributes)",
        "event = event_model(type(fact)).model_construct(**attributes)",
        "test_doors.py::test_an_event_that_no_reader_could_take_is_refused_when_it_is_emitted",
    ),
    Mutant(
        "http.py",
        "if event.source != by.source:",
        "if False:",
        "test_problems.py::test_only_a_known_channel_asks_and_only_for_what_it_may_in_its_own_name",
    ),
    Mutant(
        "http.py",
        "    if not by.may(event.type):",
        "    if False:",
        "test_problems.py::test_only_a_known_channel_asks_and_only_for_what_it_may_in_its_own_name",
    ),
    Mutant(
        "problem.py",
        "if got > self.limit:",
        "if False:",
        "test_problems.py::test_a_body_over_the_limit_is_refused_whether_it_was_told_or_not",
    ),
    Mutant(
        "problem.py",
        "if begun or not over:\n                begun = True",
        "if True:\n                begun = True",
        "test_problems.py::test_a_body_over_the_limit_is_refused_whether_it_was_told_or_not",
    ),
    Mutant(
        "problem.py",
        "    if not is_own(error):\n        raise error\n",
        "    raise error\n",
        "test_problems.py::test_without_its_database_a_service_asks_to_try_again_and_the_same_request_later_succeeds_once",
    ),
    Mutant(
        "http.py",
        '"data": data.model_dump(by_alias=True),',
        '"data": data.model_dump(mode="json", by_alias=True),',
        "test_problems.py::test_what_readers_would_take_for_different_things_is_refused_as_a_resource_too",
    ),
    # -- locks
    Mutant(
        "locks.py",
        "numbers = sorted({number(ranks, key) for key in keys})",
        "numbers = [number(ranks, key) for key in keys]",
        "test_locks.py::test_batches_and_http_rivals_over_parts_halls_and_quotas_never_deadlock",
    ),
    Mutant(
        "act.py",
        "    await locks.hold(tx.conn, service.locks, keys)\n",
        "",
        "test_locks.py::test_batches_and_http_rivals_over_parts_halls_and_quotas_never_deadlock",
    ),
    Mutant(
        "act.py",
        "    if locking and await",
        "    if keys and await",
        "test_locks.py::test_what_moved_while_we_waited_is_decided_where_it_stands_now[None]",
    ),
    Mutant(
        "act.py",
        "    if locking and await",
        "    if False and await",
        "test_locks.py::test_what_moved_while_we_waited_is_decided_where_it_stands_now[hall]",
    ),
    Mutant(
        "service.py",
        "{int(seconds * 800)}ms",
        "{int(seconds * 1000)}ms",
        "test_locks.py::test_who_waits_for_locks_too_long_is_told_to_try_again_and_is_not_at_fault",
    ),
    Mutant(
        "locks.py",
        "except asyncpg.QueryCanceledError:",
        "except ZeroDivisionError:",
        "test_locks.py::test_who_waits_for_locks_too_long_is_told_to_try_again_and_is_not_at_fault",
    ),
    Mutant(
        "outbox.py",
        "do update set last = s.last + excluded.last",
        "do update set last = s.last + excluded.last + 1",
        "test_locks.py::test_events_of_one_subject_are_counted_from_one_without_gaps_also_when_transactions_fail",
    ),
)


def noticed(mutant: Mutant) -> bool:
    """Whether the test fails on a copy of the package with the guarantee taken out."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chassis"
        shutil.copytree(PACKAGE, copy)
        file = copy / mutant.file
        text = file.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise ValueError(f"{mutant.file} does not hold {mutant.old!r} once")
        file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(HERE / mutant.test)]
        done = subprocess.run(
            command,
            cwd=HERE.parents[2],
            env=os.environ | {"PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stdout + done.stderr)
        return done.returncode == 1


def main(words: list[str]) -> int:
    survived = 0
    for mutant in MUTANTS:
        if words and not any(word in mutant.file or word in mutant.test for word in words):
            continue
        dead = noticed(mutant)
        survived += not dead
        print(
            f"{'noticed' if dead else 'SURVIVED'}\t{mutant.file}\t{mutant.old.strip()[:60]!r}\t{mutant.test}",
            flush=True,
        )
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
