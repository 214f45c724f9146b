"""Two at one thing at the desk: the second is told who was first, and decides anew."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.access import Role
from omatoimi_contracts.booking import BookingCancelled, BookingMoved

from tests.kits.booking import WEB
from tests.kits.persons import staff_of

from .at_the_desk import Desk, Member, form_of, under_way
from .visitor import Form, Page

FIRST = r"Ensin ehti: kirjaston henkilökunta, \d+\.\d\d\."


async def test_a_notice_is_approved_or_rejected_and_the_second_is_told_who_was_first(desk: Desk) -> None:
    first, second = await desk.house.posted(titles={"fi": "Talkoot"}), await desk.house.posted(titles={"fi": "Kuoro"})
    async with desk.at(staff_of("vallila")) as aino, desk.at(staff_of("vallila")) as bertta:
        page = await aino.open(f"/desk/notices/{first}?lang=fi")
        stale = (await bertta.open(f"/desk/notices/{first}?lang=fi")).forms[-1]
        after = await aino.done(page.forms[-2], "approve")
        assert (after.url.partition("?")[0].endswith(second), after.has("Ilmoitus on hyväksytty.")) == (True, True)
        late = await bertta.send(stale, "reject", reason="advertising")
        assert late.status_code == 412
        assert "Joku toinen ehti käsitellä tämän ilmoituksen" in late.text
        assert "kirjaston henkilökunta" in late.text
        own = (await bertta.open(f"/desk/notices/{second}?lang=fi")).forms[-1]
        without = await bertta.send(own, "reject", reason="")
        assert (without.status_code, "Valitse hylkäyksen syy." in without.text) == (422, True)
        empty = await bertta.done(own, "reject", reason="advertising")
        assert empty.has("Yksikään ilmoitus ei odota.")
        assert await desk.house.told_of(second) == ["submitted", "rejected"]


async def test_the_second_at_one_thing_is_told_who_was_first(desk: Desk) -> None:
    await under_way(desk, "gym")
    day = f"{desk.city.now + timedelta(days=3):%Y-%m-%d}"
    async with desk.at(staff_of("vallila")) as aino, desk.at(staff_of("vallila")) as bertta:
        # A task that another has done, with how long it took.
        task = next(form for form in (await aino.open("/desk?lang=fi")).forms if "task" in form.fields)
        stale = form_of(await bertta.open("/desk?lang=fi"), "task", task.fields["task"])
        await aino.done(task, "task-done", minutes="15")
        told = await bertta.send(stale, "task-done", minutes="3")
        assert told.status_code == 412
        assert re.search(FIRST + r"\s+Työaika 15 minuuttia", told.text)
        # A block that another has lifted.
        blocks = (await aino.open("/desk/blocks?lang=fi")).forms[-1]
        page = await aino.done(blocks, "block", space="room-b", day=day, last=day, start="8.00", end="9.00")
        lift, stale = page.forms[-2], (await bertta.open("/desk/blocks?lang=fi")).forms[-2]
        await aino.done(lift, "lift")
        told = await bertta.send(stale, "lift")
        assert (told.status_code, bool(re.search(FIRST, told.text))) == (412, True)
        # What is written anew is not written over unseen: a room, opening hours, an association.
        room = "/desk/rooms/space?premises=library&space=studio&lang=fi"
        first, second = [(await one.open(room)).forms[-1] for one in (aino, bertta)]
        await aino.done(first, "save", capacity="9", name__fi="Studio")
        told = await bertta.send(second, "save", capacity="2", name__fi="Studio")
        assert (told.status_code, bool(re.search(FIRST, told.text)), 'value="9"' in told.text) == (412, True, True)
        await bertta.done(Page(told).forms[-1], "save", capacity="2")
        hours = "/desk/hours?premises=library&lang=fi"
        first, second = [(await one.open(hours)).forms[-2] for one in (aino, bertta)]
        for _ in range(2):  # sent twice, it is no other
            await aino.done(first, "set-day", valid_from=day, closed="yes")
        told = await bertta.send(
            second, "set-day", valid_from=day, opens__day__0="10", closes__day__0="14", kind__day__0="staffed"
        )
        assert (told.status_code, bool(re.search(FIRST, told.text))) == (412, True)


async def test_an_association_is_not_verified_over_another_word_unseen(desk: Desk) -> None:
    association = str(UUID(int=11))
    await desk.house.posted(organiser={"class": "association", "organisation": association})
    async with desk.at(staff_of("vallila")) as aino, desk.at(staff_of("vallila")) as bertta:
        first, stale = [
            form_of(await one.open("/desk/organisations?lang=fi"), "organisation", association)
            for one in (aino, bertta)
        ]
        typed = {"name": "Vallila-seura ry", "class": "association"}
        for _ in range(2):  # sent twice, it is no other
            page = await aino.done(first, "verify", registernumber="123.456", **typed)
        told = await bertta.send(stale, "verify", registernumber="999.999", **typed)
        assert (told.status_code, bool(re.search(FIRST, told.text))) == (412, True)
        (verified,) = await desk.house.events(association)
        assert verified.data.registernumber == "123.456"
        # Whose proof another has withdrawn is told so.
        withdraw, stale = [
            form_of(shown, "organisation", association)
            for shown in (page, await bertta.open("/desk/organisations?lang=fi"))
        ]
        await aino.done(withdraw, "withdraw")
        told = await bertta.send(stale, "withdraw")
        assert (told.status_code, bool(re.search(FIRST, told.text))) == (412, True)


async def test_of_two_of_one_association_who_move_a_booking_the_second_is_told_and_decides_anew(desk: Desk) -> None:
    association, start = UUID(int=12), (desk.city.now + timedelta(days=2)).replace(hour=9, minute=0, second=0)
    start = start.replace(microsecond=0)
    await desk.city.verify(association)
    member = replace(WEB, roles=frozenset({Role.RESIDENT}), person=UUID(int=1), acts_for=frozenset({association}))
    organiser = {"class": "association", "organisation": association}
    booking = await desk.city.booked("room-a", start, start + timedelta(hours=1), member, organiser=organiser)
    pages = [f"/bookings/{booking}/{act}?lang=fi" for act in ("move", "cancel")]

    async def look(by: Member, hour: int) -> Form:
        (asked,) = [form for form in (await by.open(pages[0])).forms if form.fields.get("act") == "look"]
        day = f"{start + timedelta(days=1):%Y-%m-%d}"
        shown = await by.send(asked, "look", day=day, start=f"{hour}:00", end=f"{hour + 1}:00")
        return next(form for form in Page(shown).forms if "seen" in form.fields)

    async with desk.acting_for(association, 1) as aino, desk.acting_for(association, 2) as bertta:
        first, stale = await look(aino, 12), await look(bertta, 14)
        (cancel,) = [form for form in (await bertta.open(pages[1])).forms if "seen" in form.fields]
        assert (await aino.send(first, "send")).status_code == 303
        for told in (await bertta.send(stale, "send"), await bertta.send(cancel, "")):
            assert told.status_code == 412
            words = "Muuttaja: sinä itse tai joku samasta yhdistyksestä"
            assert (words in told.text, "Tätä on muutettu" in told.text) == (True, True)
        assert len(await desk.city.events(BookingMoved)) == 1
        (anew,) = [form for form in Page(told).forms if "seen" in form.fields]
        assert (await bertta.send(anew, "")).status_code == 303
        assert len(await desk.city.events(BookingCancelled)) == 1
