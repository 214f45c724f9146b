"""Bookings of who has signed in: theirs and their association's, and nobody else's; a house's by its own staff; and
who made one stands nowhere but in its private column."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from chassis.access import Caller, Role, RoleAt
from chassis.erasure import AFTERWARDS
from chassis.jobs import work
from omatoimi_contracts.booking import BookingCancelled
from omatoimi_contracts.people import PersonErased
from omatoimi_contracts.requests import (
    AttendanceRequested,
    BlockingRequested,
    CancellationRequested,
    HoursRequested,
    MoveRequested,
    PremisesRequested,
    SpaceRequested,
    TaskChangeRequested,
)
from omatoimi_contracts.tasks import TaskOpened
from omatoimi_contracts.vocabulary import RequestData

from tests.kits.booking import KIOSK, STAFF, WEB, City, at, verdict, week
from tests.kits.facts import stated
from tests.kits.persons import issuer, trust

from .conftest import Endpoints


def person(*roles: RoleAt, acts_for: UUID | None = None, id: UUID | None = None, at_channel: Caller = WEB) -> Caller:
    """Somebody who has signed in at a channel."""
    return replace(
        at_channel,
        roles=frozenset({Role.RESIDENT, *(one.role for one in roles)}),
        person=id or uuid4(),
        acts_for=frozenset({acts_for} if acts_for else ()),
        at=roles,
    )


AINO, VEIKKO = person(), person()
OF_VALLILA, OF_KALLIO = (person(RoleAt(Role.STAFF, unit=unit)) for unit in ("vallila", "kallio"))
OF_SCHOOL, OF_YOUTH = (person(RoleAt(Role.DEPARTMENT, department=of)) for of in ("school", "youth"))


def cancel(booking: UUID, by: str = "user") -> CancellationRequested:
    return CancellationRequested(booking=booking, by=by)


def acts(booking: UUID) -> list[RequestData]:
    slot = {"start": at(14), "end": at(15)}
    return [
        MoveRequested.model_validate({"booking": booking, "slot": slot}),
        AttendanceRequested(booking=booking),
        cancel(booking),
    ]


async def test_a_booking_of_a_person_is_theirs_by_any_channel_and_nobody_elses(city: City) -> None:
    """Case 16, at the acts."""
    booking = await city.booked("room-a", at(10), at(11), AINO)
    city.now = at(10)
    for asked in acts(booking):
        for other in (VEIKKO, WEB, KIOSK, OF_KALLIO, OF_SCHOOL):
            if other is KIOSK and isinstance(asked, AttendanceRequested):
                continue  # it sees who comes to its library
            answer = await city.ask(asked, other)
            assert (verdict(answer), answer.resource) == ("not-allowed", None), (asked, other)
    at_the_kiosk = replace(AINO, channel=KIOSK.channel)
    assert verdict(await city.ask(cancel(booking), at_the_kiosk)) == "cancelled"


async def test_a_channels_booking_is_no_persons(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    assert verdict(await city.ask(cancel(booking), AINO)) == "not-allowed"
    assert verdict(await city.ask(cancel(booking), WEB)) == "cancelled"


async def test_whoever_acts_for_an_association_books_and_cancels_for_it_until_that_ends(city: City) -> None:
    """Case 13: the right of one ends while the form is open; the other's goes on."""
    association = uuid4()
    await city.verify(association)
    secretary, member = (person(acts_for=association) for _ in range(2))
    organiser = {"class": "association", "organisation": association}
    booking = await city.booked("room-a", at(10), at(11), member, organiser=organiser)
    left = replace(member, acts_for=frozenset())
    refused = await city.book("room-b", at(10), at(11), left, organiser=organiser)
    assert verdict(refused) == "not-acting-for"
    assert city.services[0].reason("not-acting-for", "fi")[0] == 403
    assert verdict(await city.ask(cancel(booking), left)) == "not-allowed"
    assert verdict(await city.ask(cancel(booking), AINO)) == "not-allowed"
    assert await city.conn.fetchval("select count(*) from booking.booking") == 1
    assert verdict(await city.ask(cancel(booking), secretary)) == "cancelled"


