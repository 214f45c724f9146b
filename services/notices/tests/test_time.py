"""Published and gone to the second; the record follows, with the time it fell due."""

from datetime import timedelta

from notices import scheduled

from tests.kits.notices import House


async def test_a_notice_is_seen_from_publish_from_until_until_whether_or_not_a_job_has_run(house: House) -> None:
    start, end = house.after(hours=1), house.after(hours=2)
    notice = await house.posted(house.bench.staff, publish_from=start.isoformat(), until=end.isoformat())
    tick = timedelta(microseconds=1)
    for now, seen in [
        (house.clock.now, False),
        (start - tick, False),
        (start, True),
        (end - tick, True),
        (end, False),
        (end + tick, False),
    ]:
        house.clock.now = now
        assert (await house.titles() == ["Talkoot"]) is seen, now
        one = await house.bench.http.get(f"/v1/notices/{notice}")
        assert one.status_code == (200 if seen else 404 if now < start else 410)
        for path in ("/", "/v1/feed.atom", "/v1/feed.json", f"/notice/{notice}"):
            assert ("Talkoot" in (await house.bench.http.get(path)).text) is seen, (path, now)
    assert await house.told_of(notice) == ["submitted"]


async def test_publication_and_end_are_recorded_with_the_second_they_fell_due_however_late(house: House) -> None:
    start, end = house.after(hours=1), house.after(hours=2)
    answer = await house.submit(house.bench.staff, publish_from=start.isoformat(), until=end.isoformat())
    assert answer.status_code == 202
    notice = answer.json()["resource"]["id"]
    house.clock.now = start - timedelta(seconds=1)
    await house.run_scheduled()
    assert await house.words_on_topic(notice) == "never announced"
    house.clock.now = start + timedelta(minutes=3)
    await house.run_scheduled()
    assert (await house.words_on_topic(notice)).titles == {"fi": "Talkoot"}
    house.clock.now = end + timedelta(days=1)
    await house.run_scheduled()
    await house.run_scheduled()
    submitted, published, expired = await house.events(notice)
    assert (published.type, published.time) == ("omatoimi.notice.published.v1", start)
    assert (expired.type, expired.time) == ("omatoimi.notice.expired.v1", end)
    assert (published.channel, expired.channel) == ("automatic", "automatic")
    assert expired.recordedtime == house.clock.now
    assert [event.sequence for event in (submitted, published, expired)] == ["0000000001", "0000000002", "0000000003"]
    assert await house.words_on_topic(notice) is None


async def test_a_notice_whose_whole_time_passed_while_no_job_ran_was_published_and_expired(house: House) -> None:
    start, end = house.after(hours=1), house.after(hours=2)
    notice = await house.posted(house.bench.staff, publish_from=start.isoformat(), until=end.isoformat())
    house.clock.pass_(days=1)
    # Whichever comes first: an end must not stand before its beginning.
    await house.run(scheduled.expire)
    assert await house.told_of(notice) == ["submitted", "published", "expired"]
    assert await house.words_on_topic(notice) is None


async def test_a_notice_approved_ahead_of_its_time_is_published_at_its_time(house: House) -> None:
    start = house.after(hours=5)
    notice = await house.posted(publish_from=start.isoformat())
    assert (await house.approve(notice)).status_code == 202
    assert await house.titles() == []
    page = await house.bench.http.get(f"/notice/{notice}?lang=en")
    assert "will be published" in page.text
    assert "Talkoot" not in page.text
    house.clock.now = start
    assert await house.titles() == ["Talkoot"]
    await house.run_scheduled()
    assert (await house.events(notice))[-1].time == start
    assert await house.told_of(notice) == ["submitted", "submitted", "published"]


async def test_a_notice_that_nobody_approved_in_time_expires_and_leaves_the_queue(house: House) -> None:
    notice = await house.posted(until=house.after(hours=1).isoformat())
    house.clock.pass_(hours=1)
    assert (await house.approve(notice)).json()["outcome"]["data"]["reason"] == "already-over"
    await house.run_scheduled()
    assert await house.told_of(notice) == ["submitted", "expired"]
    assert (await house.bench.staff.get("/v1/queue")).json() == {"items": []}


async def test_more_than_one_bite_expires_each_once(house: House) -> None:
    async with house.bench.service.pool.acquire() as conn:
        await house.posted(house.bench.staff)
        await conn.execute(
            "insert into notices.notice select n.* from notices.notice m, generate_series(1, 450) g,"
            " jsonb_populate_record(m, jsonb_build_object('notice', md5(g::text)::uuid)) n"
        )
    house.clock.pass_(days=3)
    await house.run_scheduled()
    expired = [event.subject for event in await house.events() if event.type == "omatoimi.notice.expired.v1"]
    assert len(expired) == len(set(expired)) == 451


async def test_words_are_forgotten_thirty_days_after_the_end(house: House) -> None:
    notice = await house.posted(titles={"fi": "Soita Maijalle"})
    await house.change(notice, withdraw=True)
    house.clock.pass_(days=29, hours=23)
    await house.run_scheduled()
    assert "Maijalle" in (await house.bench.web.get(f"/v1/notices/{notice}")).text
    house.clock.pass_(hours=2)
    await house.run_scheduled()
    async with house.bench.service.pool.acquire() as conn:
        rows = await conn.fetch("select n::text as everything from notices.notice n")
    assert len(rows) == 1
    assert "Maijalle" not in rows[0]["everything"]
    assert (await house.bench.web.get(f"/v1/notices/{notice}")).json()["state"] == "withdrawn"
