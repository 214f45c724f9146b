"""An association for those who act for it: its proof, its members' rights, its bookings and its notices."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio
from web.services import client

from tests.kits.web import NOBODY, Site, site


@pytest_asyncio.fixture
async def alone(dsn: str) -> AsyncIterator[Site]:
    """The web channel, before no service at all."""
    async with site(dsn, {"people": client(NOBODY)}) as made:
        yield made


async def test_who_does_not_act_for_an_association_does_not_find_it(alone: Site) -> None:
    one, other = uuid4(), uuid4()
    async with alone.browser(await alone.signed_in(organisations=(one,))) as browser:
        assert (await browser.get(f"/associations/{one}")).status_code == 200
        assert (await browser.get(f"/associations/{other}")).status_code == 404
    async with alone.browser() as browser:
        assert (await browser.get(f"/associations/{one}")).status_code == 303


async def test_while_services_do_not_answer_the_page_says_what_it_does_not_know(alone: Site) -> None:
    one = uuid4()
    async with alone.browser(await alone.signed_in(organisations=(one,))) as browser:
        page = await browser.get(f"/associations/{one}?lang=fi")
        assert "Yhdistyksen vahvistus ei juuri nyt näy" in page.text
        assert (
            page.text.count("Tämä osa ei juuri nyt vastaa.") == 5
        )  # members, one's own right, quota, bookings, notices
        for known in ("Yhdistyksen sihteeri näkee", "Yhdistyksellä ei ole", "ei ole vahvistanut"):
            assert known not in page.text
