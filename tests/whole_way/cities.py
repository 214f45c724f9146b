"""The cities that the whole way is gone in: Helsinki as it comes, and a made-up one that has nothing in common with it,
set up by what `omatoimi init` writes, with some of its lines changed."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from omatoimi.installation import RunningInstallation

DATA = Path(os.environ.get("OMATOIMI_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


@dataclass(frozen=True)
class City:
    """A city as its people know it. `unit` is its second library, where all happens, with `districts` around it,
    `other_unit` the first;
    `owner` is the department that owns its school, `department` another that books; `matter` is the section of the
    decision that people speak about. `set_up` makes an installation this city's, `records` are its decisions, and
    `there_already` so many of the area's that it begins with."""

    name: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    unit: str
    other_unit: str
    districts: frozenset[str]
    owner: str
    department: str
    matter: int
    there_already: int
    set_up: Callable[[RunningInstallation], None]
    records: Callable[[], Sequence[dict[str, Any]]]

    def __str__(self) -> str:
        return self.name

    def local(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A local time of a day."""
        return datetime.combine(day, time(hour, minute), self.zone)

    def minutes_of(self, first: date, after: date) -> int:
        """The minutes of some local days, the last one left out: days of 23 and 25 hours are real."""
        return int((self.local(after, 0).astimezone(UTC) - self.local(first, 0).astimezone(UTC)).total_seconds() // 60)

    def days_touched(self, start: datetime, minutes: int) -> int:
        """On how many local days a slot lies."""
        end = start + timedelta(minutes=minutes) - timedelta(seconds=1)
        return (end.astimezone(self.zone).date() - start.astimezone(self.zone).date()).days + 1


def _helsinki(installation: RunningInstallation) -> None:
    assert DATA.exists(), f"the city's records are not at {DATA}: set OMATOIMI_DATA"
    installation.set_up({"alku": [], "testi": ["22"]})


def _real_decisions() -> Sequence[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads((DATA / "decisions" / "ahjo_decisions_2022-01.json").read_text())[
        "decisions"
    ]
    return told


HELSINKI = City(
    "helsinki",
    zone=ZoneInfo("Europe/Helsinki"),
    languages=("fi", "sv", "en"),
    unit="testi",
    other_unit="alku",
    districts=frozenset({"22"}),
    owner="school",
    department="youth",
    matter=50,
    there_already=1,
    set_up=_helsinki,
    records=_real_decisions,
)

CHANGED = {
    "municipality: my-city": "municipality: st-johns",
    "time_zone: Europe/Helsinki": "time_zone: America/St_Johns",
    "departments: [library, school, youth, culture, sports]": "departments: [library, harbour-school, parks]",
    '  my-library:\n    districts: ["01", "02"]': (
        '  first-light:\n    districts: []\n  pond-side:\n    districts: [west, "072"]'
    ),
    "registers: []": "registers: [ahjo]",
    "  places: places.csv": "  places: places.csv\n  numbers: {cases: STJ}",
}
"""Lines of the file that `omatoimi init` writes, and what becomes of them."""
TABLES = {
    "districts.csv": "code,name_en,name_fi\nbattery,The Battery,\nwest,West End,Länsipää\n072,Quidi Vidi,\n",
    "places.csv": """name,language,kind,districts,caution
The Battery,en,district,battery,
West End,en,district,west,
Länsipää,fi,district,west,
Quidi Vidi,en,district,072,
""",
}


def _st_johns(installation: RunningInstallation) -> None:
    file = installation.home.root / "city.yaml"
    installation.command("init", str(file))
    text = file.read_text(encoding="utf-8")
    for old, new in CHANGED.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    for name, table in TABLES.items():
        (file.parent / name).write_text(table, encoding="utf-8")
    installation.environment["OMATOIMI_INSTALLATION"] = str(file)


def _decision(section: int, title: str, text: str = "It was approved.", *, lang: str = "en") -> dict[str, Any]:
    """A decision of the council, taken at half past ten in the evening: in UTC it was the next day."""
    page = (
        f'<html lang="{lang}"><body><div class="paatos"><h1 class="AsiaOtsikko">{title}</h1><div class="SisaltoSektio">'
        f'<h3 class="SisaltoOtsikko">Päätös</h3><p>{text}</p></div></div></body></html>'
    )
    return {
        "NativeId": f"{{STJ-{section}}}",
        "Title": title,
        "CaseID": f"STJ 2026-{section:06}",
        "Section": str(section),
        "Content": page,
        "Organization": {"ID": "C1", "Name": "Council", "TypeId": "2"},
        "Meeting": {"MeetingID": "C1-1", "DateMeeting": "2026-01-31T22:30:00.000"},
    }


ST_JOHNS = City(
    "st-johns",
    zone=ZoneInfo("America/St_Johns"),
    languages=("en", "fi"),
    unit="pond-side",
    other_unit="first-light",
    districts=frozenset({"west", "072"}),
    owner="harbour-school",
    department="parks",
    matter=7,
    there_already=0,
    set_up=_st_johns,
    records=lambda: [
        _decision(7, "A bandstand for the West End"),
        _decision(8, "Länsipään puiston hoito", "Lautakunta päätti asiasta.", lang="fi"),
        _decision(9, "Benches", "New benches are set up at Quidi Vidi."),
        _decision(10, "Parking at The Battery"),
        _decision(11, "Vallilan puisto, tontti 22585/4", "Lautakunta päätti asiasta.", lang="fi"),
    ],
)
"""Half an hour beside the full hours, on the other side of UTC, with summer time of its own."""
