"""Days and times are told in local time, in the reader's language, alike in every service."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from chassis import local_time

HELSINKI = ZoneInfo("Europe/Helsinki")
NOVEMBER = datetime(2026, 11, 27, 14, tzinfo=UTC), datetime(2026, 11, 27, 16, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 14, tzinfo=UTC), datetime(2026, 7, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "winter", "summer", "sentence", "day", "heading", "month"),
    [
        ("fi", "pe 27.11.2026 16.00–18.00", "ke 1.7.2026 17.00–19.00", "perjantaina 27. marraskuuta klo 16.00–18.00",
         "14. toukokuuta 2014", "Keskiviikko 14. toukokuuta", "toukokuu 2014"),
        ("sv", "fre 27 nov. 2026 16:00–18:00", "ons 1 juli 2026 17:00–19:00", "fredag 27 november kl. 16:00–18:00",
         "14 maj 2014", "Onsdag 14 maj", "maj 2014"),
        ("en", "Fri, 27 Nov 2026 16:00–18:00", "Wed, 1 Jul 2026 17:00–19:00", "Friday 27 November, 16:00–18:00",
         "14 May 2014", "Wednesday 14 May", "May 2014"),
    ],
)  # fmt: skip
def test_moments_are_told_in_local_time_and_in_the_readers_language(
    lang: str, winter: str, summer: str, sentence: str, day: str, heading: str, month: str
) -> None:
    founded = date(2014, 5, 14)
    assert local_time.span(*NOVEMBER, lang, HELSINKI) == winter
    assert local_time.span(*JULY, lang, HELSINKI) == summer
    assert local_time.within_a_sentence(*NOVEMBER, lang, HELSINKI) == sentence
    told = local_time.day(founded, lang), local_time.heading(founded, lang), local_time.month(founded, lang)
    assert told == (day, heading, month)


def test_a_span_over_midnight_tells_both_of_its_local_days() -> None:
    start, end = datetime(2026, 12, 24, 21, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC)
    assert local_time.span(start, end, "fi", HELSINKI) == "to 24.12.2026 23.00 – pe 25.12.2026 1.00"