async def test_who_is_at_the_desk_books_for_an_association_that_comes_there(city: City) -> None:
    association = uuid4()
    await city.verify(association)
    organiser = {"class": "association", "organisation": association}
    booking = await city.booked("room-a", at(10), at(11), OF_VALLILA, organiser=organiser)
    assert verdict(await city.ask(cancel(booking), person(acts_for=association))) == "cancelled"
    # Another library's desk does not speak for whoever comes here; for itself it books as anybody does.
    assert verdict(await city.book("room-a", at(10), at(11), OF_KALLIO, organiser=organiser)) == "not-acting-for"
    assert verdict(await city.book("room-a", at(10), at(11), OF_KALLIO)) == "confirmed"


async def test_only_staff_of_the_house_and_the_department_that_owns_it_act_for_it(city: City) -> None:
    booking = await city.booked("gym", at(10), at(11), AINO)  # a school's, in the area of Vallila
    (opened,) = await city.events(TaskOpened)
    assert opened.data.by == "user"
    done = TaskChangeRequested(task=opened.data.task, state="done")
    for other in (OF_KALLIO, OF_YOUTH, AINO):
        assert verdict(await city.ask(done, other)) == "not-allowed"
        assert verdict(await city.ask(cancel(booking, "house"), other)) == "not-allowed"
    assert verdict(await city.ask(done, OF_SCHOOL)) == "done"
    assert verdict(await city.ask(cancel(booking, "house"), OF_VALLILA)) == "cancelled"
    (told,) = await city.events(BookingCancelled)
    assert told.data.by == "house"


def register(premises: str, space: str) -> list[RequestData]:
    slot = {"start": at(8, 9), "end": at(9, 9)}
    return [
        PremisesRequested(premises=premises, owner="school", unit="vallila"),
        HoursRequested(premises=premises, valid_from=at(0).date(), week=week()),
        SpaceRequested(premises=premises, space=space, capacity=30),
        BlockingRequested.model_validate({"space": space, "slot": slot}),
    ]


async def test_a_department_sees_to_its_own_premises_and_to_no_others(city: City) -> None:
    for asked in register("school", "classroom"):
        assert verdict(await city.ask(asked, OF_YOUTH)) == "not-allowed", asked
        assert verdict(await city.ask(asked, OF_KALLIO)) == "not-allowed", asked
        assert verdict(await city.ask(asked, OF_SCHOOL)) != "not-allowed", asked
    for asked in register("library", "room-a"):
        assert verdict(await city.ask(asked, OF_SCHOOL)) == "not-allowed", asked
    # Nor does anybody take over, or give away, what is not theirs.
    taken_over = PremisesRequested(premises="youth-centre", owner="school", unit="vallila")
    given_away = PremisesRequested(premises="school", owner="youth", unit="kallio")
    for asked in (taken_over, given_away, PremisesRequested(premises="new", owner="youth", unit="kallio")):
        assert verdict(await city.ask(asked, OF_SCHOOL)) == "not-allowed"
    block = await city.conn.fetchval("select block from booking.block")
    assert verdict(await city.ask(BlockingRequested(lift=block), OF_YOUTH)) == "not-allowed"
    assert verdict(await city.ask(BlockingRequested(lift=block), OF_SCHOOL)) == "unblocked"


async def test_who_made_a_booking_is_on_no_topic_in_no_outcome_and_in_no_answer(city: City) -> None:
    booking = await city.booked("gym", at(10), at(11), AINO)
    await city.book("gym", at(10), at(11), AINO)  # refused
    moved = await city.ask(acts(booking)[0], AINO)
    cancelled = await city.ask(cancel(booking), AINO)
    planted = str(AINO.person)
    assert await city.conn.fetchval("select person from booking.booking") == AINO.person
    assert planted not in f"{moved}{cancelled}"
    for sql in (
        "select convert_from(value, 'utf8') from chassis.outbox where value is not null",
        "select outcome::text from chassis.inbox where outcome is not null",
        "select t::text from booking.task t",
        "select t::text from booking.claim t",
    ):
        rows = await city.conn.fetch(sql)
        assert all(planted not in row[0] for row in rows)
        assert rows or "claim" in sql


