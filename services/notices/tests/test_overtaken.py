"""Two who saw one notice and change it at one instant."""

from tests.kits.notices import House
from tests.kits.rivals import ROUNDS, Ask, one_of_two


async def test_of_two_who_change_one_notice_one_does_and_the_other_is_told(house: House) -> None:
    web, staff = house.bench.web, house.bench.staff
    organisation = await house.verified()
    notice = await house.posted(organiser={"organisation": str(organisation)})

    async def see(_: int) -> str:
        answer = await web.get(f"/v1/notices/{notice}")
        assert answer.json()["etag"] in answer.headers["ETag"]
        return str(answer.headers["ETag"])

    def words(number: int) -> tuple[Ask, Ask]:
        return tuple(  # type: ignore[return-value]
            (by, "/v1/notice-changes", {"notice": notice, "titles": {"fi": f"{by.caller.channel.name} {number}"}})
            for by in (web, staff)
        )

    await one_of_two(see, words)
    assert await house.told_of(notice) == ["published", *["changed"] * ROUNDS]


async def test_what_is_approved_is_what_was_read(house: House) -> None:
    notice = await house.posted()
    (waiting,) = (await house.bench.staff.get("/v1/queue")).json()["items"]
    until = house.after(days=3).isoformat()
    assert (await house.change(notice, until=until)).status_code == 200
    seen = f'"{waiting["etag"]}"'
    late = await house.bench.staff.post("/v1/approvals", {"notice": notice}, If_Match=seen)
    assert (late.status_code, late.json()["first"]["type"]) == (412, "omatoimi.notice.changed.v1")
    (waiting,) = (await house.bench.staff.get("/v1/queue")).json()["items"]
    seen = f'"{waiting["etag"]}"'
    assert (await house.bench.staff.post("/v1/approvals", {"notice": notice}, If_Match=seen)).status_code < 300
