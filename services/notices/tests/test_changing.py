"""Who may change what of a notice, and what becomes of its words."""

import asyncio
import hashlib
from uuid import UUID

import pytest
import rfc8785
from chassis import Transaction, locks
from chassis.due import asked
from chassis.outbox import write_all
from notices import scheduled
from notices.handlers.clock import ExpiryDue, expire

from tests.kits.notices import House


def reason(answer: object) -> str:
    return str(answer.json()["outcome"]["data"]["reason"])  # type: ignore[attr-defined]


async def test_a_verified_organisation_changes_its_words_at_once(house: House) -> None:
    organisation = await house.verified()
    notice = await house.posted(organiser={"organisation": str(organisation)}, texts={"fi": "Tule mukaan"})
    before = (await house.events(notice))[0].data
    house.clock.pass_(minutes=1)
    answer = await house.change(notice, titles={"fi": "Pihatalkoot"})
    assert answer.status_code == 200
    changed = (await house.events(notice))[-1].data
    assert (changed.version, changed.by) == (2, "user")
    assert changed.digest != before.digest
    (item,) = await house.items()
    assert (item["title"], item["text"], item["version"]) == ("Pihatalkoot", "Tule mukaan", 2)
    words = await house.words_on_topic(notice)
    assert (words.version, words.digest) == (2, changed.digest)
    by_anybody = rfc8785.dumps({"titles": words.titles, "texts": words.texts})
    assert hashlib.sha256(by_anybody).hexdigest() == changed.digest


async def test_staff_change_words_of_anybody(house: House) -> None:
    notice = await house.posted()
    assert (await house.change(notice, house.bench.staff, titles={"fi": "Oikein"})).status_code == 200
    await house.approve(notice)
    assert await house.titles() == ["Oikein"]
    assert (await house.events(notice))[1].data.by == "staff"


@pytest.mark.parametrize("approved", [True, False])
async def test_others_words_stay_as_staff_read_them(house: House, approved: bool) -> None:
    notice = await house.posted()
    if approved:
        await house.approve(notice)
    assert reason(await house.change(notice, titles={"fi": "Aivan muuta"})) == "needs-approval"
    assert reason(await house.change(notice, texts={"fi": "Aivan muuta"})) == "needs-approval"
    if not approved:
        await house.approve(notice)
    assert await house.titles() == ["Talkoot"]


async def test_words_need_approval_again_once_the_proof_is_gone(house: House) -> None:
    organisation = await house.verified()
    waiting = await house.posted(organiser={"organisation": str(await house.verified())})
    await house.verify(organisation, state="withdrawn")
    assert (await house.change(waiting, titles={"fi": "Yhä luotettu"})).status_code == 200
    orphan = await house.posted(organiser={"organisation": str(organisation)})
    assert reason(await house.change(orphan, titles={"fi": "Ei enää"})) == "needs-approval"


async def test_times_change_at_once_and_the_version_grows(house: House) -> None:
    notice = await house.posted()
    await house.approve(notice)
    later, slot = house.after(days=5).isoformat(), house.slot()
    answer = await house.change(notice, until=later, slot=slot)
    assert answer.status_code == 200
    changed = (await house.events(notice))[-1]
    assert (changed.type, changed.data.version) == ("omatoimi.notice.changed.v1", 2)
    assert changed.data.digest == (await house.events(notice))[0].data.digest
    house.clock.pass_(days=4)
    (item,) = await house.items()
    assert item["slot"]["start"].replace("Z", "+00:00") == slot["start"]


async def test_a_withdrawn_notice_is_gone_at_once_with_its_words(house: House) -> None:
    notice = await house.posted(house.bench.staff)
    assert await house.titles() == ["Talkoot"]
    assert (await house.change(notice, house.bench.staff, withdraw=True)).status_code == 200
    assert await house.titles() == []
    assert await house.words_on_topic(notice) is None
    assert await house.told_of(notice) == ["published", "withdrawn"]
    page = await house.bench.http.get(f"/notice/{notice}")
    assert page.status_code == 410
    assert "Talkoot" not in page.text
    house.clock.pass_(days=9)
    await house.run_scheduled()
    assert await house.told_of(notice) == ["published", "withdrawn"]


