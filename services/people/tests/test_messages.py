"""What services ask to be told is told once, to whom it is for and in their language; what becomes of it is counted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from chassis import Caller, Settings
from chassis.access import Role, by_channel
from chassis.act import apply
from chassis.jobs import work
from icalendar import Calendar
from omatoimi_contracts.codec import read
from omatoimi_contracts.messages import MessagesCounted
from omatoimi_contracts.premises import PremisesRegistered, SpaceRegistered
from omatoimi_contracts.requests import ContactDetailsRequested, ErasureRequested, MessageRequested
from people import scheduled
from people.domain.delivery import GIVEN_UP_AFTER
from pydantic import SecretStr

from tests.kits.facts import stated
from tests.kits.mail_server import Inbox, Taken, mail_server
from tests.kits.people import BEGAN, Office, office

BOOKING = by_channel("/helsinki/channels/booking", "booking", "vallila", Role.SERVICE)
START = datetime(2026, 12, 4, 14, tzinfo=UTC)


@pytest_asyncio.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with mail_server(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(name="office")
async def an_office(database: str, inbox: Inbox) -> AsyncIterator[Office]:
    """The office, whose mails go to the inbox."""
    installation = Settings().installation
    sender = installation.messages.model_copy(update={"name": "Vallilan kirjasto", "address": "omatoimi@vallila.fi"})
    settings = Settings(
        postgres=SecretStr(database),
        smtp_url=SecretStr(inbox.url),
        public_url="https://library.example",
        installation=installation.model_copy(update={"messages": sender}),
    )
    async with office(settings) as opened:
        yield opened


def booking(**more: Any) -> dict[str, Any]:
    slot = {"start": START, "end": START + timedelta(hours=2)}
    return {"booking": UUID(int=7), "premises": "vallila", "space": "kerhohuone", "slot": slot, **more}


def about(person: UUID | None, kind: str = "booking-confirmed", **more: Any) -> MessageRequested:
    told: dict[str, Any] = {"person": person, "kind": kind, "cause": uuid4(), "unit": "vallila"}
    if kind.startswith("booking"):
        told["booking"] = booking()
    return MessageRequested.model_validate(told | more)


async def resident(office: Office, address: str = "aino@example.org", language: str = "fi") -> UUID:
    """Somebody who has signed in and told an address."""
    by = await office.signed_in(address.partition("@")[0])
    assert by.person is not None
    told = ContactDetailsRequested(name="Aino Virtanen", email=address, language=language)
    assert await office.outcome(told, by) == "recorded"
    return by.person


async def tell(office: Office, asked: MessageRequested, by: Caller = BOOKING) -> str:
    return await office.outcome(asked, by)


async def work_off(office: Office) -> int:
    """Do what is to be done now; returns how many jobs were."""
    done = 0
    while await work(office.service):
        done += 1
    return done


async def rows(office: Office) -> list[tuple[str, int]]:
    found = await office.fetch("select state, uncertain from people.message order by created_at, message")
    return [(row["state"], row["uncertain"]) for row in found]


async def states(office: Office) -> list[str]:
    return [state for state, _ in await rows(office)]


def calendar(taken: Taken) -> Any:
    (part,) = [part for part in taken.mail.walk() if part.get_content_type() == "text/calendar"]
    (event,) = Calendar.from_ical(part.get_content()).events
    return part.get_param("method"), event


async def test_a_confirmed_booking_is_told_once_however_often_it_is_asked_for(office: Office, inbox: Inbox) -> None:
    person = await resident(office)
    asked = about(person)
    assert [await tell(office, asked) for _ in range(3)] == ["created"] * 3
    assert await work_off(office) == 1
    (taken,) = inbox.taken()
    assert (taken.to, taken.mail["Subject"]) == (
        "aino@example.org",
        "Varauksesi on vahvistettu: Kerhohuone, pe 4.12.2026 16.00",
    )
    assert taken.sender.startswith("bounce+")
    assert taken.sender.endswith("@vallila.fi")
    assert await states(office) == ["accepted"]
    assert await work_off(office) == 0
    assert await tell(office, asked) == "created"
    assert await work_off(office) == 0


async def test_each_cause_kind_and_person_has_a_message_of_its_own(office: Office, inbox: Inbox) -> None:
    aino, eino = await resident(office), await resident(office, "eino@example.org")
    cause = uuid4()
    for person in (aino, eino):
        for kind in ("booking-confirmed", "booking-moved"):
            assert await tell(office, about(person, kind, cause=cause)) == "created"
    await work_off(office)
    assert len({taken.message_id for taken in inbox.taken()}) == 4


async def test_nobody_is_told_who_is_not_known_or_was_erased(office: Office, inbox: Inbox) -> None:
    assert await tell(office, about(uuid4())) == "unknown-person"
    person = await resident(office)
    await tell(office, about(person))
    by = await office.signed_in("aino")
    assert await office.outcome(ErasureRequested(), by) == "erased"
    assert await work_off(office) == 1
    assert await tell(office, about(person)) == "unknown-person"
    assert inbox.taken() == []
    assert await rows(office) == []
    assert await office.fetch("select from people.calendar_entry") == []


async def test_only_services_ask_for_a_message(office: Office) -> None:
    person = await resident(office)
    for by in (office.bench.web.caller, office.bench.staff.caller, await office.signed_in()):
        assert await tell(office, about(person), by) == "not-allowed"


async def test_a_person_is_told_in_the_language_that_they_chose_with_the_names_of_the_city(
    office: Office, inbox: Inbox
) -> None:
    names = {"fi": "Kerhohuone", "sv": "Klubbrummet"}
    space = SpaceRegistered(premises="vallila", space="kerhohuone", leaves=("kerhohuone",), capacity=8, names=names)
    house = PremisesRegistered(premises="vallila", owner="library", names={"fi": "Vallilan kirjasto"})
    await apply(office.service, [stated(fact, time=BEGAN, sequence=1) for fact in (space, house)])
    await tell(office, about(await resident(office, language="sv")))
    await work_off(office)
    (taken,) = inbox.taken()
    assert taken.mail["Subject"] == "Din bokning är bekräftad: Klubbrummet, fre 4 dec. 2026 16:00"
    assert taken.mail["Content-Language"] == "sv"
    body = taken.mail.get_body(("plain",))
    assert body is not None
    assert "Klubbrummet, Vallilan kirjasto" in body.get_content()


async def test_a_calendar_is_told_of_a_booking_its_move_and_its_end_in_growing_order(
    office: Office, inbox: Inbox
) -> None:
    person = await resident(office)
    later = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}
    await tell(office, about(person))
    await tell(office, about(person, "booking-moved", booking=booking(slot=later)))
    await tell(office, about(person, "booking-cancelled", booking=booking(slot=later, by="house", reason="closure")))
    await work_off(office)
    told = [calendar(taken) for taken in inbox.taken()]
    assert sorted((method, event["SEQUENCE"], event["STATUS"]) for method, event in told) == [
        ("CANCEL", 2, "CANCELLED"),
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
    ]
    assert {event["UID"] for _, event in told} == {f"{UUID(int=7)}@vallila.fi"}
    assert {event["ORGANIZER"] for _, event in told} == {"mailto:omatoimi@vallila.fi"}


async def test_a_reminder_goes_before_its_hour_and_only_of_what_still_stands(office: Office, inbox: Inbox) -> None:
    person = await resident(office)
    await tell(office, about(person, "booking-reminder"))
    await work_off(office)
    moved = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}
    await tell(office, about(person, "booking-moved", booking=booking(slot=moved)))
    await tell(office, about(person, "booking-reminder"))
    await work_off(office)
    await tell(office, about(person, "booking-reminder", booking=booking(slot=moved)))
    office.clock.now = START + timedelta(hours=1)
    await work_off(office)
    assert sorted(await states(office)) == ["accepted", "accepted", "expired", "expired"]
    assert [taken.mail["Subject"][:10] for taken in inbox.taken()] == ["Muistutus ", "Varaustasi"]


@pytest.mark.parametrize("mood", ["421", "451"])
async def test_a_server_that_is_busy_is_asked_again_after_longer_and_longer_pauses(
    office: Office, inbox: Inbox, mood: str
) -> None:
    await tell(office, about(await resident(office, f"{mood}@example.org")))
    for minutes in (1, 5):
        assert await work_off(office) == 1
        assert await states(office) == ["created"]
        (due,) = await office.fetch("select claimable_at from chassis.job")
        assert 0.8 * minutes <= (due["claimable_at"] - office.clock.now).total_seconds() / 60 <= 1.2 * minutes
        office.clock.now = due["claimable_at"]
    assert await work_off(office) == 1
    assert (await states(office), len(inbox.taken())) == (["accepted"], 1)


async def test_who_cannot_be_reached_for_two_days_is_given_up(office: Office, inbox: Inbox) -> None:
    person = await resident(office, "451@example.org")
    await tell(office, about(person, "notice-approved", notice=uuid4()))
    office.clock.now += GIVEN_UP_AFTER
    assert await work_off(office) == 1
    assert (await states(office), inbox.taken()) == (["temporary"], [])


@pytest.mark.parametrize(
    ("mood", "state", "marked"),
    [
        ("550", "permanent", True),
        ("552", "technical", False),
        ("policy", "technical", False),
        ("dislikes", "technical", False),
    ],
)
async def test_a_bad_address_is_told_from_what_is_our_own_fault(
    office: Office, inbox: Inbox, mood: str, state: str, marked: bool
) -> None:
    person = await resident(office, f"{mood}@example.org")
    await tell(office, about(person))
    await work_off(office)
    assert await states(office) == [state]
    assert len(await office.fetch("select from people.refused_address where person = $1", person)) == marked
    failed = await office.fetch("select from chassis.job where state = 'failed'")
    assert len(failed) == (state == "technical")
    told = str(await office.fetch("select failure from people.message"))
    assert "example.org" not in told


async def test_without_an_address_nothing_is_sent(office: Office, inbox: Inbox) -> None:
    by = await office.signed_in("aino")
    await office.outcome(ContactDetailsRequested(name="Aino"), by)
    await tell(office, about(by.person))
    await work_off(office)
    assert (await states(office), inbox.taken()) == (["permanent"], [])


async def test_what_may_have_been_taken_is_repeated_once_with_its_message_id_and_marked(
    office: Office, inbox: Inbox
) -> None:
    """The server takes the first and closes without an answer."""
    await tell(office, about(await resident(office, "drop@example.org")))
    assert await work_off(office) == 1
    assert await rows(office) == [("created", 1)]
    office.clock.now += timedelta(minutes=14)
    assert await work_off(office) == 0
    office.clock.now += timedelta(minutes=1)
    assert await work_off(office) == 1
    assert await rows(office) == [("accepted", 1)]
    first, second = inbox.taken()
    assert first.content == second.content


async def test_a_reminder_that_may_have_been_taken_is_not_repeated(office: Office, inbox: Inbox) -> None:
    await tell(office, about(await resident(office, "drop@example.org"), "booking-reminder"))
    await work_off(office)
    office.clock.now += timedelta(minutes=15)
    await work_off(office)
    assert (await rows(office), len(inbox.taken())) == ([("expired", 1)], 1)


async def test_a_message_whose_job_was_given_up_says_so(office: Office) -> None:
    await tell(office, about(await resident(office)))
    await office.fetch("update chassis.job set state = 'failed', error = 'its worker died each time'")
    await office.run(scheduled.settle)
    assert await states(office) == ["technical"]


async def test_everybody_learns_how_many_messages_there_were_and_nobody_whose(office: Office) -> None:
    person = await resident(office)
    for _ in range(3):
        await tell(office, about(person))
    await work_off(office)
    await office.run(scheduled.count)
    assert await counted(office) == []
    office.clock.now += timedelta(hours=1)
    await office.run(scheduled.count)
    await office.run(scheduled.count)
    told = await counted(office)
    assert [(fact.kind, fact.state, fact.messages) for fact in told] == [
        ("booking-confirmed", "accepted", 3),
        ("booking-confirmed", "created", 3),
    ]
    values = await office.fetch("select convert_from(value, 'utf8') as value from chassis.outbox")
    public = [row["value"] for row in values if "messages.counted" in row["value"]]
    assert len(public) == 2
    assert str(person) not in "".join(public)


async def counted(office: Office) -> list[MessagesCounted]:
    found = await office.fetch("select value from chassis.outbox where topic = 'messages.events.v1' order by seq")
    events = [read(row["value"]) for row in found]
    return [event.data for event in events if isinstance(event.data, MessagesCounted)]


async def test_whoever_was_told_sees_what_and_nobody_else_does(office: Office) -> None:
    person = await resident(office)
    await tell(office, about(person))
    await work_off(office)
    (item,) = (await (await office.client("aino")).get("/v1/me/messages")).json()["items"]
    assert (item["kind"], item["state"], item["about"]["booking"]["space"]) == (
        "booking-confirmed",
        "accepted",
        "kerhohuone",
    )
    other = await (await office.client("eino")).get("/v1/me/messages")
    assert other.json()["items"] == []


async def test_messages_are_forgotten_after_their_days(office: Office) -> None:
    await tell(office, about(await resident(office)))
    await work_off(office)
    office.clock.now += timedelta(days=89)
    await office.run(scheduled.forget)
    assert await states(office) == ["accepted"]
    office.clock.now += timedelta(days=2)
    await office.run(scheduled.forget)
    assert await states(office) == []
