"""Whatever becomes of who sends, no message is lost; what comes twice is marked, bears the same Message-ID, and is no
more than one for each connection and each kill."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
import yaml
from chassis import Service, Settings
from chassis.installation import EXAMPLE, load
from chassis.outbox import write_all
from omatoimi_contracts.requests import MessageRequested
from people.handlers.messages import create
from people.main import service
from people.sending import AT_ONCE
from people.store import contacts, persons
from pydantic import SecretStr

from tests.kits.mail_server import Inbox, mail_server
from tests.kits.platform import Servers
from tests.kits.process import Process, process
from tests.waiting import until

MESSAGES, KILLS, PERSONS = 10_000, 3, 100
SEED = 20261130
HERE = Path(__file__).parent


@pytest_asyncio.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with mail_server(tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def people(database: str, inbox: Inbox, tmp_path: Path) -> AsyncIterator[Service]:
    """People with a database and a mail server, doing nothing by itself."""
    city = load(EXAMPLE).model_dump(mode="json", exclude_none=True) | {"messages": {"address": "omatoimi@vallila.fi"}}
    file = tmp_path / "installation.yaml"
    file.write_text(yaml.safe_dump(city), encoding="utf-8")
    made = service(Settings(postgres=SecretStr(database), smtp_url=SecretStr(inbox.url), installation=load(file)))
    await made.connect()
    yield made
    await made.disconnect()


@asynccontextmanager
async def sender(platform: Servers, of: Service, tmp_path: Path) -> AsyncIterator[Process]:
    """The role `jobs` of people in a process of its own; it is gone when the context ends."""
    told = {
        "OMATOIMI_POSTGRES": of.settings.postgres.get_secret_value(),
        "OMATOIMI_INSTALLATION": str(tmp_path / "installation.yaml"),
        "OMATOIMI_SMTP_URL": of.settings.smtp_url.get_secret_value() if of.settings.smtp_url else "",
    }
    port = of.settings.port  # the same in each life: the addresses in a message are made of it
    with process("people", "jobs", environment=told, folder=tmp_path, port=port) as sending:
        yield sending
        if sending.code is None:
            await sending.kill(platform)


async def ask_for(people: Service, addresses: Sequence[str], number: int, **more: Any) -> None:
    """Let each of so many persons in turn be told something, each message of a cause of its own."""
    known: list[UUID] = []
    async with people.pool.acquire() as conn:
        for address in addresses:
            person = await persons.signed_in(conn, "https://provider.example", address, people.clock())
            await contacts.prefill(conn, person, "", address, "fi", people.clock())
            known.append(person)
        for begin in range(0, number, 500):
            async with conn.transaction():
                tx = people.transaction(conn)
                for at in range(begin, min(begin + 500, number)):
                    told = {"person": known[at % len(known)], "cause": uuid4(), "unit": "vallila", **more}
                    await create(MessageRequested.model_validate(told), tx)
                await write_all(people, tx)


async def states(people: Service) -> Counter[str]:
    return Counter(
        {
            row["state"]: row["n"]
            for row in await people.pool.fetch("select state, count(*) as n from people.message group by state")
        }
    )


async def hurry(people: Service, state: str) -> None:
    """Let jobs that are held (`running`), or wait for their time (`waiting`), be done at once: so long nobody waits
    here for leases and pauses to be over."""
    await people.pool.execute("update chassis.job set claimable_at = now() where state = $1", state)


async def test_of_ten_thousand_messages_none_is_lost_though_the_sender_is_killed_three_times(
    platform: Servers, people: Service, inbox: Inbox, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    addresses = [f"resident+{number}@example.org" for number in range(PERSONS)]
    await ask_for(people, addresses, MESSAGES, kind="notice-approved", notice=uuid4())
    for kill in range(KILLS):
        enough = chance.randrange(kill * 3_000 + 500, kill * 3_000 + 3_000)
        async with sender(platform, people, tmp_path):
            await until(lambda: _holds(inbox.count() >= enough), f"{enough} are taken")  # noqa: B023
        await hurry(people, "running")
    async with sender(platform, people, tmp_path):
        await until(lambda: _over(people), "all others are sent", 900)
        doubtful = await people.pool.fetchval("select count(*) from people.message where state = 'created'")
        await hurry(people, "waiting")
        await until(lambda: _all_accepted(people, MESSAGES), "the doubtful ones are sent too", 900)
    came = Counter(taken.message_id for taken in inbox.taken())
    rows = await people.pool.fetch("select message_id, uncertain from people.message")
    repeated = {message_id for message_id, times in came.items() if times > 1}
    repeats = sum(came.values()) - len(came)
    print(f"seed {SEED}: {len(rows)} messages, {KILLS} kills, {doubtful} in doubt, {repeats} came twice")
    assert {row["message_id"] for row in rows} == set(came)
    assert len(rows) == MESSAGES
    assert repeats <= AT_ONCE * KILLS
    assert repeated <= {row["message_id"] for row in rows if row["uncertain"]}
    assert sum(row["uncertain"] for row in rows) <= AT_ONCE * KILLS


async def _holds(held: bool) -> bool:
    return held


async def _over(people: Service) -> bool:
    """Whether nothing is sent any more but what is in doubt."""
    return not await people.pool.fetchval(
        "select exists (select from people.message where state <> 'accepted' and uncertain = 0 or state = 'sending')"
    )


async def _all_accepted(people: Service, number: int) -> bool:
    return await states(people) == Counter(accepted=number)


async def test_who_is_killed_while_the_server_owes_its_answer_has_it_repeated_once(
    platform: Servers, people: Service, inbox: Inbox, tmp_path: Path
) -> None:
    await ask_for(people, ["stall@example.org"], 1, kind="notice-approved", notice=uuid4())
    async with sender(platform, people, tmp_path):
        await until(lambda: _holds(inbox.count() == 1), "the server has taken it")
    await hurry(people, "running")
    async with sender(platform, people, tmp_path):
        await until(lambda: _in_doubt(people), "it is in doubt")
        assert inbox.count() == 1, "nothing is repeated before its time"
        await hurry(people, "waiting")
        await until(lambda: _all_accepted(people, 1), "it is taken again")
    first, second = inbox.taken()
    assert (first.message_id, first.content) == (second.message_id, second.content)
    assert await people.pool.fetchval("select uncertain from people.message") == 1


async def _in_doubt(people: Service) -> bool:
    return bool(await people.pool.fetchval("select true from people.message where uncertain = 1 and state = 'created'"))


async def test_who_is_killed_before_the_content_is_sent_leaves_no_doubt(
    platform: Servers, people: Service, inbox: Inbox, tmp_path: Path
) -> None:
    """What was in hand when its sender died, and not yet on its way, is sent as if nothing had been."""
    await ask_for(people, ["aino@example.org"], 1, kind="notice-approved", notice=uuid4())
    await people.pool.execute("update people.message set state = 'sending', attempt = 1, tries = 1")
    await people.pool.execute("update chassis.job set state = 'running', claim = 1")
    async with sender(platform, people, tmp_path):
        await until(lambda: _all_accepted(people, 1), "it is sent")
    assert inbox.count() == 1
    assert await people.pool.fetchval("select uncertain from people.message") == 0


async def test_who_is_told_to_stop_waits_for_the_answer_that_the_server_owes(
    platform: Servers, people: Service, inbox: Inbox, tmp_path: Path
) -> None:
    await ask_for(people, ["slow@example.org"], 1, kind="notice-approved", notice=uuid4())
    async with sender(platform, people, tmp_path) as sending:
        await until(lambda: _holds(inbox.count() == 1), "the server has taken it")
        sending.ask_to_end()
        inbox.go_on()
        assert await sending.ended() == 0
    assert await states(people) == Counter(accepted=1)
    assert await people.pool.fetchval("select uncertain from people.message") == 0
