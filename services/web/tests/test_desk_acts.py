"""The desk's forms, sent as a browser without script sends them, to real booking and notices: what comes of each, and
who may."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis import dead_letters
from chassis.record import DeadLetter, Record, Why
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.booking import BookingAttended, BookingCancelled, BookingMoved, BookingUnattended, WalkInCounted
from omatoimi_contracts.premises import HoursSet, SpaceBlocked, SpaceChanged, SpaceRegistered
from omatoimi_contracts.requests import SpaceRequested
from omatoimi_contracts.rooms import BookingRules
from omatoimi_contracts.tasks import TaskDone, TaskReopened
from pydantic import ValidationError
from starlette.datastructures import ImmutableMultiDict
from web.desk.acts import Fault
from web.desk.booking_rules import asked_rules

from tests.kits.booking import STAFF, WEB
from tests.kits.persons import of_department, staff_of

from .at_the_desk import Desk, form_of, under_way
from .visitor import Form, Page


async def test_who_came_is_recorded_with_how_many_and_corrected_knowingly(desk: Desk) -> None:
    booking = str(await under_way(desk))
    async with desk.at(staff_of("vallila")) as aino, desk.at(staff_of("vallila")) as bertta:
        first = form_of(await aino.open("/desk?lang=fi"), "booking", booking)
        stale = form_of(await bertta.open("/desk?lang=fi"), "booking", booking)
        wrong = await aino.send(first, "came", persons="monta")
        assert (wrong.status_code, 'value="monta"' in wrong.text) == (422, True)
        page = await aino.done(first, "came", persons="9")
        assert page.has("Kirjattu: he tulivat.")
        overtaken = await bertta.send(stale, "stayed-away")
        assert overtaken.status_code == 412
        assert "Joku toinen ehti kirjata tämän:" in overtaken.text
        assert re.search(r"Tulivat, henkilöitä 9\. <span[^>]*>kirjaston henkilökunta, \d", overtaken.text)
        assert len(await desk.city.events(BookingUnattended)) == 0
        # Whoever has read that may correct it; who says the same again says nothing new.
        again = form_of(Page(overtaken), "booking", booking)
        assert again.fields["id"] != stale.fields["id"]
        await bertta.done(again, "stayed-away")
        assert [event.data.booking for event in await desk.city.events(BookingAttended)] == [UUID(booking)]
        assert len(await desk.city.events(BookingUnattended)) == 1


async def test_a_task_is_done_and_reopened_and_done_once_when_it_is_sent_twice(desk: Desk) -> None:
    await under_way(desk, "gym")
    async with desk.at(of_department("school")) as member:
        page = await member.open("/desk?lang=sv")
        task = next(form for form in page.forms if "task" in form.fields)
        await member.done(task, "task-done", minutes="15")
        await member.done(task, "task-done", minutes="15")
        (done,) = await desk.city.events(TaskDone)
        assert (done.data.minutes, done.data.by) == (15, "staff")
        page = await member.open("/desk?lang=sv")
        await member.done(form_of(page, "task", str(done.data.task)), "task-reopened")
        assert len(await desk.city.events(TaskReopened)) == 1


async def test_a_department_sees_and_sets_its_own_houses_only(desk: Desk) -> None:
    library, school = await under_way(desk, "room-a"), await under_way(desk, "gym")
    async with desk.at(of_department("school")) as member, desk.at(staff_of("vallila")) as staff:
        page = await member.open("/desk?lang=fi")
        assert (str(school) in page.html, str(library) in page.html) == (True, False)
        assert "premises=library" not in (await member.open("/desk/rooms?lang=fi")).html
        assert (await member.browser.get("/desk/hours?premises=library")).status_code == 404
        # What the page does not offer, the services refuse.
        form = form_of(await staff.open("/desk?lang=fi"), "booking", str(library))
        own = form_of(page, "booking", str(school))
        refused = await member.send(Form(form.action, own.fields), "came", booking=str(library))
        assert refused.status_code >= 400
        assert await desk.city.events(BookingAttended) == []


async def test_a_booking_is_moved_and_cancelled_for_the_house(desk: Desk) -> None:
    start = (desk.city.now + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    booking = await desk.city.booked("room-a", start, start + timedelta(hours=1))
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open(f"/desk/bookings/{booking}?lang=en")
        move, cancel = page.forms[-2:]
        backwards = await member.send(move, "move", space="room-b", start="12:00", end="11:00")
        assert (backwards.status_code, "It must end after it begins." in backwards.text) == (422, True)
        page = await member.done(move, "move", space="room-b", start="15:00", end="16:30")
        assert page.has("The new time is saved.")
        (moved,) = await desk.city.events(BookingMoved)
        assert (moved.data.space, moved.data.slot.minutes) == ("room-b", 90)
        await member.done(page.forms[-1], "cancel", by="house", reason="closure")
        (cancelled,) = await desk.city.events(BookingCancelled)
        assert (cancelled.data.by, cancelled.data.reason) == ("house", "closure")
        assert cancel.action.endswith(f"/desk/bookings/{booking}?lang=en")


async def test_hours_show_first_what_they_break_and_are_set_when_confirmed(desk: Desk) -> None:
    day = (desk.city.now + timedelta(days=6)).replace(hour=18, minute=0, second=0, microsecond=0)
    booking = await desk.city.booked("room-a", day, day + timedelta(hours=1))
    before = len(await desk.city.events(HoursSet))
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open("/desk/hours?premises=library&lang=fi")
        single = page.forms[-2]
        shown = await member.send(single, "preview-day", valid_from=f"{day:%Y-%m-%d}", closed="yes")
        assert shown.status_code == 200
        assert f"/desk/bookings/{booking}" in shown.text
        assert len(await desk.city.events(HoursSet)) == before
        page = await member.done(Page(shown).forms[-2], "set-day", valid_from=f"{day:%Y-%m-%d}", closed="yes")
        assert page.has("Aukioloajat on tallennettu.")
        kept, closed = (await desk.city.events(HoursSet))[before:]
        assert (kept.data.valid_from, closed.data.valid_from) == (day.date() + timedelta(days=1), day.date())
        assert len(kept.data.week) == 7
        assert [one.weekday for one in closed.data.week if not one.spans] == [day.isoweekday()]


async def test_a_room_is_registered_blocked_and_used_without_a_booking(desk: Desk) -> None:
    async with desk.at(staff_of("vallila")) as member:
        new = (await member.open("/desk/rooms/space?premises=library&lang=fi")).forms[-1]
        nameless = await member.send(new, "save", space="attic", capacity="6")
        assert (nameless.status_code, "nimi ainakin ensimmäisellä kielellä" in nameless.text) == (422, True)
        await member.done(new, "save", space="attic", name__fi="Ullakko", capacity="6", task="")
        (room,) = [e for e in await desk.city.events(SpaceRegistered) if e.data.space == "attic"]
        assert (room.data.capacity, room.data.names) == (6, {"fi": "Ullakko"})
        day = f"{desk.city.now + timedelta(days=3):%Y-%m-%d}"
        blocks = (await member.open("/desk/blocks?lang=fi")).forms[-1]
        page = await member.done(blocks, "block", space="attic", day=day, last=day, start="8.00", end="16.00")
        (block,) = await desk.city.events(SpaceBlocked)
        assert (block.data.space, block.data.slot.minutes) == ("attic", 480)
        await member.done(form_of(page, "block", block.data.block), "lift")


async def test_what_residents_need_to_know_of_a_room_is_previewed_and_saved_with_all_that_stood_there(
    desk: Desk,
) -> None:
    address, rules = (
        "/desk/rooms/space?premises=library&space=studio&lang=en",
        {"house_rules__en": "No shoes.\nTidy up."},
    )
    async with desk.at(staff_of("vallila")) as member:
        form = (await member.open(address)).forms[-1]
        typed = {"name__fi": "Studio", "minimum": "2", "descriptions__fi": "Pieni", "rules_to_accept": "yes", **rules}
        picture = {"picture__0": "https://images.library.example/a.jpg", "picture__0__en": "The studio"}
        preview = await member.send(form, "preview", equipment="piano", **typed, **picture)
        assert (preview.status_code, "What residents will read" in preview.text) == (200, True)
        assert not [e for e in await desk.city.events(SpaceChanged) if e.data.space == "studio"], "nothing is saved"
        await member.done(Page(preview).forms[-1], "save")
        again = (await member.open(address)).forms[-1]
        await member.done(again, "save", capacity="5")
        for fault, words in (
            ({"minimum": "6"}, "smallest number"),
            ({"house_rules__en": "", "rules_to_accept": "yes"}, "Write the rules"),
            ({"picture__0": "http://a.example/a.jpg"}, "https address"),
            ({"picture__0__en": ""}, "Say what the picture shows."),
        ):
            refused = await member.send((await member.open(address)).forms[-1], "save", **fault)
            assert (refused.status_code, words in refused.text) == (422, True), fault
    first, second = (e.data for e in await desk.city.events(SpaceChanged) if e.data.space == "studio")
    assert (first.minimum, first.equipment, first.descriptions) == (2, ("piano",), {"fi": "Pieni"})
    assert (first.house_rules.version, first.house_rules.to_accept) == (1, True)
    assert first.pictures[0].alternative == {"en": "The studio"}
    assert second == first.model_copy(update={"capacity": 5}), "saved again, all else stays"


async def test_a_room_that_is_saved_keeps_all_that_other_channels_told_of_it(desk: Desk) -> None:
    """They may have told more pictures than the form offers fields for, and in languages that no page has."""
    pictures = [
        {"address": f"https://images.library.example/{n}.jpg", "alternative": {"fi": "Studio", "ru": "Студия"}}
        for n in range(5)
    ]
    words = {"fi": "Studio", "se": "Stuvdná"}
    texts = {"names": words, "descriptions": words, "access": {"se": "Uksa"}, "house_rules": words}
    rules = {"grid": 12, "shortest": 24, "longest": 120, "notice": 60, "days_ahead": 30, "cancel_before": 90}
    told = {"premises": "library", "space": "studio", **texts, "capacity": 6, "pictures": pictures}
    told |= {"booking_rules": rules}
    await desk.city.ask(SpaceRequested.model_validate(told), STAFF)
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open("/desk/rooms/space?premises=library&space=studio&lang=en")
        assert page.has("Northern Sami")
        await member.done(page.forms[-1], "save", capacity="5")
    *_, before, last = (e.data for e in await desk.city.events(SpaceChanged) if e.data.space == "studio")
    assert (last.capacity, len(last.pictures), last.names) == (5, 5, words)
    assert last == before.model_copy(update={"capacity": 5}), "all else stays"
    assert last.booking_rules.model_dump() == {"version": 2, **rules}


async def test_the_rules_for_booking_are_set_at_the_desk_or_told_which_of_them_nobody_could_keep(desk: Desk) -> None:
    address = "/desk/rooms/space?premises=library&space=studio&lang=en"
    async with desk.at(staff_of("vallila")) as member:
        form = (await member.open(address)).forms[-1]
        named = {"name__fi": "Studio"}
        own = {"grid": "30", "shortest": "60", "longest": "180", "notice": "120", "days_ahead": "60"}
        for fault, words in (
            ({"shortest": "45"}, "Give the shortest booking"),
            ({"longest": "30"}, "Give the longest booking"),
            ({"longest": "1470"}, "Give the longest booking"),
            ({"grid": "7"}, "Choose the interval"),
            ({"notice": "86400"}, "Give the minutes in figures"),
            ({"days_ahead": "0"}, "Give the number of days"),
            ({"cancel_before": "43201"}, "leave it empty"),
        ):
            refused = await member.send(form, "save", **named, **{**own, **fault})
            assert (refused.status_code, words in refused.text) == (422, True), fault
        await member.done(form, "save", **named, **own)
        assert (await member.open(address)).forms[-1].fields["shortest"] == "60"
    (changed,) = (e.data for e in await desk.city.events(SpaceChanged) if e.data.space == "studio")
    rules = {name: int(told) for name, told in own.items()}
    assert changed.booking_rules.model_dump() == {"version": 2, **rules, "cancel_before": None}


@given(
    grid=st.integers(1, 70),
    shortest=st.integers(1, 1500),
    longest=st.integers(1, 1500),
    notice=st.integers(0, 50_000),
    days_ahead=st.integers(0, 400),
    cancel_before=st.none() | st.integers(0, 50_000),
)
def test_the_desk_takes_the_rules_that_the_contract_takes(**rules: int | None) -> None:
    try:
        BookingRules.model_validate(rules)
        possible = True
    except ValidationError:
        possible = False
    typed = {name: str(value) for name, value in rules.items() if value is not None}
    try:
        assert asked_rules(ImmutableMultiDict(typed)) == rules
        taken = True
    except Fault:
        taken = False
    assert taken == possible


async def test_an_association_is_verified_once_and_its_proof_withdrawn(desk: Desk) -> None:
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open("/desk/organisations?lang=fi")
        new = next(form for form in page.forms if "new" in form.fields)
        for _ in range(2):
            typed = {"name": "Vallila-seura ry", "registernumber": "123.456", "class": "association"}
            page = await member.done(new, "verify", **typed)
        assert page.has("Vallila-seura ry")
        (verified,) = await desk.house.events(new.fields["new"])
        assert verified.data.registernumber == "123.456"
        proof = form_of(page, "organisation", new.fields["new"])
        assert (await member.done(proof, "withdraw")).has("Vahvistus on peruttu.")


async def test_what_was_put_aside_is_told_in_words_with_what_to_do(desk: Desk) -> None:
    booking = desk.city.services[0]
    async with desk.at(staff_of("kallio")) as member:
        assert "/desk/dead-letters?lang=fi" in (await member.open("/desk?lang=fi")).html.partition("<main")[0]
        async with booking.pool.acquire() as conn:
            for at in range(4):
                value = (
                    b'{"type": "omatoimi.booking.requested.v1", "source": "%b", "x": "Matti"}'
                    % WEB.channel.source.encode()
                )
                record = Record("booking.requests.v1", 0, at, 0, None, value, ())
                why = DeadLetter(record, Why.WRONG_DATA, "wrong: Matti", "/data/space")
                await dead_letters.keep(conn, booking, [why], desk.city.now)
        front = await member.open("/desk?lang=fi")
        assert (front.has("viestejä, joita ei voitu käsitellä"), '<span class="badge">4</span>' in front.html) == (
            True,
            True,
        )
        page = await member.open("/desk/dead-letters?lang=fi")
        assert page.has("Kanava web lähetti viestin, jonka tiedoista jokin puuttuu tai on väärin.")
        assert page.has("4 samanlaista")
        assert page.has("omatoimi dead-letters drop booking 4")
        assert page.has("/data/space")
        assert "Matti" not in page.html
        # Decisions does not answer, and that is said where its own would stand.
        assert re.search(r"Päätökset ja palautteet</h2>\s*<p[^>]*>Tämä osa ei juuri nyt vastaa", page.html)
        assert "Yhtään viestiä ei ole" not in page.html
        assert (await member.open("/desk/dead-letters?lang=sv&of=booking&before=4")).has("Alla undanlagda")


async def test_use_without_a_booking_is_recorded(desk: Desk) -> None:
    desk.city.now = datetime.now(UTC)
    local = desk.city.now.astimezone(desk.web.web.services.zone)
    yesterday = local.date() - timedelta(days=1)
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open(f"/desk?lang=fi&day={yesterday}")
        form = next(form for form in page.forms if "walk-in-persons" in form.fields)
        await member.done(form, "walk-in", space="room-a", start="12:00", end="13:00", walk__in__persons="4")
        (seen,) = await desk.city.events(WalkInCounted)
        assert (seen.data.space, seen.data.persons) == ("room-a", 4)


async def test_an_association_sees_which_library_verified_it_and_what_is_left_of_its_quota(desk: Desk) -> None:
    async with desk.at(staff_of("vallila")) as member:
        page = await member.open("/desk/organisations?lang=fi")
        new = next(form for form in page.forms if "new" in form.fields)
        await member.done(new, "verify", name="Vallila-seura ry", registernumber="123.456", **{"class": "association"})
    association = UUID(new.fields["new"])
    access = desk.people.token(desk.people.claims(UUID(int=9), now=desk.web.clock(), acts_for=[association]))
    cookies = await desk.web.signed_in("Aino", access=access, organisations=(association,))
    async with desk.web.browser(cookies) as browser:
        page = Page(await browser.get(f"/associations/{association}?lang=fi"))
        assert page.has("Yhdistyksen on vahvistanut kirjasto Vallila")
        assert page.has("Yhdistyksellä voi olla 15 varausta kuukaudessa.")
        assert page.has("0 varausta käytetty")
        assert page.has("15 jäljellä")
        assert page.has("Yhdistyksellä ei ole tulevia varauksia.")
