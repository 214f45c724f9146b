"""My page: what somebody booked, what is held of them, and that nobody else gets at it; as people vouches for them."""

import json
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from omatoimi.installation import RunningInstallation
from web.rendering import PAGES

from .test_booking import event_of, form, free, looked_at, sent, signed_in
from .visitor import Page, Visitor

EN = PAGES.words["en"]


@pytest.fixture(scope="module")
def origin(installation: RunningInstallation) -> str:
    return f"http://127.0.0.1:{installation.port}"


@pytest.fixture
def aino(origin: str) -> Visitor:
    return signed_in(origin)


def booked(visitor: Visitor) -> Page:
    """The receipt of a booking."""
    return sent(visitor, looked_at(visitor, free(visitor)))


def paths(page: Page) -> set[str]:
    return {urlsplit(link).path for link in page.links}


def test_a_booking_stands_among_the_coming_ones_and_then_among_the_cancelled(aino: Visitor) -> None:
    receipt = urlsplit(booked(aino).url).path
    coming = aino.open("/my?lang=en")
    assert {receipt, f"{receipt}/move", f"{receipt}/cancel"} <= paths(coming)
    aino.send(form(aino.open(f"{receipt}/cancel?lang=en"), f"{receipt}/cancel"))
    assert receipt not in paths(aino.open("/my?lang=en"))
    gone = aino.open("/my?lang=en&show=cancelled")
    assert receipt in paths(gone)
    assert f"{receipt}/move" not in paths(gone)
    assert receipt not in paths(aino.open("/my?lang=en&show=past"))


async def test_nobody_else_sees_moves_or_cancels_a_booking(
    aino: Visitor, origin: str, installation: RunningInstallation
) -> None:
    receipt = urlsplit(booked(aino).url).path
    question = form(aino.open(f"{receipt}/cancel?lang=en"), f"{receipt}/cancel")
    other = signed_in(origin, "secretary")
    for path in ("", "/move", "/cancel", "/calendar.ics"):
        assert other.open(f"{receipt}{path}").status == 404, path
    theirs = form(other.open("/book?space=kerhohuone"))
    for act in ("move", "cancel"):
        fields = {"csrf": theirs.fields["csrf"], "id": question.fields["id"], "act": "send"}
        slot = {"day": "2030-01-01", "start": "12:00", "end": "13:00"}
        answer = other.http.post(f"{receipt}/{act}", data=fields | slot, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 404
    assert receipt not in paths(other.open("/my?lang=en"))
    assert receipt in paths(aino.open("/my?lang=en"))


async def test_no_name_goes_to_the_events(aino: Visitor, installation: RunningInstallation) -> None:
    told = await event_of(installation, urlsplit(booked(aino).url).path.rpartition("/")[2], "confirmed")
    assert "Aino" not in json.dumps(told)
    assert "person" not in told


def test_contact_details_are_kept_as_typed_and_what_is_wrong_is_said(aino: Visitor) -> None:
    page = aino.open("/my/data?lang=en")
    kept = {"name": "<b>Aino</b> & Co", "email": "aino@example.invalid", "telephone": "+358 40 1234567"}
    saved = aino.send(form(page, "/my/data"), **kept, language="sv", consents="digests")
    assert saved.has(EN["data.saved"])
    again = form(aino.open("/my/data?lang=en"), "/my/data").fields
    assert {name: again[name] for name in kept} == kept
    assert "<b>Aino" not in aino.open("/my/data").html
    wrong = aino.send(form(page, "/my/data"), **kept | {"email": "nobody"}, language="fi", id="")
    assert (wrong.status, wrong.has(EN["data.fault.email"])) == (422, True)
    assert form(wrong, "/my/data").fields["email"] == "nobody"


async def test_that_an_address_takes_no_mail_is_said_until_it_is_saved_again(
    aino: Visitor, installation: RunningInstallation
) -> None:
    typed = form(aino.open("/my/data?lang=en"), "/my/data")
    aino.send(typed, name="Aino", email="aino.away@example.invalid", language="fi")
    conn = await asyncpg.connect(installation.addresses["postgres"]["people"])
    try:
        told = await conn.execute(
            "insert into people.refused_address select person, email, now() from people.contact where email = $1",
            "aino.away@example.invalid",
        )
    finally:
        await conn.close()
    assert told == "INSERT 0 1"
    for lang in ("fi", "sv", "en"):
        page = aino.open(f"/my/data?lang={lang}")
        assert page.has(PAGES.words[lang]["data.refused"]), lang
    aino.send(form(page, "/my/data"), name="Aino", email="aino.away@example.invalid", language="fi")
    assert not aino.open("/my/data?lang=en").has(EN["data.refused"])


def test_all_that_is_held_is_one_file_and_erased_nothing_of_it_is_left(origin: str) -> None:
    reino = signed_in(origin, "school")
    receipt = urlsplit(booked(reino).url).path
    taken: dict[str, Any] = reino.http.get("/my/data.json").json()
    assert taken["people"]["person"]["person"]
    assert [one["booking"] for one in taken["bookings"]["upcoming"]["bookings"]] == [receipt.rpartition("/")[2]]
    question = reino.open("/my/erase?lang=en")
    assert question.has(EN["data.erase.what"])
    gone = reino.send(form(question, "/my/erase"))
    assert urlsplit(gone.url).path == "/signed-out"
    assert urlsplit(reino.open("/my").url).path != "/my", "nobody has signed in any more"
    anew = signed_in(origin, "school")
    assert anew.http.get("/my/data.json").json()["people"]["person"] != taken["people"]["person"]
    assert receipt not in paths(anew.open("/my?lang=en"))
    assert anew.open(receipt).status == 404
