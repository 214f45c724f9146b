"""Who had which room: clubs by the term, everybody else one by one, refusals with what was free instead."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from omatoimi_contracts import requests as ask

from omatoimi_example.acts import NAMESPACE, Act, OfEarlier, act, slot_of
from omatoimi_example.afterwards import CLOSING, a_fate, came_of, late_correction
from omatoimi_example.calendar import AHEAD, DAY, at, days, first_day, local_day, nobody_meets, terms
from omatoimi_example.clubs import CLUBS, DEPARTMENTS, Club, in_the_dark
from omatoimi_example.demand import DEMANDS
from omatoimi_example.diary import Diary, PlannedBooking
from omatoimi_example.rooms import hours
from omatoimi_example.town import ASSOCIATIONS, UNIT, spaces


def repair(day: date) -> tuple[date, date]:
    """Return a Tuesday and the Friday after it, in the third month: the stage of the library's hall has no light."""
    tuesday = first_day(day) + 75 * DAY
    tuesday -= (tuesday.weekday() - 1) % 7 * DAY
    return tuesday, tuesday + 3 * DAY


@dataclass
class Bookings(Diary):
    """The diary as it is written: who books, and what comes of it."""

    def fill(self) -> list[Act]:
        """Make all acts of bookings."""
        self._keep_free()
        self._clubs()
        self._repair()
        self._closure()
        self._others()
        self._refusals()
        for booking in self.bookings:
            self.acts += came_of(self, booking)
        late_correction(self)
        self._walk_ins()
        return self.acts

    # -- who books ---------------------------------------------------------------------------------------------------

    def book(self, booking: PlannedBooking, channel: str, **more: Any) -> None:
        """Promise the room, and ask for it."""
        self.rooms.take(booking.space, booking.start, booking.end)
        booking.channel = channel
        self.bookings.append(booking)
        told = {name: more.pop(name) for name in ("language", "assisted") if name in more}
        self.acts.append(
            act(booking.made, channel, ask.BookingRequested, _asked(booking) | more, label=booking.label, **told)
        )

    def _keep_free(self) -> None:
        """Keep the club room free at noon from `day` on, for whoever tries it as the README tells."""
        room = spaces()["kerhohuone"]
        for day in days(self.day, self.until):
            self.rooms.take(room, at(day, "11:30"), at(day, "13:45"))

    def _clubs(self) -> None:
        """Let each club book its term in one evening, twelve days before it begins, and not before the second day: then
        booking knows which associations are verified."""
        for begins, ends in terms(self.first, self.until):
            for number, club in enumerate(CLUBS):
                made = max(at(begins - 12 * DAY, "18:00"), at(self.first + DAY, "12:00")) + timedelta(
                    minutes=7 * number
                )
                if made < self.now:
                    self._term(club, max(begins, self.first + 3 * DAY), ends, made)

    def _term(self, club: Club, begins: date, ends: date, made: datetime) -> None:
        space = spaces()[club.space]
        for day in days(begins, ends):
            start = at(day, club.clock)
            end = start + timedelta(minutes=club.minutes)
            if day.isoweekday() != club.weekday or nobody_meets(day) or not self.rooms.free(space, start, end):
                continue
            persons = max(2, min(space.capacity, round(self.random.gauss(club.persons, club.persons / 6))))
            booking = PlannedBooking(
                f"{club.by} {club.space} {day}", space, start, end, made, persons, club.public, club.by
            )
            booking.fate, booking.of_term = a_fate(self.random), True
            language = ASSOCIATIONS[club.by].language if club.by in ASSOCIATIONS else "fi"
            channel = "staff" if club.by in DEPARTMENTS else "web"
            self.book(booking, channel, purpose=club.purpose, language=language, persons=persons)

    def _others(self) -> None:
        """Book for private persons, and associations' own evenings; most of them want a Tuesday."""
        for day in days(self.first + 3 * DAY, self.until):
            if nobody_meets(day):
                continue
            quiet = day.month in (6, 7) or (day.month == 12 and day.day > 15)
            mean = (5.0 if day.isoweekday() == 2 else 2.1) * (0.5 if quiet else 1)
            for _ in range(_about(self.random, mean)):
                self._one(day)

    def _one(self, day: date) -> None:
        random = self.random
        wanted = random.choices(list(DEMANDS), [wish.weight for wish in DEMANDS])[0]
        space = spaces()[random.choice(wanted.spaces)]
        start = at(day, random.choice(wanted.clocks))
        end = start + timedelta(minutes=random.choice(wanted.minutes))
        made = self._before(start)
        if made is None or not self.rooms.free(space, start, end) or in_the_dark(space, end):
            return
        label = f"{wanted.by} {space.space} {start:%Y-%m-%dT%H:%M}"
        by = random.choice(wanted.organisers)
        persons = random.randint(1 if space.capacity < 10 else 4, space.capacity)
        booking = PlannedBooking(label, space, start, end, made, persons, wanted.public, by, a_fate(self.random))
        channel = (
            "staff" if by in DEPARTMENTS else random.choices(("web", "kiosk", "phone", "staff"), (55, 22, 12, 11))[0]
        )
        more: dict[str, Any] = {
            "purpose": wanted.purpose,
            "persons": persons,
            "assisted": channel in ("phone", "staff"),
        }
        more["language"] = random.choices(("fi", "sv", "en"), (85, 8, 7))[0]
        if channel in ("web", "kiosk"):
            more["session"] = self._session(label)
        if channel == "kiosk":
            self._at_the_kiosk(more["session"], made)
        if by == "library" and wanted.public and random.random() < 0.5:
            partner = ASSOCIATIONS[random.choice(("lukupiiri", "neulojat", "viljelijat", "lasecirkel"))]
            more["coorganisers"] = [{"class": "association", "organisation": partner.id}]
        self.book(booking, channel, **more)

    def _before(self, start: datetime) -> datetime | None:
        """Return some moment at which one would book for then: in the day, up to a fortnight earlier, and in the
        past."""
        latest = min(start - hours(1), self.now - hours(2))
        for _ in range(4):
            day = local_day(start - timedelta(days=self.random.triangular(0, 14, 3)))
            made = at(day, "08:00", self.random.randint(0, 13 * 60))
            if at(self.first + DAY, "14:00") < made < latest:
                return made
        return None

    def _session(self, label: str) -> UUID:
        return uuid5(NAMESPACE, f"{self.seed} session {label}")

    def _at_the_kiosk(self, session: UUID, moment: datetime) -> None:
        told = {"unit": UNIT, "session": session, "task": "book"}
        self.acts.append(act(moment - timedelta(minutes=4), "kiosk", ask.SessionStartRequested, told))
        ended = told | {"completed": True}
        self.acts.append(act(moment + timedelta(minutes=1), "kiosk", ask.SessionEndRequested, ended))

    # -- who was refused ---------------------------------------------------------------------------------------------

    def _refusals(self) -> None:
        """Let somebody want, on Tuesdays and now and then on other days, a room that is taken: most take what is free
        instead, the others go without."""
        random, kept = self.random, {"attended", "unattended", "unknown"}
        for other in [b for b in self.bookings if b.fate in kept and b.space.premises == "kirjasto"]:
            chance = 0.16 if local_day(other.start).isoweekday() == 2 else 0.035
            since, until = other.made + hours(1), min(other.start - hours(5), self.now - hours(3))
            if random.random() > chance or since >= until:
                continue
            when = at(local_day(since + random.random() * (until - since)), "10:00", random.randint(0, 600))
            if since < when < until:
                self._refusal(other, when)
        self._other_refusals()

    def _refusal(self, other: PlannedBooking, when: datetime) -> None:
        label = f"refused {other.label} {when:%Y-%m-%dT%H:%M}"
        session, persons = self._session(label), self.random.randint(2, min(8, other.space.capacity))
        about = {"purpose": "meeting", "persons": persons, "session": session}
        asked = {"space": other.space.space, "slot": slot_of(other.start, other.end), "organiser": {"class": "private"}}
        self.acts.append(
            act(
                when,
                "web",
                ask.BookingRequested,
                asked | about | other.space.accepted,
                label=label,
                ends="booking.refused",
            )
        )
        found = self.rooms.instead(other.space, other.start, other.end, persons)
        if found is None or self.random.random() < 0.35:
            return
        space, start = found
        end = start + (other.end - other.start)
        if start > self.now + AHEAD or when + timedelta(minutes=3) > start - hours(1):
            return
        taken = PlannedBooking(
            f"instead {label}", space, start, end, when + timedelta(minutes=3), persons, False, "private"
        )
        self.book(taken, "web", **about, wanted=slot_of(other.start, other.end))

    def _other_refusals(self) -> None:
        """Refuse once by each other rule."""
        morning = self.first + 40 * DAY
        saturday = morning + (7 + (5 - morning.weekday()) % 7) * DAY
        monday = saturday + 9 * DAY
        private = {"class": "private"}
        unproven = {"class": "association", "organisation": uuid5(NAMESPACE, "nobody has verified this one")}
        wishes = (
            ("closed", "liikuntasali", at(saturday, "10:00"), at(saturday, "12:00"), 20, private),
            ("capacity", "kerhohuone", at(monday, "11:00"), at(monday, "12:00"), 40, private),
            ("too-long", "sali-lava", at(monday, "08:00"), at(monday, "21:30"), 20, private),
            ("not-verified", "tyohuone", at(monday, "14:00"), at(monday, "15:00"), 3, unproven),
        )
        for number, (rule, space, start, end, persons, organiser) in enumerate(wishes):
            data = {"space": space, "slot": slot_of(start, end), "persons": persons, "organiser": organiser}
            data["session"] = self._session(rule)
            when = at(morning, "13:00", 11 * number)
            self.acts.append(act(when, "web", ask.BookingRequested, data, label=rule, ends="booking.refused"))

    # -- what the house did ------------------------------------------------------------------------------------------

    def _repair(self) -> None:
        """Hang new lights over the stage: three days of a winter week out of booking. Who had it then is told a week
        before; the fitters are done half a day early."""
        begins, ends = repair(self.day)
        told, stage = at(begins - 8 * DAY, "09:30"), spaces()["sali-lava"]
        start, end = at(begins, "08:00"), at(ends, "08:00")
        for booking in self.bookings:
            if "sali-lava" in booking.space.leaves and booking.start < end and start < booking.end:
                booking.fate = "none"
                given = {"booking": OfEarlier(booking.label, "booking"), "by": "house", "reason": "maintenance"}
                self.acts.append(act(told, "staff", ask.CancellationRequested, given, language="none"))
        asked = {"space": stage.space, "slot": slot_of(start, end)}
        self.acts.append(act(told + hours(1), "staff", ask.BlockingRequested, asked, label="lights"))
        for day in days(begins, ends):
            self.rooms.take(stage, at(day, "07:00"), at(day, "22:00"))
        lifted = {"lift": OfEarlier("lights", "block")}
        self.acts.append(act(end - hours(14), "staff", ask.BlockingRequested, lifted, ends="space.unblocked"))

    def _closure(self) -> None:
        """Let two have a room in July before it is told in April that the youth centre keeps closed."""
        for year in {day.year for day in days(self.first, self.day) if (day.month, day.day) == (7, 8)}:
            made, told = at(max(self.first, date(year, 3, 20)), "15:00"), at(max(self.first, date(year, 4, 1)), "09:00")
            for number, day in enumerate((date(year, 7, 8), date(year, 7, 15))):
                if made >= told:
                    continue
                start = at(day + (4 - day.weekday()) % 7 * DAY, "14:00")
                label = f"july {day}"
                slot = slot_of(start, start + hours(2))
                data = {"space": "keittio", "slot": slot, "organiser": {"class": "private"}, "persons": 8}
                data |= spaces()["keittio"].accepted
                self.acts.append(act(made, "web", ask.BookingRequested, data, label=label))
                given = {"booking": OfEarlier(label, "booking"), "by": "house", "reason": "closure"}
                when = told + timedelta(minutes=number)
                self.acts.append(act(when, "staff", ask.CancellationRequested, given, language="none"))

    def _walk_ins(self) -> None:
        """Let in who came without a booking and found the work room free."""
        room = spaces()["tyohuone"]
        for day in days(self.first + DAY, self.day):
            if day.isoweekday() > 5 or self.random.random() < 0.6:
                continue
            start = at(day, self.random.choice(("09:30", "11:00", "12:30")))
            end = start + hours(1)
            if self.rooms.free(room, start, end):
                data = {"space": room.space, "slot": slot_of(start, end), "persons": self.random.randint(1, 4)}
                data["method"] = "counted"
                self.acts.append(act(at(day, CLOSING), "staff", ask.WalkInRequested, data, asked=end))


def _asked(booking: PlannedBooking) -> dict[str, Any]:
    if booking.by in DEPARTMENTS:
        organiser: dict[str, Any] = {"class": DEPARTMENTS[booking.by], "department": booking.by}
    elif booking.by == "private":
        organiser = {"class": "private"}
    else:
        organiser = {"class": "association", "organisation": ASSOCIATIONS[booking.by].id}
    slot = slot_of(booking.start, booking.end)
    asked = {"space": booking.space.space, "slot": slot, "organiser": organiser, "opentopublic": booking.public}
    return asked | booking.space.accepted


def _about(random: Random, mean: float) -> int:
    """Return a whole number that is `mean` on average."""
    return int(mean) + (random.random() < mean % 1)
