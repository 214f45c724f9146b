"""What a mail system says became of a mail is kept: asked for where the server gives receipts, found again by what was
asked, read whatever is in it; and an address that is none gets nothing more until its person has told it anew."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from chassis import Settings, channels
from chassis.access import Role, by_channel
from omatoimi_contracts.codec import read
from omatoimi_contracts.messages import MessagesCounted
from omatoimi_contracts.requests import ContactDetailsRequested
from people import scheduled
from people.mail.report import LONGEST, NoReport, receipt
from people.mail.smtp import MailServer
from pydantic import SecretStr

from tests.kits.chassis import Client
from tests.kits.mail_server import Inbox, mail_server
from tests.kits.people import Office, office

from .test_mail_server import handed
from .test_messages import about, resident, states, tell, work_off

MAIL = by_channel("/helsinki/channels/mail", "mail", "vallila", Role.SERVICE)
REPORT = """\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: bounce+0@vallila.fi
Subject: {action}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B0.1/mx.example.org"

This is a MIME-encapsulated message.

--9B0.1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

--9B0.1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
{envelope}
Final-Recipient: rfc822; aino@example.org
Original-Recipient: rfc822;aino@example.org
Action: {action}
Status: {status}

--9B0.1/mx.example.org
Content-Description: Message Headers
Content-Type: text/rfc822-headers

Subject: Varauksesi on vahvistettu
Message-ID: {message_id}

