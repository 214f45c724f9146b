"""A mail server with moods, in a process of its own: what it takes stands in its journal before it answers.

The mood is the recipient's local part, up to a `+`:

* `421` and `451`: refuses the recipient twice, 421 closing the connection; then takes it.
* `550`, `552`, `policy`: refuses the recipient for good.
* `dislikes`: refuses what it has read, for good.
* `stall`: takes the first message and never answers; takes the next.
* `drop`: takes the first message and closes the connection without an answer; takes the next.
* `early`: closes the first connection before it has asked for the content; takes the next.
* `slow`: takes the message and answers when it is told to go on.
* `split`: answers in several lines and single bytes.

Everybody else's is taken at once. With `dsn` it offers receipts (RFC 3461), and keeps what was asked of them.
"""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

FOR_GOOD = {"550": "550 5.1.1 no such mailbox", "552": "552 5.2.2 mailbox full", "policy": "550 5.7.1 not from you"}
BUSY = {"421": "421 4.3.2 closing", "451": "451 4.7.1 greylisted, come back later"}


def mood(address: str) -> str:
    return address.partition("@")[0].partition("+")[0]


@dataclass(frozen=True)
class Taken:
    """A mail that the server has taken over."""

    sender: str
    to: str
    content: bytes
    receipt: dict[str, str]

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])


@dataclass(frozen=True)
class Inbox:
    """The server's address, and what it has taken, in order."""

    url: str
    journal: Path

    def taken(self) -> list[Taken]:
        whole = self.journal.read_bytes() if self.journal.exists() else b""
        lines = [json.loads(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]
        return [
            Taken(one["from"], one["to"], one["content"].encode("utf-8", "surrogateescape"), one["receipt"])
            for one in lines
        ]

    def go_on(self) -> None:
        """Let it answer those to whom it is slow."""
        Path(f"{self.journal}.go-on").touch()

    def count(self) -> int:
        return self.journal.read_bytes().count(b"\n") if self.journal.exists() else 0


@asynccontextmanager
async def mail_server(folder: Path, *, a_connection: int = 0, dsn: bool = False) -> AsyncIterator[Inbox]:
    """Run one, whose journal stands in the folder; it closes connections after so many messages (0: never)."""
    journal = folder / "journal"
    arguments = (sys.executable, "-P", __file__, str(journal), str(a_connection), *(["dsn"] if dsn else []))
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield Inbox(f"smtp://127.0.0.1:{port}", journal)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


OF_RECEIPTS = re.compile(r" (RET|ENVID|NOTIFY|ORCPT)=(\S+)")


class Moody(SMTP):
    """A connection."""

    taken = 0
    receipt: dict[str, str]

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.receipt = {}
        await super().smtp_MAIL(self._without_receipt(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(self._without_receipt(arg))

    def _without_receipt(self, arg: str | None) -> str | None:
        """A command without what is asked of receipts, which the library knows nothing of."""
        if arg is None or not self.event_handler.dsn:
            return arg
        self.receipt |= dict(OF_RECEIPTS.findall(arg))
        return OF_RECEIPTS.sub("", arg)

    async def smtp_DATA(self, arg: str) -> None:
        assert self.envelope is not None
        if any(self.event_handler.is_first("early", to) for to in self.envelope.rcpt_tos):
            self.break_off()
            return
        await super().smtp_DATA(arg)

    def close(self) -> None:
        assert self.transport is not None
        self.transport.close()

    def break_off(self) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()

    async def push(self, status: Any) -> None:
        if self.envelope is None or not any(mood(to) == "split" for to in self.envelope.rcpt_tos):
            await super().push(status)
            return
        code, text = status[:3], status[4:]
        for byte in f"{code}-first\r\n{code} {text}\r\n".encode():
            self._writer.write(bytes([byte]))
            await self._writer.drain()
            await asyncio.sleep(0)


class Handler:
    """What all connections share."""

    def __init__(self, journal: str, a_connection: int, dsn: bool) -> None:
        self.dsn = dsn
        self.journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.a_connection = a_connection
        self.go_on = Path(f"{journal}.go-on")
        self.seen: Counter[tuple[str, str]] = Counter()

    def is_first(self, of: str, address: str, times: int = 1) -> bool:
        """Whether this recipient has this mood, and shows it for the first so many times."""
        if mood(address) != of:
            return False
        self.seen[of, address] += 1
        return self.seen[of, address] <= times

    async def handle_EHLO(
        self, server: Moody, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-DSN"] if self.dsn else []), responses[-1]]

    async def handle_RCPT(
        self, server: Moody, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if mood(address) in FOR_GOOD:
            return FOR_GOOD[mood(address)]
        if any(self.is_first(of, address, 2) for of in BUSY):
            return BUSY[mood(address)]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Moody, session: Session, envelope: Envelope) -> str:
        (to,) = envelope.rcpt_tos
        if mood(to) == "dislikes":
            return "554 5.6.0 not this"
        assert isinstance(envelope.content, bytes)
        content = envelope.content.decode("utf-8", "surrogateescape")
        told = {"from": envelope.mail_from, "to": to, "content": content, "receipt": server.receipt}
        os.write(self.journal, (json.dumps(told) + "\n").encode())
        if self.is_first("stall", to):
            await asyncio.Event().wait()
        while mood(to) == "slow" and not self.go_on.exists():  # noqa: ASYNC110 - another process says it
            await asyncio.sleep(0.02)
        server.taken += 1
        if self.is_first("drop", to):
            server.break_off()
        elif server.taken == self.a_connection:
            asyncio.get_running_loop().call_later(0, server.close)
        return "250 OK"


async def main(journal: str, a_connection: int, dsn: bool) -> None:
    handler = Handler(journal, a_connection, dsn)
    made = await asyncio.get_running_loop().create_server(
        lambda: Moody(handler, hostname="mail.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    print(made.sockets[0].getsockname()[1], flush=True)
    await made.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), "dsn" in sys.argv[3:]))
