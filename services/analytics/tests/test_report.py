"""The report: the same bytes from any process, on any machine's clock and locale, and in three forms."""

import asyncio
import csv
import hashlib
import io
import json
import os
import sys
from datetime import date
from decimal import Decimal

import pytest
from analytics import report
from analytics.catalogue import LANGUAGES, metrics
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.report.document import ReportDocument
from analytics.report.formatter import PAGES, Formatter
from analytics.store.figures import snapshot_at
from chassis import Service
from omatoimi_contracts.premises import SpaceChanged

from tests.kits.analytics import HELSINKI, OCTOBER, Town, at, days, position_of, read, slot

MAKE = """
import asyncio, sys
from datetime import date
from chassis import Settings
from analytics import report
from tests.kits.analytics import days
from analytics.domain.position import Position
dsn, position, form, language = sys.argv[1:]
made = report.make(dsn, Settings().installation, days(date(2026, 10, 1), date(2026, 11, 1)), unit="vallila",
                   position=Position.parse(position), form=form, language=language)
sys.stdout.buffer.write(asyncio.run(made))
"""


def a_town() -> Town:
    town = Town()
    town.premises("library", "library", {"hall": ("hall-a", "hall-b"), "hall-a": (), "hall-b": (), "room": ()})
    for day in range(1, 29):
        name = f"b{day}"
        town.book(
            name, slot(f"2026-10-{day:02}", "12:00", "13:40"), by=["association", "private"][day % 2], public=True
        )
        if day % 7 == 0:
            town.cancel(name, at(f"2026-10-{day:02} 09:00"))
        elif day % 3:
            town.attend(name)
    town.book("refused", slot("2026-10-05", "12:00", "14:00"), refused="taken", at=at("2026-10-02 12:00"))
    return town


async def document_of(service: Service, period: Period = OCTOBER, position: Position | None = None) -> ReportDocument:
    async with snapshot_at(service.pool, position) as known:
        return await report.document(known, period, "vallila")


async def made_elsewhere(dsn: str, position: str, form: str, language: str, **environment: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAKE, dsn, position, form, language,
        env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    made, _ = await process.communicate()
    assert process.returncode == 0
    return made


@pytest.mark.parametrize(("form", "language"), [("json", "fi"), ("csv", "fi"), ("html", "fi"), ("html", "en")])
async def test_two_processes_far_apart_make_the_same_bytes(service: Service, form: str, language: str) -> None:
    town = a_town()
    await read(service, town.records)
    position = str(await position_of(service))
    here = await document_of(service)
    await read(service, [town.attend("b3", at("2026-10-03 12:00"))])
    dsn = service.settings.dsn("analytics")
    one, other = await asyncio.gather(
        made_elsewhere(
            dsn, position, form, language, TZ="Pacific/Apia", PGTZ="Asia/Tokyo", PYTHONHASHSEED="1", LC_ALL="C"
        ),
        made_elsewhere(
            dsn, position, form, language, TZ="UTC", LANG="C.utf8", PYTHONHASHSEED="271828", PGDATESTYLE="SQL, DMY"
        ),
    )
    assert one == other
    assert one == report.render(here, form, language)  # type: ignore[arg-type]
    assert one != report.render(await document_of(service), form, language)  # type: ignore[arg-type]


async def test_a_report_made_now_says_where_now_is(service: Service) -> None:
    await read(service, a_town().records)
    now = await document_of(service)
    then = await document_of(service, position=Position.parse(now.content["position"]))
    assert then.json == now.json


async def test_the_foot_tells_the_digest_of_the_figures_the_position_and_the_definitions(service: Service) -> None:
    await read(service, a_town().records)
    document = await document_of(service)
    digest = hashlib.sha256(document.json).hexdigest()
    html = report.render(document, "html", "en").decode()
    foot = html[html.index('id="foot"') :]
    assert digest in foot
    assert str(document.position) in foot
    for metric in metrics().values():
        assert metric.digest in foot
    lines = list(csv.DictReader(io.StringIO(document.csv.decode())))
    told = {line["field"]: line["value"] for line in lines if line["metric"] == "report"}
    assert told["sha256"] == digest
    assert told["position"] == str(document.position)
    assert json.loads(document.json)["definitions"]["M01"]["sha256"] == metrics()["M01"].digest


async def test_the_three_forms_tell_the_same_numbers(service: Service) -> None:
    await read(service, a_town().records)
    document = await document_of(service)
    lines = list(csv.DictReader(io.StringIO(document.csv.decode())))
    for figure in json.loads(document.json)["figures"]:
        for row in ({**figure["whole"], "dimension": "", "key": ""}, *figure["rows"]):
            told = {
                line["field"]: float(line["value"])
                for line in lines
                if (line["metric"], line["dimension"], line["key"]) == (figure["metric"], row["dimension"], row["key"])
            }
            numbers = {name: row[name] for name in ("value", "numerator", "denominator", "low", "high")}
            parts = {f"parts.{name}": number for name, number in row["parts"].items()}
            assert told == {name: number for name, number in (numbers | parts).items() if number is not None}
    html = report.render(document, "html", "en").decode()
    assert '<span class="figure">28</span>' in html
    assert "4 / 28" in html


async def test_rooms_are_told_by_the_names_that_the_city_last_gave_them(service: Service) -> None:
    town = a_town()
    room = {"premises": "library", "space": "room", "leaves": ("room",), "capacity": 30}
    town.add(SpaceChanged(**room, names={"fi": "Vanha nimi"}), at("2026-10-01 12:00"))
    await read(service, town.records)
    then = await document_of(service)
    town.add(SpaceChanged(**room, names={"fi": "Sininen huone", "sv": "Blå rummet"}), at("2026-10-02 12:00"))
    await read(service, town.records[-1:])
    now = await document_of(service)
    assert now.content["names"]["space"]["room"] == {"fi": "Sininen huone", "sv": "Blå rummet"}
    for language, words in {"fi": "Sininen huone", "sv": "Blå rummet", "en": "Sininen huone"}.items():
        assert f'<th scope="row">{words}</th>' in report.render(now, "html", language).decode()
    assert '<th scope="row">Vanha nimi</th>' in report.render(then, "html", "fi").decode()
    again = await document_of(service, position=then.position)
    assert again.json == then.json
    assert "Hall a" in report.render(now, "html", "fi").decode(), "what has no name is told by its code"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fi", ("Eniten päivässä: 2 varausta", "to 1.10.2026", "la 31.10.2026", "ma 5.10.2026: 1", "ti 6.10.2026: 2")),
        (
            "sv",
            ("Mest på en dag: 2 bokningar", "tors 1 okt. 2026", "lör 31 okt. 2026", "mån 5 okt. 2026: 1", "tis 6 okt."),
        ),
        (
            "en",
            (
                "Most in a day: 2 bookings",
                "Thu 1 Oct 2026",
                "Sat 31 Oct 2026",
                "Mon 5 Oct 2026: 1",
                "Tue 6 Oct 2026: 2",
            ),
        ),
    ],
)
async def test_a_chart_tells_its_ends_its_height_and_each_day_with_its_weekday(
    service: Service, language: str, told: tuple[str, ...]
) -> None:
    town = a_town()
    town.book("more", slot("2026-10-06", "16:00", "17:00"))
    await read(service, town.records)
    html = report.render(await document_of(service), "html", language).decode().replace("\xa0", " ")
    chart = html[html.index('id="M01"') :]
    chart = chart[chart.index("<figure") : chart.index("</figure>")]
    for words in told:
        assert words in chart
    # A line for each Monday of October, and no other.
    assert f'd="{"".join(f"M{day * 10} 1V108" for day in (4, 11, 18, 25))}"' in chart