async def test_a_person_lists_their_own_and_their_associations_bookings(endpoints: Endpoints) -> None:
    """And asks for another's by its id: it is not there (case 16)."""
    city = endpoints.city
    association = uuid4()
    await city.verify(association)
    organiser = {"class": "association", "organisation": association}
    first = await city.booked("room-a", at(12), at(13), AINO)
    second = await city.booked("room-b", at(14), at(15), AINO, organiser={"class": "private"})
    cancelled = await city.booked("room-c", at(14), at(15), AINO)
    await city.ask(cancel(cancelled), AINO)
    elses = await city.booked("studio", at(14), at(15), VEIKKO)
    member = person(acts_for=association, id=AINO.person)
    theirs = await city.booked("hall", at(16), at(17), member, organiser=organiser)
    async with issuer() as people:
        trust(city.services[0], people)
        web = await endpoints.client(WEB)
        aino = people.signs_in(web, AINO.person, now=city.now, acts_for=[association])

        async def listed(query: str = "", by: Any = aino) -> list[str]:
            answer: httpx.Response = await by.get(f"/v1/bookings{query}")
            assert answer.status_code == 200, answer.text
            assert str(AINO.person) not in answer.text
            return [one["booking"] for one in answer.json()["bookings"]]

        assert await listed() == [str(first), str(second), str(theirs)]
        assert await listed("?limit=1&offset=1") == [str(second)]
        assert await listed("?state=cancelled") == [str(cancelled)]
        assert await listed(f"?organisation={association}") == [str(theirs)]
        assert await listed("?state=past") == []
        assert (await aino.get(f"/v1/bookings/{elses}")).status_code == 404
        assert (await aino.get(f"/v1/bookings/{theirs}")).status_code == 200
        assert (await web.get(f"/v1/bookings/{first}")).status_code == 404
        nobody = await web.get("/v1/bookings")
        assert (nobody.status_code, "Person-Token" in nobody.json()["detail"]) == (403, True)
        left = people.signs_in(web, AINO.person, now=city.now)
        assert await listed(by=left) == [str(first), str(second)]
        refused = await left.get(f"/v1/bookings?organisation={association}")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:omatoimi:problem:not-acting-for")
        city.now = at(14.5)
        later = people.signs_in(web, AINO.person, now=city.now)
        assert await listed(by=later) == [str(second)]
        assert await listed("?state=past", later) == [str(first)]
        without_key = await endpoints.http.get(
            f"/v1/spaces/room-a/free?from={_day(city, 1)}&to={_day(city, 2)}",
            headers={"Person-Token": later.token or ""},
        )
        assert without_key.status_code == 401


def _day(city: City, days: int) -> str:
    return (city.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/schedule?from=2026-12-01T00:00:00Z&to=2026-12-09T00:00:00Z"])
async def test_a_list_of_the_house_shows_each_what_is_of_theirs(endpoints: Endpoints, path: str) -> None:
    city = endpoints.city
    await city.booked("gym", at(10), at(11), AINO)
    async with issuer() as people:
        trust(city.services[0], people)
        web = await endpoints.client(WEB)

        async def sees(of: Caller) -> bool:
            answer = await people.signs_in(web, now=city.now, at=of.at).get(path)
            assert answer.status_code == 200, answer.text
            return "gym" in answer.text

        assert [await sees(of) for of in (OF_VALLILA, OF_SCHOOL)] == [True, True]
        assert [await sees(of) for of in (OF_KALLIO, OF_YOUTH)] == [False, False]
        assert (await people.signs_in(web, now=city.now).get(path)).status_code == 403
        assert "gym" in (await (await endpoints.client(STAFF)).get(path)).text


async def test_a_person_who_was_erased_is_forgotten_and_what_they_booked_stays(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11), AINO)
    elses = await city.booked("room-b", at(10), at(11), VEIKKO)
    facts = await city.events()
    erased = stated(PersonErased(person=AINO.person), time=city.now, sequence=1, unit="none")
    for _ in range(2):  # heard again, nothing is left to forget
        await city.apply([erased])
    persons = {row["booking"]: row["person"] for row in await city.conn.fetch("select * from booking.booking")}
    assert persons == {booking: None, elses: VEIKKO.person}
    assert await city.events() == facts
    assert verdict(await city.ask(cancel(booking), AINO)) == "not-allowed"


