"""The register of premises, spaces and hours."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from asyncpg import Record
from chassis import Connection
from omatoimi_contracts.premises import SpaceState, WeeklyHours
from omatoimi_contracts.requests import PremisesRequested, SpaceRequested
from omatoimi_contracts.rooms import AboutSpace, BookingRulesInForce, HouseRules
from pydantic import TypeAdapter

PREMISES = "select * from booking.premises where premises = $1"
SPACES = "select * from booking.space where premises = $1"
SPACE = "select * from booking.space where space = $1"
WRITE_PREMISES = """
insert into booking.premises as p (premises, owner, unit, names) values ($1, $2, $3, $4)
on conflict (premises) do update
set owner = excluded.owner, unit = excluded.unit, names = excluded.names, retired_at = null
"""
WRITE_SPACE = """
insert into booking.space
    (space, premises, names, parts, leaves, capacity, buffer_before, buffer_after, task, about, house_rules,
    booking_rules)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (space) do update
set names = excluded.names, parts = excluded.parts, leaves = excluded.leaves, capacity = excluded.capacity,
    buffer_before = excluded.buffer_before, buffer_after = excluded.buffer_after, task = excluded.task,
    about = excluded.about, house_rules = excluded.house_rules, booking_rules = excluded.booking_rules,
    retired_at = null
returning *
"""
RULES = """
select version, words from booking.house_rules
where space = $1 and ($2::int is null or version = $2) order by version desc limit 1
"""
KEEP_RULES = """
insert into booking.house_rules (space, version, words, since) values ($1, $2, $3, $4) on conflict do nothing
"""
KEEP_BOOKING_RULES = """
insert into booking.booking_rules (space, version, rules, since) values ($1, $2, $3, $4) on conflict do nothing
"""
WRITE_LEAVES = """
update booking.space s set leaves = array(select jsonb_array_elements_text(w.leaves))
from jsonb_each($1::jsonb) w(space, leaves) where s.space = w.space
"""
WRITE_HOURS = """
insert into booking.hours (premises, valid_from, week) values ($1, $2, $3)
on conflict (premises, valid_from) do update set week = excluded.week
"""
RETIRE_PREMISES = "update booking.premises set retired_at = $2 where premises = $1"
RETIRE_SPACES = "update booking.space set retired_at = $2 where space = any($1::text[])"
# Three indexes, one answer: what is claimed on them as leaves, and what is booked or blocked under their own name.
IN_USE = """
select exists (select from unnest($1::text[]) s(space) join booking.claim c
        on c.space = s.space and c.during && tstzrange($2, null))
    or exists (select from booking.booking where space = any($1::text[]) and ends > $2 and cancelled_at is null)
    or exists (select from booking.block where space = any($1::text[]) and ends > $2 and lifted_at is null)
