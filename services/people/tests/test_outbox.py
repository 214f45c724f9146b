"""In local mode mails go into a folder, are shown on a page, and go from there with their person."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from chassis import Settings
from chassis.access import Role, by_channel
from chassis.installation import Installation
from chassis.jobs import work
from omatoimi_contracts.requests import ContactDetailsRequested, ErasureRequested, MessageRequested
from people import mail
from people.mail.smtp import MailServer
from people.main import service
from pydantic import SecretStr

from tests.kits.people import Office, office

NOTICES = by_channel("/helsinki/channels/notices", "notices", "vallila", Role.SERVICE)


@pytest_asyncio.fixture(name="office")
async def local_office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(Settings(postgres=SecretStr(database), mail_folder=tmp_path / "mail")) as opened:
        yield opened


async def tell(office: Office, person: UUID) -> None:
    told = {"person": person, "kind": "notice-approved", "cause": uuid4(), "unit": "vallila", "notice": uuid4()}
    assert await office.outcome(MessageRequested.model_validate(told), NOTICES) == "created"
    while await work(office.service):
        pass


async def test_what_would_have_been_sent_is_shown_and_goes_with_its_person(office: Office, tmp_path: Path) -> None:
    by = await office.signed_in("aino")
    assert by.person is not None
    name = '<script>alert("Aino")</script>'
    await office.outcome(ContactDetailsRequested(name=name, email="aino@example.org", language="sv"), by)
    await tell(office, by.person)
    (file,) = (tmp_path / "mail").iterdir()
    assert (file.suffix, file.stat().st_mode & 0o077) == (".eml", 0)
    page = await office.bench.http.get("/outbox?lang=fi")
    assert page.status_code == 200
    assert "Ditt anslag har godkänts" in page.text
    assert "<script>alert" not in page.text
    assert await office.outcome(ErasureRequested(), by) == "erased"
    page = await office.bench.http.get("/outbox?lang=fi")
    assert "Viestejä ei ole." in page.text
    (clear,) = [job for job in office.service.scheduled if job.name == "clear"]
    await office.run(clear)
    assert list((tmp_path / "mail").iterdir()) == []


async def test_there_is_no_outbox_where_mails_are_sent(database: str) -> None:
    async with office(Settings(postgres=SecretStr(database))) as opened:
        assert (await opened.bench.http.get("/outbox")).status_code == 404


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"smtp_url": "smtp://mail.example", "mail_folder": "mail"}, "two places for mails"),
        ({"smtp_url": "smtp://mail.example"}, "names no address from which mails come"),
        ({"smtp_url": "http://mail.example"}, "give smtp://"),
        ({"smtp_url": "smtp://"}, "give smtp://"),
    ],
)
def test_where_mails_would_come_from_nobody_or_go_nowhere_it_does_not_start(
    settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        service(Settings.model_validate(settings))


def test_a_mail_server_is_what_the_address_says() -> None:
    of_a_city = Installation.model_validate(
        Settings().installation.model_dump() | {"messages": {"address": "omatoimi@vallila.fi"}}
    )
    told = Settings(smtp_url=SecretStr("smtps://aino:s%40t@mail.example"), installation=of_a_city)
    assert isinstance(mail.post(told), MailServer)
    assert mail.post(Settings()) is None
