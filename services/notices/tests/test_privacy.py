"""Nothing that names a person or an informal group stands on the topic that is kept for ever."""

import json
from typing import Any
from uuid import uuid4

from omatoimi_contracts.decisions import DecisionPublished, DecisionRemoved

from tests.kits.notices import House

WORDS = ("Maija", "Möttönen", "040 1234567", "lukupiiri", "Kaalay", "Päätös")


async def test_no_word_of_a_notice_a_name_or_a_decision_stands_on_the_event_topic_or_in_an_outcome(
    house: House,
) -> None:
    group = await house.verified(class_="informal", name="Maija Möttösen lukupiiri")
    words: dict[str, Any] = {
        "titles": {"fi": "Maija Möttönen", "so": "Kaalay"},
        "texts": {"fi": "Soita 040 1234567, lukupiiri"},
    }
    shown = await house.posted(organiser={"organisation": str(group)}, **words)
    rejected, ended = await house.posted(**words), await house.posted(house.bench.staff, **words)
    await house.reject(rejected, "personal-data")
    await house.change(shown, titles={"fi": "Maija Möttönen taas"}, texts={"fi": "lukupiiri"})
    await house.apply(
        house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, "Päätös: Maija Möttönen")
    )
    await house.apply(house.neighbours.decided(DecisionRemoved, "a", 2))
    await house.submit(titles={"fi": " "}, texts={"fi": "Maija"})
    await house.verify(group, state="withdrawn")
    house.clock.pass_(days=3)
    await house.run_scheduled()
    told = {event.type.removeprefix("omatoimi.") for event in await house.events()}
    assert told == {
        "organisation.verified.v1", "organisation.withdrawn.v1", "notice.submitted.v1", "notice.published.v1",
        "notice.rejected.v1", "notice.changed.v1", "notice.withdrawn.v1", "notice.expired.v1", "request.rejected.v1",
    }  # fmt: skip
    assert len(await house.told_of(ended)) == 2
    async with house.bench.service.pool.acquire() as conn:
        outcomes = [row["outcome"] for row in await conn.fetch("select outcome from chassis.inbox")]
        values = [row["value"] for row in await conn.fetch("select value from chassis.outbox where value is not null")]
    kept = "\n".join(
        [json.dumps(json.loads(value), ensure_ascii=False) for value in values] + [str(o) for o in outcomes]
    )
    for word in WORDS:
        assert word.lower() not in kept.lower()
        assert json.dumps(word).strip('"').lower() not in kept.lower()


async def test_before_and_after_its_time_nobody_but_its_channel_and_staff_reads_a_notice(house: House) -> None:
    waiting = await house.posted(titles={"fi": "Maija"})
    assert (await house.bench.http.get(f"/v1/notices/{waiting}")).status_code == 404
    for client in (house.bench.web, house.bench.staff):
        assert (await client.get(f"/v1/notices/{waiting}")).json()["titles"] == {"fi": "Maija"}
    theirs = await house.posted(house.bench.staff, publish_from=house.after(hours=1).isoformat())
    assert (await house.bench.web.get(f"/v1/notices/{theirs}")).status_code == 404
    assert (await house.bench.http.get(f"/v1/notices/{uuid4()}")).status_code == 404
    assert (await house.bench.http.get("/v1/queue")).status_code == 401
    wrong = {"Authorization": "Bearer omatoimi_wrong"}
    assert (await house.bench.http.get(f"/v1/notices/{waiting}", headers=wrong)).status_code == 401
