"""A reader gets what the Accept headers ask for first, among what there is."""

import pytest
from chassis.negotiation import language_of, media_type_of
from chassis.pages import LANGUAGES

LANGUAGE = [
    ("", "fi"),
    ("sv", "sv"),
    ("sv-FI, fi;q=0.8", "sv"),
    ("fi;q=0.3, sv;q=0.9, en;q=0.5", "sv"),
    ("en;q=0.5, sv;q=0.50", "en"),
    ("EN-gb-oed", "en"),
    ("fil", "fi"),
    ("fil, en;q=0.1", "en"),
    ("english, sv;q=0.1", "sv"),
    ("de, fr;q=0.9, *;q=0.5", "fi"),
    ("fi;q=0, de", "sv"),
    ("fi;q=0, sv;q=0, en;q=0", "fi"),
    ("en;q=0.001", "en"),
    ("en;q=0.000, sv;q=0.1", "sv"),
    ("en;level=1;q=0.1, sv;q=0.2", "sv"),
    (";q=1, ,, en", "en"),
    ("-, en-, en", "en"),
]


@pytest.mark.parametrize(("header", "language"), LANGUAGE)
def test_the_language_is_the_one_that_is_asked_for_first(header: str, language: str) -> None:
    assert language_of(header, LANGUAGES) == language


MEDIA = [
    ("", "text/html"),
    ("*/*", "text/html"),
    ("text/csv", "text/csv"),
    ("text/csv;q=0.1, application/json", "application/json"),
    ("text/*;q=0.5, application/json;q=0.4", "text/html"),
    ("text/html;q=0, */*", "application/json"),
    ("text/*, text/html;q=0.2", "text/csv"),
    ("TEXT/CSV", "text/csv"),
    ("image/png", None),
    ("text/html;q=0", None),
    ("application/xhtml+xml, text/html;q=0.9, */*;q=0.8", "text/html"),
]


@pytest.mark.parametrize(("header", "media"), MEDIA)
def test_the_media_type_is_the_one_with_the_highest_weight(header: str, media: str | None) -> None:
    assert media_type_of(header, ("text/html", "application/json", "text/csv")) == media
