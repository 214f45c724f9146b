"""Two browsers of one person, and two who end one membership."""

from datetime import timedelta
from uuid import uuid4

from tests.kits.people import Office
from tests.kits.rivals import one_of_two


async def test_of_two_who_keep_contact_details_one_does_and_the_other_is_told(office: Office) -> None:
    aino = await office.client("aino")

    async def see(_: int) -> str:
        return str((await aino.get("/v1/me")).headers["ETag"])

    await one_of_two(
        see,
        lambda number: (
            (aino, "/v1/contact-details", {"name": f"Aino {number}"}),
            (aino, "/v1/contact-details", {"name": f"Aino V {number}"}),
        ),
    )


async def test_of_two_who_end_one_membership_one_does_and_the_other_is_told(office: Office) -> None:
    person, organisation = office.id_of(await office.client("aino")), uuid4()
    staff = office.bench.staff
    until = office.clock.now + timedelta(days=9)
    asked = {"person": str(person), "organisation": str(organisation), "role": "member", "until": until.isoformat()}
    membership = ""

    async def see(_: int) -> str:
        nonlocal membership
        found = (await staff.get(f"/v1/organisations/{organisation}/members")).json()["items"]
        if not found:
            assert membership, "nobody is there yet"
            return '"0000000002"'
        membership = found[0]["membership"]
        return f'"{found[0]["etag"]}"'

    granted = await staff.post("/v1/memberships", asked)
    assert granted.status_code == 201, granted.text
    end = staff, "/v1/membership-ends"
    await one_of_two(see, lambda _: ((*end, {"membership": membership}), (*end, {"membership": membership})), rounds=1)
