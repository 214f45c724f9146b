"""Handed to a mail server that refuses, stalls after the dot or closes early, a mail is surely taken, surely not, or in
doubt; and nobody's connection is mended."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from people.domain.delivery import DeliveryStage, Failure
from people.mail import smtp
from people.mail.post import Mail, NotTaken, Unanswered
from people.mail.smtp import MailServer

from tests.kits.mail_server import Inbox, mail_server

MAIL = b"Subject: of dots\r\n\r\n.hidden\r\n..\r\nlast\r\n"
SENDER = "bounce+1@library.example"


def mail(to: str) -> Mail:
    return Mail(UUID(int=1), MAIL, to, SENDER)


@pytest_asyncio.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with mail_server(tmp_path) as made:
        yield made


class Handing:
    """How often a mail was about to be handed over."""

    times = 0

    async def __call__(self) -> None:
        self.times += 1


async def handed(post: MailServer, to: str) -> int:
    handing = Handing()
    await post.send(mail(to), handing)
    return handing.times


async def refused(post: MailServer, to: str) -> tuple[Failure, int]:
    handing = Handing()
    with pytest.raises(NotTaken) as told:
        await post.send(mail(to), handing)
    return told.value.failure, handing.times


async def test_a_mail_arrives_byte_for_byte_dots_and_all_also_where_answers_come_in_pieces(inbox: Inbox) -> None:
    post = MailServer(inbox.url)
    assert await handed(post, "aino@example.org") == 1
    assert await handed(post, "split+1@example.org") == 1
    assert [(one.sender, one.to, one.content) for one in inbox.taken()] == [
        (SENDER, "aino@example.org", MAIL),
        (SENDER, "split+1@example.org", MAIL),
    ]
    await post.close()


@pytest.mark.parametrize(
    ("mood", "failure"),
    [
        ("421", Failure(DeliveryStage.RECIPIENT, 421, "4.3.2")),
        ("451", Failure(DeliveryStage.RECIPIENT, 451, "4.7.1")),
        ("550", Failure(DeliveryStage.RECIPIENT, 550, "5.1.1")),
        ("552", Failure(DeliveryStage.RECIPIENT, 552, "5.2.2")),
        ("policy", Failure(DeliveryStage.RECIPIENT, 550, "5.7.1")),
        ("early", Failure(DeliveryStage.CONTENT)),
    ],
)
async def test_what_is_refused_before_the_content_was_surely_not_taken(
    inbox: Inbox, mood: str, failure: Failure
) -> None:
    post = MailServer(inbox.url)
    assert await refused(post, f"{mood}@example.org") == (failure, 0)
    assert inbox.taken() == []
    assert await handed(post, "aino@example.org") == 1, "a fresh connection is made after it"
    await post.close()


async def test_what_is_refused_after_the_content_was_surely_not_taken_either(inbox: Inbox) -> None:
    post = MailServer(inbox.url)
    assert await refused(post, "dislikes@example.org") == (Failure(DeliveryStage.CONTENT, 554, "5.6.0"), 1)
    assert inbox.taken() == []


@pytest.mark.parametrize("mood", ["stall", "drop"])
async def test_what_breaks_off_after_the_content_is_in_doubt(
    inbox: Inbox, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long it waits for an answer that never comes.
    monkeypatch.setattr(smtp, "CONTENT_SECONDS", 1.0)
    post = MailServer(inbox.url)
    with pytest.raises(Unanswered):
        await handed(post, f"{mood}@example.org")
    assert len(inbox.taken()) == 1
    assert await handed(post, "aino@example.org") == 1
    await post.close()


async def test_a_server_that_closes_after_three_is_told_the_next_ones_anew(tmp_path: Path) -> None:
    """Three are taken, the connection is closed; nothing is sent twice, nothing is lost."""
    async with mail_server(tmp_path, a_connection=3) as inbox:
        post = MailServer(inbox.url)
        for number in range(5):
            assert await handed(post, f"aino+{number}@example.org") == 1
        assert [one.to for one in inbox.taken()] == [f"aino+{number}@example.org" for number in range(5)]
        await post.close()


async def test_nobody_there_is_a_failure_of_the_connection() -> None:
    assert await refused(MailServer("smtp://127.0.0.1:1"), "aino@example.org") == (Failure(DeliveryStage.CONNECTION), 0)


async def test_who_does_not_let_us_hand_over_gets_nothing(inbox: Inbox) -> None:
    async def not_ours() -> None:
        raise LookupError

    post = MailServer(inbox.url)
    with pytest.raises(LookupError):
        await post.send(mail("aino@example.org"), not_ours)
    assert await handed(post, "eve@example.org") == 1
    assert [one.to for one in inbox.taken()] == ["eve@example.org"]
    await post.close()
