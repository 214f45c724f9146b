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
        "test_locks.py::test_who_waits_in_line_too_long_is_told_to_try_again_and_is_not_at_fault",
    ),
    Mutant(
        "locks.py",
        "except asyncpg.QueryCanceledError:",
        "except ZeroDivisionError:",
        "test_locks.py::test_who_waits_in_line_too_long_is_told_to_try_again_and_is_not_at_fault",
    ),
    Mutant(
        "outbox.py",
        "do update set last = s.last + excluded.last",
        "do update set last = s.last + excluded.last + 1",
        "test_locks.py::test_events_of_one_subject_are_counted_from_one_without_gaps_also_when_transactions_fail",
    ),
    # -- relay
    Mutant(
        "relay.py",
        'await self.mark(conn, [row["seq"] for row in rows[:failed]])',
        'await self.mark(conn, [row["seq"] for row in rows])',
        "test_relay.py::test_from_the_first_row_that_fails_nothing_is_marked_and_nothing_sent",
    ),
    Mutant(
        "relay.py",
        'await self.mark(conn, [row["seq"] for row in rows[:failed]])',
        'await self.mark(conn, [row["seq"] for row in rows])',
        "test_relay.py::test_a_send_that_fails_on_its_way_leaves_itself_and_what_follows_unmarked",
    ),
    Mutant(
        "relay.py",
        "        except Exception as failure:\n            error = failure\n",
        "        except ZeroDivisionError as failure:\n            error = failure\n",
        "test_relay.py::test_from_the_first_row_that_fails_nothing_is_marked_and_nothing_sent",
    ),
    Mutant(
        "relay.py",
        "where published_at is null order by seq limit $1",
        "where published_at is null order by seq desc limit $1",
        "test_relay.py::test_a_relay_killed_between_send_and_mark_loses_nothing_and_moves_nothing",
    ),
    Mutant(
        "relay.py",
        "        rows = await conn.fetch(UNSENT, BATCH)\n",
        '        rows = await conn.fetch(UNSENT, BATCH)\n        await self.mark(conn, [row["seq"] for row in rows])\n',
        "test_relay.py::test_a_relay_killed_between_send_and_mark_loses_nothing_and_moves_nothing",
    ),
    Mutant(
        "relay.py",
        'while not await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):',
        "while False:",
        "test_relay.py::test_of_two_relays_one_sends_and_the_other_takes_over_when_it_is_killed",
    ),
    Mutant(
        "relay.py",
        "            work.cancel()\n",
        "",
        "test_relay.py::test_a_relay_told_to_stop_does_not_wait_for_a_dead_kafka",
    ),
    # -- documents
    Mutant(
        "relay.py",
        "        await self._send_recent_documents(conn, producer)\n        late:",
        "        late:",
        "test_documents.py::test_after_a_kill_a_takeover_and_a_republish_the_last_copy_is_the_present_state",
    ),
    Mutant(
        "relay.py",
        "if late is not None and",
        "if late is None and",
        "test_documents.py::test_a_late_copy_of_a_relay_before_never_is_the_last_word",
    ),
    Mutant(
        "relay.py",
        "if value is not None and len(value) > MAX_DOCUMENT:",
        "if False:",
        "test_documents.py::test_a_document_no_topic_would_take_holds_up_nothing",
    ),
    Mutant(
        "batch.py",
        "await sort(service, records), fence, once=not _compacted(topic))",
        "await sort(service, records), fence)",
        "test_documents.py::test_a_reader_believes_the_last_copy_also_when_it_saw_the_same_before",
    ),
    Mutant(
        "batch.py",
        "await sort(service, records), fence, once=not _compacted(topic))",
        "await sort(service, records), fence)",
        "test_documents.py::test_reading_a_documents_topic_anew_shows_what_is_true",
    ),
    Mutant(
        "reader.py",
        "lambda r: tombstones and r.value is None",
        "lambda _: False",
        "test_documents.py::test_a_tombstone_is_not_applied_again_when_something_behind_it_fails",
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