--9B0.1/mx.example.org--
"""


def report(
    message: UUID | str, action: str = "failed", status: str = "5.1.1", *, by: str = "envelope", **changed: str
) -> bytes:
    """A report as a mail system writes it, of a mail that it finds by its envelope or by its Message-ID."""
    envelope = f"Original-Envelope-Id: {message}\n" if by == "envelope" else ""
    named = f"<{message}@vallila.fi>" if by == "message" else "<other@elsewhere.example>"
    told = {"action": action, "status": status, "envelope": envelope, "message_id": named} | changed
    return REPORT.format(**told).replace("\n", "\r\n").encode()


@pytest_asyncio.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with mail_server(tmp_path, dsn=True) as made:
        yield made


@pytest_asyncio.fixture(name="office")
async def an_office(database: str, inbox: Inbox) -> AsyncIterator[Office]:
    installation = Settings().installation
    sender = {"name": "Vallilan kirjasto", "address": "omatoimi@vallila.fi", "bounces": "palaa@vallila.fi"}
    settings = Settings(
        postgres=SecretStr(database),
        smtp_url=SecretStr(inbox.url),
        installation=installation.model_copy(
            update={"messages": installation.messages.model_validate(sender)},
        ),
    )
    async with office(settings) as opened:
        yield opened


@pytest_asyncio.fixture
async def mail(office: Office) -> Client:
    """The mail system."""
    key = channels.new_key()
    async with office.service.pool.acquire() as conn:
        await channels.register(conn, MAIL, key, office.clock.now)
    return Client(office.bench.http, MAIL, key)


async def hand_in(mail: Client, raw: bytes, media: str = "message/rfc822") -> httpx.Response:
    return await mail.http.post("/v1/delivery-reports", content=raw, headers={**mail.asking, "Content-Type": media})


async def sent(office: Office, address: str = "aino@example.org") -> tuple[UUID, UUID]:
    """A person, and a message to them that was sent."""
    person = await resident(office, address)
    assert await tell(office, about(person)) == "created"
    assert await work_off(office) == 1
    (row,) = await office.fetch("select message from people.message where person = $1", person)
    return person, row["message"]


async def email_refused_at(office: Office, person: UUID) -> Any:
    by = replace(await office.signed_in("aino"), person=person)
    client = await office.client("aino")
    assert office.id_of(client) == by.person
    return (await office.me(client))["contact"]["email_refused_at"]


async def test_a_receipt_is_asked_for_where_the_server_gives_some_and_found_again_by_what_was_asked(
    office: Office, inbox: Inbox, mail: Client
) -> None:
    _, message = await sent(office, "a+b=c@example.org")
    (taken,) = inbox.taken()
    assert taken.sender == f"palaa+{message.hex}@vallila.fi"
    assert taken.receipt == {
        "RET": "HDRS",
        "ENVID": str(message),
        "NOTIFY": "SUCCESS,FAILURE",
        "ORCPT": "rfc822;a+2Bb+3Dc@example.org",
    }
    answers = [await hand_in(mail, report(taken.receipt["ENVID"], "delivered", "2.0.0")) for _ in range(2)]
    assert [(one.status_code, one.json()["repeated"]) for one in answers] == [(200, False), (200, True)]
    assert answers[0].json()["outcome"]["data"]["state"] == "delivered"
    assert await states(office) == ["delivered"]
    office.clock.pass_(hours=2)
    await office.run(scheduled.count)
    rows = await office.fetch("select value from chassis.outbox where topic = 'messages.events.v1'")
    facts = [read(row["value"]).data for row in rows]
    counted = sorted((fact.state, fact.messages) for fact in facts if isinstance(fact, MessagesCounted))
    assert counted == [("accepted", 1), ("created", 1), ("delivered", 1)]


async def test_a_server_without_receipts_is_asked_for_none(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as made:
        post = MailServer(made.url)
        assert await handed(post, "aino@example.org") == 1
        assert [one.receipt for one in made.taken()] == [{}]
        await post.close()


async def test_nothing_more_goes_to_an_address_that_is_none_until_its_person_has_told_it_anew(
    office: Office, inbox: Inbox, mail: Client
) -> None:
    person, message = await sent(office)
    assert await email_refused_at(office, person) is None
    answer = await hand_in(mail, report(message, by="message"))
    assert (answer.status_code, await states(office)) == (200, ["permanent"])
    assert await email_refused_at(office, person) is not None
    assert await tell(office, about(person)) == "created"
    await work_off(office)
    assert (await states(office), inbox.count()) == (["permanent", "permanent"], 1)
    office.clock.pass_(minutes=1)
    await resident(office)
    assert await email_refused_at(office, person) is None
    assert await tell(office, about(person)) == "created"
    await work_off(office)
    assert inbox.count() == 2


async def test_a_late_bounce_says_nothing_of_an_address_that_was_told_since(office: Office, mail: Client) -> None:
    person, message = await sent(office)
    office.clock.pass_(minutes=1)
    told = ContactDetailsRequested(name="Aino", email="new@example.org")
    assert await office.outcome(told, replace(await office.signed_in("aino"), person=person)) == "recorded"
    assert (await hand_in(mail, report(message))).status_code == 200
    assert (await states(office), await email_refused_at(office, person)) == (["permanent"], None)


@pytest.mark.parametrize(
    ("receipts", "state"),
    [
        ([("failed", "4.4.7")], "temporary"),
        ([("failed", "5.2.2")], "temporary"),
        ([("failed", "5.7.1")], "technical"),
        ([("failed", "4.4.7"), ("delivered", "2.0.0")], "delivered"),
        ([("delivered", "2.0.0"), ("failed", "4.4.7")], "delivered"),
        ([("delivered", "2.0.0"), ("failed", "5.1.1")], "permanent"),
        ([("failed", "5.1.1"), ("delivered", "2.0.0")], "permanent"),
    ],
)
async def test_receipts_come_in_any_order_and_what_weighs_most_stays(
    office: Office, mail: Client, receipts: list[tuple[str, str]], state: str
) -> None:
    _, message = await sent(office)
    for action, status in receipts:
        assert (await hand_in(mail, report(message, action, status))).status_code == 200
    assert await states(office) == [state]


async def test_a_receipt_that_comes_before_the_servers_answer_is_not_overtaken_by_it(
    office: Office, inbox: Inbox, mail: Client
) -> None:
    person = await resident(office, "drop@example.org")
    assert await tell(office, about(person)) == "created"
    assert await work_off(office) == 1
    assert await states(office) == ["created"], "nobody knows whether it was taken"
    (taken,) = inbox.taken()
    assert (await hand_in(mail, report(taken.receipt["ENVID"], "delivered", "2.0.0"))).status_code == 200
    office.clock.pass_(hours=1)
    await work_off(office)
    assert (await states(office), inbox.count()) == (["delivered"], 1), "what has arrived is not repeated"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\x00" * 1_000,
        b"Subject: out of office\r\n\r\nI am away.",
        report(uuid4(), "delayed", "4.4.1"),
        report(uuid4(), "relayed", "2.1.9"),
        report("no id", by="neither"),
        report(uuid4(), status="nonsense"),
        report(uuid4()).replace(b"multipart/report", b"multipart/mixed"),
        report(uuid4()).replace(b"boundary=", b"boundary*0="),
        b'Content-Type: multipart/report; boundary="x\r\n' + b";" * 90_000,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/digest; boundary=x\r\n\r\n" * 1_500,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        + b"\r\n" * 40_000,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: =?utf-8?q?\xff?=\r\n: \r\n"
        b"\x00\r\n\r\n--x--",
    ],
    ids=lambda raw: str(len(raw)),
)
async def test_what_is_no_report_is_refused_whatever_is_in_it(mail: Client, raw: bytes) -> None:
    answer = await hand_in(mail, raw)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:omatoimi:problem:no-report"), answer.text
    with pytest.raises(NoReport):
        receipt(raw)


async def test_only_the_mail_system_hands_in_and_only_what_is_a_mail_of_bounded_size(
    office: Office, mail: Client
) -> None:
    _, message = await sent(office)
    assert (await hand_in(mail, report(message), "application/json")).status_code == 415
    assert (await hand_in(mail, report(message) + b"x" * LONGEST)).status_code == 413
    assert (await hand_in(office.bench.web, report(message))).status_code == 403
    assert (await hand_in(await office.client("aino"), report(message))).status_code == 403
    assert (await hand_in(mail, report(uuid4()))).status_code == 404
    assert await states(office) == ["accepted"]
    body = {"message": str(message), "state": "delivered", "status": "2.0.0"}
    assert (await office.bench.web.post("/v1/message-receipts", body)).status_code == 403
    assert (await mail.post("/v1/message-receipts", body)).status_code == 200
    assert await states(office) == ["delivered"]
