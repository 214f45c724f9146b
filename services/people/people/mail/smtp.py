"""Hand mails to a mail server, each step of the exchange by itself (RFC 5321): who breaks off before the content was
sent has not got the mail; who does after it may have got it or not.

Connections are kept for the next mail, and never mended: after any fault a fresh one is made.
"""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from people.domain.delivery import DeliveryStage, Failure
from people.mail.post import HandingOver, Mail, NotTaken, Unanswered

CONNECT_SECONDS, ANSWER_SECONDS, CONTENT_SECONDS = 10.0, 30.0, 120.0
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
LINES_THAT_BEGIN_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)
NO_XTEXT = re.compile(r"[^!-*,-<>-~]")
SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""How a mail server is reached, and at which port: encrypted where it offers that, always after the greeting, from the
beginning."""


class MailServer:
    """A mail server at an address such as `smtps://user:password@mail.example:465`, and the connections to it."""

    def __init__(self, address: str) -> None:
        told = urlsplit(address)
        self._make: Callable[[], SMTP] = partial(
            SMTP,
            hostname=told.hostname,
            port=told.port or SCHEMES[told.scheme],
            username=unquote(told.username) if told.username else None,
            password=unquote(told.password) if told.password else None,
            use_tls=told.scheme == "smtps",
            start_tls=True if told.scheme == "smtp+starttls" else None,
            timeout=CONNECT_SECONDS,
        )
        self._kept: list[SMTP] = []

    async def send(self, mail: Mail, handing_over: HandingOver) -> None:
        connection = await self._agreed(mail)
        try:
            await handing_over()
            await _content(connection, mail.content)
        except BaseException:
            connection.close()
            raise
        self._kept.append(connection)

    async def close(self) -> None:
        """Close the connections that are kept."""
        while self._kept:
            self._kept.pop().close()

    async def _agreed(self, mail: Mail) -> SMTP:
        """Open a connection at which everything but the content was told. One that was kept may have been closed since:
        then it is told again to a fresh one."""
        while self._kept:
            kept = self._kept.pop()
            try:
                await _offer(kept, mail)
            except NotTaken as refused:
                if refused.failure.code not in (0, 421):
                    raise
            else:
                return kept
        fresh = self._make()
        await _step(DeliveryStage.CONNECTION, fresh.connect(), fresh)
        await _offer(fresh, mail)
        return fresh


async def _offer(connection: SMTP, mail: Mail) -> None:
    """Tell everything but the content, and ask for a receipt where the server gives some (RFC 3461). Raises NotTaken,
    with the connection closed."""
    if connection.is_ehlo_or_helo_needed:
        await _step(DeliveryStage.CONNECTION, connection.ehlo(timeout=ANSWER_SECONDS), connection)
    options, encoding = ([], "ascii") if mail.to.isascii() else (["SMTPUTF8"], "utf-8")
    receipt: list[str] = []
    if connection.supports_extension("dsn"):
        options += ["RET=HDRS", f"ENVID={mail.message}"]
        receipt = ["NOTIFY=SUCCESS,FAILURE", *([f"ORCPT=rfc822;{_xtext(mail.to)}"] if mail.to.isascii() else [])]
    sender = connection.mail(mail.bounces_to, options=options, timeout=ANSWER_SECONDS)
    await _step(DeliveryStage.SENDER, sender, connection)
    recipient = connection.rcpt(mail.to, options=receipt, encoding=encoding, timeout=ANSWER_SECONDS)
    await _step(DeliveryStage.RECIPIENT, recipient, connection)
    answer = await _step(DeliveryStage.CONTENT, connection.execute_command(b"DATA", timeout=ANSWER_SECONDS), connection)
    if answer.code != 354:
        raise _refused(DeliveryStage.CONTENT, answer, connection)


def _xtext(text: str) -> str:
    """Return text as a parameter of SMTP tells it (RFC 3461 § 4)."""
    return NO_XTEXT.sub(lambda one: f"+{ord(one[0]):02X}", text)


async def _content(connection: SMTP, mail: bytes) -> None:
    """Send the content and the dot after it. By the parts of the client's `data()`, which would tell a connection that
    broke before the content from one that broke after it by nothing."""
    content = LINES_THAT_BEGIN_WITH_A_DOT.sub(b"..", mail.removesuffix(b"\r\n")) + b"\r\n.\r\n"
    protocol = connection.protocol
    if protocol is None or not protocol.is_connected:
        raise NotTaken(Failure(DeliveryStage.CONTENT))
    try:
        protocol.write(content)
        answer = await protocol.read_response(CONTENT_SECONDS)
    except (SMTPException, OSError):
        raise Unanswered from None
    if answer.code != 250:
        raise _refused(DeliveryStage.CONTENT, answer, connection)


async def _step(stage: DeliveryStage, step: Awaitable[SMTPResponse], connection: SMTP) -> SMTPResponse:
    try:
        return await step
    except SMTPResponseException as error:
        raise _refused(stage, error, connection) from None
    except (SMTPException, OSError):
        connection.close()
        raise NotTaken(Failure(stage)) from None


def _refused(stage: DeliveryStage, answer: SMTPResponse | SMTPResponseException, connection: SMTP) -> NotTaken:
    connection.close()
    status = STATUS.search(answer.message)
    return NotTaken(Failure(stage, answer.code, status[0] if status else ""))
