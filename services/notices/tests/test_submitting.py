"""Who is published at once, who waits, and how a waiting notice ends."""

from uuid import uuid4

import pytest
from omatoimi_contracts.decisions import DecisionPublished, DecisionRemoved

from tests.kits.chassis import validated_first
from tests.kits.notices import House


async def test_a_verified_organisation_is_published_at_once_with_the_class_that_was_proved(house: House) -> None:
    organisation = await house.verified(registernumber="123.456", name="Vallila-seura")
    answer = await house.submit(organiser={"class": "library", "organisation": str(organisation)})
    assert answer.status_code == 201
    assert answer.json()["outcome"]["type"] == "omatoimi.notice.published.v1"
    assert await house.titles() == ["Talkoot"]
    (event,) = await house.events(answer.json()["resource"]["id"])
    assert event.outcome
    assert event.data.organiser.class_ == "association"
    assert event.data.organiser.organisation == organisation


async def test_the_house_is_published_at_once(house: House) -> None:
    answer = await house.submit(house.bench.staff, organiser={"class": "library"})
    assert answer.status_code == 201
    (event,) = await house.events(answer.json()["resource"]["id"])
    assert (event.data.organiser.class_, event.data.organiser.department) == ("library", "library")
    assert event.channel == "staff"


@pytest.mark.parametrize("claimed", ["library", "department", "association", "firm", "informal"])
async def test_a_channels_claim_proves_nothing(house: House, claimed: str) -> None:
    answer = await house.submit(organiser={"class": claimed, "organisation": str(uuid4()), "department": "culture"})
    assert answer.status_code == 202
    other = await house.submit(organiser={"class": claimed, "department": "culture"})
    assert other.status_code == 202
    for taken in (answer, other):
        (event,) = await house.events(taken.json()["resource"]["id"])
        assert (event.data.organiser.class_, event.data.organiser.department) == ("informal", None)
    assert await house.titles() == []


async def test_what_is_validated_only_is_what_would_come_of_it_and_nothing_comes_of_it(house: House) -> None:
    service, web, staff = house.bench.service, house.bench.web, house.bench.staff
    body = {"titles": {"fi": "Talkoot"}, "until": house.after(days=2).isoformat()}
    waiting = await validated_first(service, web, "/v1/notices", body)
    refused = await validated_first(service, web, "/v1/notices", {**body, "until": "9999-12-31T23:59:59Z"})
    assert (waiting.status_code, refused.status_code) == (202, 422)
    notice = waiting.json()["resource"]["id"]
    for by, path, asked in (
        (web, "/v1/notice-changes", {"notice": notice, "titles": {"fi": "Pihatalkoot"}}),
        (web, "/v1/approvals", {"notice": notice}),
        (staff, "/v1/approvals", {"notice": notice}),
        (web, "/v1/notice-changes", {"notice": notice, "withdraw": True}),
        (staff, "/v1/verifications", {"organisation": str(uuid4()), "registernumber": "123.456"}),
    ):
        await validated_first(service, by, path, asked)
    assert await house.titles() == []


async def test_others_wait_until_staff_approve(house: House) -> None:
    answer = await house.submit()
    assert answer.status_code == 202
    assert answer.json()["outcome"]["type"] == "omatoimi.notice.submitted.v1"
    notice = answer.json()["resource"]["id"]
    assert await house.titles() == []
    assert await house.words_on_topic(notice) == "never announced"
    house.clock.pass_(hours=1)
    approval = await house.approve(notice)
    assert approval.status_code == 201
    assert await house.titles() == ["Talkoot"]
    submitted, published = await house.events(notice)
    assert published.type == "omatoimi.notice.published.v1"
    assert published.data.publish_from == house.clock.now
    assert published.outcome
    assert published.channel == "staff"
    assert submitted.channel == "web"
    assert (await house.words_on_topic(notice)).titles == {"fi": "Talkoot"}


async def test_a_rejected_notice_is_never_seen_and_its_reason_is_told_in_words(house: House) -> None:
    notice = await house.posted(titles={"fi": "Halpoja renkaita"})
    answer = await house.reject(notice, "advertising")
    assert answer.status_code == 200
    assert await house.titles() == []
    assert await house.told_of(notice) == ["submitted", "rejected"]
    assert (await house.events(notice))[-1].data.reason == "advertising"
    assert await house.words_on_topic(notice) == "never announced"
    for lang, words in {"fi": "Se on mainos.", "sv": "Det är reklam.", "en": "It is advertising."}.items():
        page = await house.bench.http.get(f"/notice/{notice}", params={"lang": lang})
        assert page.status_code == 410
        assert words in page.text
        assert "renkaita" not in page.text
    seen_by_its_channel = await house.bench.web.get(f"/v1/notices/{notice}")
    assert seen_by_its_channel.json()["reason"] == "advertising"