async def test_what_a_last_token_asks_for_is_forgotten_when_it_is_over(city: City) -> None:
    service = city.services[0]
    await city.apply([stated(PersonErased(person=AINO.person), time=city.now, sequence=1, unit="none")])
    await city.booked("room-a", at(10), at(11), AINO)  # the token from before still lives
    assert not await work(service)
    city.now += AFTERWARDS
    assert await work(service)
    assert await city.conn.fetchval("select person from booking.booking") is None


async def test_only_who_keeps_the_house_is_told_by_what_id_people_knows_who_booked(endpoints: Endpoints) -> None:
    city = endpoints.city
    booking = await city.booked("gym", at(10), at(11), AINO)
    async with issuer() as people:
        trust(city.services[0], people)
        web = await endpoints.client(WEB)

        async def told(who: Caller) -> Any:
            by = people.signs_in(web, who.person, now=city.now, at=who.at)
            answer = await by.get(f"/v1/bookings/{booking}")
            return answer.json().get("person") if answer.status_code == 200 else answer.status_code

        assert [await told(who) for who in (OF_VALLILA, OF_SCHOOL)] == [str(AINO.person)] * 2
        assert [await told(who) for who in (AINO, VEIKKO, OF_KALLIO)] == [None, 404, 404]


async def test_who_keeps_the_house_is_told_in_which_role_and_when_somebody_told_who_came(endpoints: Endpoints) -> None:
    city = endpoints.city
    booking = await city.booked("gym", at(10), at(11), AINO)
    city.now = at(10)
    seen = []
    async with issuer() as people:
        trust(city.services[0], people)
        web = await endpoints.client(WEB)
        for who in (AINO, KIOSK, OF_SCHOOL, OF_VALLILA):
            await city.ask(AttendanceRequested(booking=booking), who)
            for reader in (OF_VALLILA, AINO):
                by = people.signs_in(web, reader.person, now=city.now, at=reader.at)
                told = (await by.get(f"/v1/bookings/{booking}")).json()
                seen.append((told.get("attended_by"), told.get("attended_at")))
    when = at(10).isoformat()
    assert seen[1::2] == [(None, None)] * 4
    assert seen[::2] == [(role, when) for role in ("resident", "device", "department", "staff")]


async def test_an_association_is_told_what_is_left_of_its_quota_as_the_rule_counts_it(endpoints: Endpoints) -> None:
    city = endpoints.city
    association, other = uuid4(), uuid4()
    await city.verify(association)
    organiser = {"class": "association", "organisation": association}
    member = person(acts_for=association, id=AINO.person)
    given = [await city.booked("room-a", at(9, day), at(10, day), member, organiser=organiser) for day in range(2, 17)]
    async with issuer() as people:
        trust(city.services[0], people)
        web = await endpoints.client(WEB)
        aino = people.signs_in(web, AINO.person, now=city.now, acts_for=[association])

        async def december(by: Any = aino, query: str = f"?organisation={association}") -> tuple[int, int]:
            (quota,) = (await by.get(f"/v1/quotas{query}")).json()["quotas"]
            first, following = quota["months"]
            assert (first["month"], following) == ("2026-12", {"month": "2027-01", "used": 0, "left": quota["a_month"]})
            return first["used"], first["left"]

        assert await december() == (15, 0)
        refused = await city.book("room-b", at(9, 20), at(10, 20), member, organiser=organiser)
        assert verdict(refused) == "quota"
        await city.ask(cancel(given[0]), member)
        assert await december() == await december(query="") == (14, 1)
        assert await december(people.signs_in(web, now=city.now, at=OF_KALLIO.at)) == (14, 1)
        elses = await aino.get(f"/v1/quotas?organisation={other}")
        assert (elses.status_code, elses.json()["type"]) == (403, "urn:omatoimi:problem:not-acting-for")
        assert (await web.get("/v1/quotas")).status_code == 403