async def test_what_can_not_be_changed_is_told(house: House) -> None:
    ours, theirs = await house.posted(), await house.posted(house.bench.staff)
    assert reason(await house.change(theirs, withdraw=True)) == "not-allowed"
    assert reason(await house.change(ours)) == "nothing-to-change"
    assert reason(await house.change(ours, until=house.after(days=2).isoformat())) == "nothing-to-change"
    assert reason(await house.change(ours, until=house.clock.now.isoformat())) == "already-over"
    assert reason(await house.change(ours, house.bench.staff, titles={})) == "title-missing"
    house.clock.pass_(days=2)
    assert reason(await house.change(ours, until=house.after(days=2).isoformat())) == "already-over"
    assert await house.told_of(ours) == ["submitted"]


async def test_what_was_seen_is_published_on_the_topic_before_it_changes_or_ends(house: House) -> None:
    start = house.after(hours=1)
    staff = house.bench.staff
    changed = await house.posted(staff, publish_from=start.isoformat())
    withdrawn = await house.posted(staff, publish_from=start.isoformat())
    house.clock.pass_(hours=2)
    await house.change(changed, staff, titles={"fi": "Toinen"})
    await house.change(withdrawn, staff, withdraw=True)
    await house.run_scheduled()
    assert await house.told_of(changed) == ["submitted", "published", "changed"]
    assert await house.told_of(withdrawn) == ["submitted", "published", "withdrawn"]
    published, after = (await house.events(changed))[1:]
    assert published.time == start
    assert (published.data.version, after.data.version) == (1, 2)
    assert published.data.digest != after.data.digest
    assert (await house.words_on_topic(changed)).titles == {"fi": "Toinen"}
    assert await house.words_on_topic(withdrawn) is None


async def test_of_rivals_each_notice_keeps_one_end_and_its_events_in_order(house: House) -> None:
    """Change, withdrawal, approval, rejection and the clock at once, twenty times over."""
    for _ in range(20):
        notice = await house.posted(until=house.after(hours=1).isoformat())
        answers = await asyncio.gather(
            house.approve(notice),
            house.reject(notice, "incomplete"),
            house.change(notice, withdraw=True),
            house.change(notice, until=house.after(hours=3).isoformat()),
            house.change(notice, house.bench.staff, titles={"fi": "Muutettu"}),
        )
        assert all(answer.status_code in (200, 201, 409) for answer in answers)
        house.clock.pass_(hours=1)
        await asyncio.gather(
            house.run(scheduled.expire),
            house.change(notice, until=house.after(hours=2).isoformat()),
            house.change(notice, withdraw=True),
        )
        house.clock.pass_(hours=5)
        await house.run_scheduled()
        told = await house.told_of(notice)
        assert told[0] == "submitted"
        assert sum(word in ("withdrawn", "rejected", "expired") for word in told) == 1
        assert told[-1] in ("withdrawn", "rejected", "expired")
        assert told.count("published") <= 1
        events = await house.events(notice)
        versions = [event.data.version for event in events]
        assert versions == sorted(versions)
        assert [int(event.sequence) for event in events] == list(range(1, len(events) + 1))
        assert await house.titles() == []


async def test_a_change_that_met_the_record_of_the_end_does_not_bring_the_notice_back(house: House) -> None:
    """A change asked for in time, and an end recorded by a process whose clock is ahead, over one notice."""
    notice = await house.posted(house.bench.staff, until=house.after(hours=1).isoformat())
    service = house.bench.service
    async with service.pool.acquire() as conn, conn.transaction():
        await locks.acquire(conn, service.locks, {("notice", notice)})
        tx = Transaction(conn, house.after(hours=1), service.installation)
        end = await expire(asked(service, ExpiryDue(notice=UUID(notice), due=house.after(hours=1))), tx)
        assert end is not None
        tx.emissions.append(end)
        change = asyncio.create_task(house.change(notice, house.bench.staff, until=house.after(hours=3).isoformat()))
        await until_somebody_waits(house)
        await write_all(service, tx)
    assert reason(await change) == "already-over"
    assert await house.titles() == []
    assert await house.told_of(notice) == ["published", "expired"]


async def until_somebody_waits(house: House) -> None:
    """Wait until a transaction waits for a row that another holds."""
    async with house.bench.service.pool.acquire() as conn, asyncio.timeout(300):
        while True:
            if await conn.fetchval(
                "select exists (select from pg_stat_activity where datname = current_database()"
                " and wait_event_type = 'Lock')"
            ):
                return
            await asyncio.sleep(0.01)