"""
WEEK = TypeAdapter(tuple[WeeklyHours, ...])
STATED = (
    *("premises", "space", "names", "leaves", "capacity", "buffer_before", "buffer_after", "task"),
    *("house_rules", "booking_rules"),
)
"""What events tell of a space, beside what residents need to know of it."""


@dataclass(frozen=True, slots=True)
class Premises:
    """Premises as they stand in the register."""

    premises: str
    owner: str
    unit: str
    retired: bool


@dataclass(frozen=True, slots=True)
class RegisteredSpace:
    """A space as it stands in the register. Names stand by language, buffers in minutes."""

    space: str
    premises: str
    names: Mapping[str, str]
    parts: tuple[str, ...]
    leaves: tuple[str, ...]
    capacity: int
    buffer_before: int
    buffer_after: int
    task: str | None
    about: AboutSpace
    house_rules: HouseRules | None
    booking_rules: BookingRulesInForce
    retired: bool = False

    def stated(self, kind: type[SpaceState]) -> SpaceState:
        """State it as a fact of this type."""
        return kind(**{name: getattr(self, name) for name in STATED}, **dict(self.about))


async def premises(conn: Connection, code: str) -> Premises | None:
    """Return the premises, retired ones too, or None."""
    row = await conn.fetchrow(PREMISES, code)
    return Premises(row["premises"], row["owner"], row["unit"], row["retired_at"] is not None) if row else None


async def spaces(conn: Connection, premises: str) -> dict[str, RegisteredSpace]:
    """Return all spaces of premises, retired ones too, by code."""
    return {row["space"]: registered(row) for row in await conn.fetch(SPACES, premises)}


async def space(conn: Connection, code: str) -> RegisteredSpace | None:
    """Return the space, a retired one too, or None."""
    row = await conn.fetchrow(SPACE, code)
    return registered(row) if row else None


def registered(row: Record) -> RegisteredSpace:
    """Make a space of its row."""
    return RegisteredSpace(
        row["space"],
        row["premises"],
        json.loads(row["names"]),
        tuple(row["parts"]),
        tuple(row["leaves"]),
        row["capacity"],
        row["buffer_before"],
        row["buffer_after"],
        row["task"],
        about(row["about"]),
        _rules(row["house_rules"]),
        booking_rules_of(row["booking_rules"]),
        row["retired_at"] is not None,
    )


@lru_cache(maxsize=4096)
def about(told: str) -> AboutSpace:
    """Read what a row says of a space. It is asked for with each search, and changes once in a while."""
    return AboutSpace.model_validate_json(told)


@lru_cache(maxsize=1024)
def booking_rules_of(told: str) -> BookingRulesInForce:
    """Read the rules of a space from its row. Each decision reads them, and they change once in a while."""
    return BookingRulesInForce.model_validate_json(told)


def _rules(told: str | None) -> HouseRules | None:
    return HouseRules.model_validate_json(told) if told else None


async def in_use(conn: Connection, spaces: Iterable[str], now: datetime) -> bool:
    """Tell whether anything is booked or blocked on these spaces from now on."""
    return bool(await conn.fetchval(IN_USE, list(spaces), now))


async def write_premises(conn: Connection, asked: PremisesRequested) -> None:
    """Register premises, or write their new state."""
    await conn.execute(WRITE_PREMISES, asked.premises, asked.owner, asked.unit, json.dumps(asked.names))


async def write_space(
    conn: Connection,
    asked: SpaceRequested,
    leaves: Sequence[str],
    rules: HouseRules | None,
    booking_rules: BookingRulesInForce,
    at: datetime,
) -> RegisteredSpace:
    """Register a space, or write its new state. Each version of its house rules and its booking rules is kept."""
    about = AboutSpace(**{name: getattr(asked, name) for name in AboutSpace.model_fields})
    row = await conn.fetchrow(
        WRITE_SPACE,
        asked.space,
        asked.premises,
        json.dumps(asked.names),
        list(asked.parts),
        list(leaves),
        asked.capacity,
        asked.buffer_before,
        asked.buffer_after,
        asked.task,
        about.model_dump_json(),
        rules.model_dump_json() if rules else None,
        booking_rules.model_dump_json(),
    )
    assert row is not None
    await conn.execute(KEEP_BOOKING_RULES, asked.space, booking_rules.version, booking_rules.model_dump_json(), at)
    if rules is not None:
        await conn.execute(KEEP_RULES, asked.space, rules.version, json.dumps(rules.words), at)
    return registered(row)


async def house_rules(conn: Connection, space: str, version: int | None = None) -> HouseRules | None:
    """Return the house rules of a space as they have been last, or in a version."""
    row = await conn.fetchrow(RULES, space, version)
    return HouseRules(version=row["version"], words=json.loads(row["words"])) if row else None


async def write_leaves(conn: Connection, leaves: Mapping[str, Sequence[str]]) -> None:
    """Write the new leaves of spaces whose parts have changed inside."""
    if leaves:
        await conn.execute(WRITE_LEAVES, json.dumps(leaves))


async def write_hours(conn: Connection, premises: str, valid_from: date, week: tuple[WeeklyHours, ...]) -> None:
    """Write the hours of premises from a date on."""
    await conn.execute(WRITE_HOURS, premises, valid_from, WEEK.dump_json(week).decode())


async def retire_premises(conn: Connection, premises: str, at: datetime) -> None:
    await conn.execute(RETIRE_PREMISES, premises, at)


async def retire_spaces(conn: Connection, spaces: Iterable[str], at: datetime) -> None:
    await conn.execute(RETIRE_SPACES, list(spaces), at)


LISTED = """
select s.space, s.premises, p.owner, p.unit, s.names, p.names as premises_names, s.parts, s.leaves,
    s.capacity, s.buffer_before, s.buffer_after, s.task, s.about, s.house_rules,
    s.booking_rules
from booking.space s join booking.premises p using (premises)
where s.retired_at is null and p.retired_at is null
    and ($1::text is null or p.unit = $1) and ($2::text is null or s.space = $2)
order by s.premises, s.space
"""
OF_UNIT = """
select premises, owner, unit, names from booking.premises
where retired_at is null and ($1::text is null or unit = $1) order by premises
"""
HOURS = """
select h.premises, h.valid_from, h.week::text from booking.hours h
where h.premises = any($1::text[]) and h.valid_from <= $3
    and h.valid_from >= coalesce((select max(e.valid_from) from booking.hours e
        where e.premises = h.premises and e.valid_from <= $2), '-infinity')
"""


@dataclass(frozen=True, slots=True)
class ListedPremises:
    """Premises that are not retired. Names stand by language."""

    premises: str
    owner: str
    unit: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class ListedSpace:
    """A space that can be booked, with what it needs of its premises. Names stand by language, buffers in minutes."""

    space: str
    premises: str
    owner: str
    unit: str
    names: dict[str, str]
    premises_names: dict[str, str]
    parts: list[str]
    leaves: list[str]
    capacity: int
    buffer_before: int
    buffer_after: int
    task: str | None
    about: AboutSpace
    house_rules: HouseRules | None
    booking_rules: BookingRulesInForce


async def listed(conn: Connection, *, unit: str | None = None, space: str | None = None) -> list[ListedSpace]:
    """List the spaces that can be booked, of a unit or of all, or one of them."""
    return [_listed(row) for row in await conn.fetch(LISTED, unit, space)]


async def listed_premises(conn: Connection, unit: str | None) -> list[ListedPremises]:
    """List the premises of a unit or of all, those without a space too."""
    return [listed_premises_of(row) for row in await conn.fetch(OF_UNIT, unit)]


async def hours(conn: Connection, premises: Iterable[str], first: date, last: date) -> list[tuple[str, date, str]]:
    """Return the weeks of premises that are in force between two local dates, as (premises, from, JSON)."""
    return [tuple(row) for row in await conn.fetch(HOURS, list(set(premises)), first, last)]


def listed_premises_of(row: Record) -> ListedPremises:
    """Make premises of a row of premises, owner, unit and names."""
    return ListedPremises(**{**row, "names": json.loads(row["names"])})


def _listed(row: Record) -> ListedSpace:
    return ListedSpace(
        **{
            **row,
            "names": json.loads(row["names"]),
            "premises_names": json.loads(row["premises_names"]),
            "about": about(row["about"]),
            "house_rules": _rules(row["house_rules"]),
            "booking_rules": booking_rules_of(row["booking_rules"]),
        }
    )
