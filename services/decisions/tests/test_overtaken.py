"""Two who answer one feedback at one instant, and two who draft one answer."""

import asyncio

from tests.kits.decisions import Office, case
from tests.kits.rivals import ROUNDS, one_of_two

CASE = "HEL-2026-000001"
HALF = ROUNDS // 2


async def test_of_two_who_answer_one_feedback_one_does_and_the_other_is_told(office: Office) -> None:
    await office.taken("case", case())
    staff, said = office.bench.staff, [await office.said(CASE) for _ in range(HALF)]

    async def see(number: int) -> str:
        answer = await staff.get(f"/v1/feedback/{said[number]}")
        return str(answer.headers["ETag"])

    await one_of_two(
        see,
        lambda number: (
            (staff, "/v1/answers", {"feedback": said[number], "text": "Puut jäävät"}),
            (staff, "/v1/answers", {"feedback": said[number], "text": "Puut kaadetaan"}),
        ),
        HALF,
    )


async def test_of_two_drafts_of_one_answer_one_is_kept_and_the_other_is_told(office: Office) -> None:
    await office.taken("case", case())
    staff, feedback = office.bench.staff, await office.said(CASE)
    path = f"/v1/feedback/{feedback}/draft"

    async def put(text: str, seen: str) -> tuple[int, str]:
        answer = await staff.http.put(path, json={"text": text}, headers={**staff.asking, "If-Match": f'"{seen}"'})
        told = answer.json()
        assert answer.status_code == 200 or told["first"]["by"] == "staff", answer.text
        return answer.status_code, text

    for number in range(HALF):
        (listed,) = (await staff.get("/v1/feedback")).json()["items"]
        both = await asyncio.gather(*(put(f"{one} {number}", listed["draft_etag"]) for one in ("Kyllä", "Ei")))
        kept = [text for status, text in both if status == 200]
        assert sorted(status for status, _ in both) == [200, 412], number
        (listed,) = (await staff.get("/v1/feedback")).json()["items"]
        assert (listed["draft"], listed["drafted_by"]) == (kept[0], "staff")
    # Who names no state writes as before.
    assert (await staff.http.put(path, json={"text": "Ehkä"}, headers=staff.asking)).status_code == 200