async def test_few_cases_are_told_as_a_fraction_with_an_interval(service: Service) -> None:
    town = a_town()
    await read(service, town.records)
    few = report.render(await document_of(service), "html", "fi").decode()
    assert "Varauksista peruttiin 4 / 28." in few
    assert "95 %:n luottamusväli 5,7 %–31,5 %" in few.replace("\xa0", " ")
    for number in range(2):
        town.book(f"more{number}", slot("2026-10-30", "12:00", "13:00"))
    await read(service, town.records[-2:])
    many = report.render(await document_of(service), "html", "fi").decode().replace("\xa0", " ")
    assert "Varauksista peruttiin 13,3 %." in many
    assert "Varauksista peruttiin 4 / 30" not in many


async def test_what_is_not_known_is_said_and_not_counted(service: Service) -> None:
    await read(service, a_town().records)
    html = report.render(await document_of(service), "html", "en").decode()
    notices = html[html.index('id="M27"') : html.index('id="M32"')]
    assert "There is no data on this yet." in notices
    assert '<span class="figure">–</span>' in notices
    early = await document_of(service, days(date(2026, 8, 1), date(2026, 9, 1)))
    assert "there is data since 1 Sept 2026 09:00:00" in report.render(early, "html", "en").decode()


async def test_a_period_that_was_not_over_is_preliminary(service: Service) -> None:
    town = a_town()
    await read(service, town.records)
    assert not (await document_of(service)).complete
    assert "Alustava" in report.render(await document_of(service), "html", "fi").decode()
    await read(service, [town.show("x", at("2026-11-01 00:00"))])
    assert (await document_of(service)).complete
    assert "Alustava" not in report.render(await document_of(service), "html", "fi").decode()


def test_what_is_not_all_is_never_told_as_all() -> None:
    say = Formatter("en", HELSINKI)
    assert say.percent(Decimal(1), 75_000_000, 75_000_000).startswith("100")
    assert say.percent(Decimal("1.000000"), 74_999_999, 75_000_000).startswith("> ")
    assert say.percent(Decimal("0.000000"), 1, 75_000_000).startswith("< ")


@pytest.mark.parametrize(("language", "told"), [("fi", "3 vrk 7 h"), ("sv", "3 dygn 7 h"), ("en", "3 d 7 h")])
def test_a_length_of_a_day_or_more_is_told_in_days_and_hours(language: str, told: str) -> None:
    say = Formatter(language, HELSINKI)
    assert say.duration(Decimal(79 * 60 + 20)) == told
    assert say.duration(Decimal(24 * 60 - 1)) == "23 h 59 min"
    assert say.duration(Decimal(24 * 60)) == told.replace("3", "1").removesuffix(" 7 h")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_and_part_has_its_word_in_every_language(language: str) -> None:
    say = Formatter(language, HELSINKI)
    for metric in metrics().values():
        for part in metric.parts:
            assert say.part(metric.id, part)
        for dimension in metric.counting.dimensions:
            assert say.t(f"dimension.{dimension}")
        card = say.card(metric)
        assert all(told or name == "denominator" for name, told in card)
    assert PAGES.words[language].keys() == PAGES.words["fi"].keys()


async def test_the_parts_of_a_figure_are_those_that_its_card_names(service: Service) -> None:
    await read(service, a_town().records)
    for figure in (await document_of(service)).figures:
        if figure.status != "silent":
            assert set(figure.whole.parts) == set(metrics()[figure.metric].parts)