async def test_only_staff_approve_reject_verify_and_see_the_queue(house: House) -> None:
    notice, web = await house.posted(), house.bench.web
    answers = [
        await house.approve(notice, web),
        await house.reject(notice, "off-topic", web),
        await house.verify(uuid4(), web),
        await web.get("/v1/queue"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert await house.told_of(notice) == ["submitted"]
    assert [event.data.reason for event in await house.events() if "rejected" in event.type] == ["not-allowed"] * 3


async def test_a_notice_is_decided_once(house: House) -> None:
    approved, rejected = await house.posted(), await house.posted()
    await house.approve(approved)
    await house.reject(rejected, "duplicate")
    answers = [
        await house.approve(approved),
        await house.reject(approved, "duplicate"),
        await house.approve(rejected),
        await house.approve(str(uuid4())),
    ]
    assert [answer.json()["outcome"]["data"]["reason"] for answer in answers] == [
        "not-waiting",
        "not-waiting",
        "already-over",
        "unknown",
    ]


async def test_the_queue_shows_what_waits_the_longest_first(house: House) -> None:
    organisation = uuid4()
    first = await house.posted(organiser={"organisation": str(organisation)})
    house.clock.pass_(minutes=5)
    second = await house.posted(titles={"sv": "Talko"})
    short = await house.posted(until=house.after(hours=1).isoformat())
    house.clock.pass_(hours=1)
    queue = (await house.bench.staff.get("/v1/queue")).json()["items"]
    assert [item["id"] for item in queue] == [first, second]
    assert short not in str(queue)
    assert queue[1]["titles"] == {"sv": "Talko"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"until": "2026-12-01T10:00:00Z"}, "already-over"),
        ({"until": "2026-12-02T10:00:00Z", "publish_from": "2026-12-02T10:00:00Z"}, "never-shown"),
        ({"until": "9999-12-31T23:59:59Z"}, "too-far-ahead"),
        ({"slot": {"start": "2026-12-01T10:00:00Z", "end": "9999-12-31T23:59:59Z"}}, "too-far-ahead"),
        ({"titles": {"fi": " \u0007 "}}, "title-missing"),
        ({"titles": {"fi": "Talkoot"}, "texts": {"sv": "Kom med"}}, "title-missing"),
    ],
)
async def test_what_nobody_could_see_or_read_is_not_taken(house: House, fields: object, reason: str) -> None:
    assert isinstance(fields, dict)
    answer = await house.submit(house.bench.staff, **fields)
    assert answer.json()["outcome"]["data"]["reason"] == reason
    assert answer.status_code in (409, 422)
    assert await house.titles() == []


async def test_the_same_request_twice_is_one_notice(house: House) -> None:
    id = uuid4()
    first, again = await house.submit(id=id), await house.submit(id=id)
    assert again.json()["repeated"]
    assert again.json()["resource"]["id"] == first.json()["resource"]["id"]
    assert len(await house.events()) == 1


async def test_a_notice_is_of_the_unit_it_names_else_of_its_channels(house: House) -> None:
    await house.posted(house.bench.staff, titles={"fi": "Oma"})
    await house.posted(house.bench.staff, titles={"fi": "Muu"}, unit="kallio")
    assert await house.titles(unit="vallila") == ["Oma"]
    assert await house.titles(unit="kallio") == ["Muu"]
    assert await house.titles() == ["Muu", "Oma"]
    assert [event.unit for event in await house.events()] == ["vallila", "kallio"]


async def test_a_notice_names_no_case_that_decisions_has_not_told_of(house: House) -> None:
    """A case is known by its words, or by a decision in it that stands, and as long as either does."""
    told, case = house.neighbours, "HEL-2026-000001"

    async def refused(named: str) -> bool:
        answer = await house.submit(case=named)
        assert answer.status_code in (202, 404), answer.text
        if answer.status_code == 404:
            assert answer.json()["type"] == "urn:omatoimi:problem:unknown-case"
        return answer.status_code == 404

    assert await refused(case)
    await house.apply(told.words_of_case("HEL-2026-000002", 1, "Asia"))
    assert [await refused("HEL-2026-000002"), await refused(case)] == [False, True]
    await house.apply(told.decided(DecisionPublished, "a", 1))
    assert not await refused(case)
    await house.apply(told.decided(DecisionRemoved, "a", 2))
    assert await refused(case)
    await house.forget("decisions.documents.v1", "HEL-2026-000002")
    assert await refused("HEL-2026-000002")
    assert (await house.submit()).status_code == 202


async def test_whoever_comes_second_is_told_which_office_decided_and_when(house: House) -> None:
    approved, rejected = await house.posted(), await house.posted()
    house.clock.pass_(hours=1)
    await house.approve(approved)
    await house.reject(rejected, "advertising")
    at = house.clock.now.isoformat()
    house.clock.pass_(minutes=5)
    assert (await house.reject(approved, "advertising")).status_code == 409
    for notice in (approved, rejected):
        told = (await house.bench.staff.get(f"/v1/notices/{notice}")).json()
        assert (told["decided_by"], told["decided_at"]) == ("staff", at)
    assert "decided_by" not in (await house.bench.http.get(f"/v1/notices/{approved}")).json()
