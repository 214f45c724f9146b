"""Keep mails in a folder in place of sending them: where the system runs on somebody's own machine."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from people.mail.post import HandingOver, Mail


class Folder:
    """A folder of mails, each a file that mail programs open, named after its message."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def send(self, mail: Mail, handing_over: HandingOver) -> None:
        await handing_over()
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: Mail) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = self.path / f"{mail.message}.half"
        half.write_bytes(mail.content)
        half.chmod(0o600)
        os.replace(half, self.file(mail.message))

    def file(self, message: UUID) -> Path:
        """Return where the mail of a message stands."""
        return self.path / f"{message}.eml"

    def kept(self) -> list[UUID]:
        """List the messages whose mails are here."""
        return [UUID(file.stem) for file in self.path.glob("*.eml")] if self.path.exists() else []

    def forget(self, messages: Iterable[UUID]) -> None:
        """Remove the mails of these messages."""
        for message in messages:
            self.file(message).unlink(missing_ok=True)
