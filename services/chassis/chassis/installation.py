"""The installation: whose city and whose libraries these are. One checked value, read once from a YAML file.

Nothing else knows a city. The transaction, the pages and the session in the database carry it; a domain is given what
it needs of it, such as the time zone, as a parameter.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from omatoimi_contracts.primitives import Code, Day
from omatoimi_contracts.vocabulary import District, Lists
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from chassis.key_sets import is_safe

EXAMPLE = Path(__file__).parent / "helsinki" / "installation.yaml"
"""The installation where no file is named: the library of the mayor's decision of 14 May 2014."""

PageLanguage = Literal["fi", "sv", "en"]
"""The languages that there are words in."""

NOWHERE = "omatoimi@library.example"
"""An address at which nobody is."""
LIBRARY = "library"
"""The department that the libraries are of: rules and figures tell it from the others."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML was built with it: installation and words are read before a service serves."""

WHAT_TO_DO = {
    "extra_forbidden": "there is no such field: correct its name, or leave it out",
    "missing": "it is missing: add it",
    "zoneinfo_str": "there is no such time zone: name one of the IANA data base, such as Europe/Helsinki",
    "too_short": "it is empty: name one at least",
    "literal_error": "that cannot be chosen: name one of {expected}",
    "string_type": 'this is no text: write it in quotes, as "22"',
    "string_pattern_mismatch": "no such name can be used: it must be of the form {pattern}",
    "date_type": "this is no day: write it as 2027-01-31",
    "model_type": "it holds no fields: write each on a line of its own, as `name: value`",
    "model_attributes_type": "it holds no fields: write each on a line of its own, as `name: value`",
    "dict_type": "it holds no names: write each on a line of its own, as `name:`",
    "tuple_type": "this is no list: write it as [one, another]",
}
"""What is wrong and what to do, by the kind of fault that the library finds."""


class InstallationRefused(ValueError):
    """The file cannot be used. Told in one sentence: the file, the field, what is wrong, what to do."""


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if twice is not None:
        raise ValueError(f"{twice} stands there twice: name each once")
    return values


def _with_the_library(departments: tuple[str, ...]) -> tuple[str, ...]:
    if LIBRARY not in departments:
        raise ValueError(f"the library's own is missing: add {LIBRARY}")
    return departments


def _there(file: Path, told: ValidationInfo) -> Path:
    folder: Path = (told.context or {}).get("folder", Path())
    found = folder / file
    if not found.is_file():
        raise ValueError(f"there is no file {found}: name one, from the folder of this file on")
    return found


TableFile = Annotated[Path, AfterValidator(_there)]
"""A table in CSV, named from the folder of the installation's file on."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Library(_Part):
    """A library of the pilot: the districts of its service area. Whose rooms it gives out are its register's."""

    districts: Annotated[tuple[District, ...], AfterValidator(_each_once)] = ()


class RecordNumbers(_Part):
    """How the city's records count: case numbers begin with the letters `cases`. Where there is a number of the
    `municipality`, property ids begin with it, and plots with that of a district; then `own_names` and `other_towns`
    tell whose districts a sentence counts, each as far as it stays the same in all its forms."""

    cases: Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")]
    municipality: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")] | None = None
    own_names: tuple[str, ...] = ()
    other_towns: tuple[str, ...] = ()


class GazetteerTables(_Part):
    """The tables of the city's districts and of the names that people use for them, by which decisions are matched to
    districts. The service `decisions` reads what they hold."""

    districts: TableFile
    places: TableFile
    inflections: TableFile | None = None
    numbers: RecordNumbers | None = None


class PublicContact(_Part):
    """Where people turn to, as the footer's pages tell them: what the library is called by language, its address, the
    page on which the city takes feedback, and who supervises the accessibility of its services."""

    name: dict[PageLanguage, str] = Field(default_factory=dict)
    address: str | None = None
    feedback: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
    supervisor: Literal["traficom"] | None = None


class Pilot(_Part):
    """The local days of the pilot, both included: what is reported of without other days being named."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _forward(self) -> "Pilot":
        if self.last < self.first:
            raise ValueError("it ends before it begins: exchange first and last")
        return self

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.last + timedelta(days=1)


class RoleOfGroup(_Part):
    """What somebody is, and where: staff of a library (`unit`), or of a department of the city."""

    role: Literal["staff", "department", "participation", "director"]
    unit: Code | None = None
    department: Code | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> "RoleOfGroup":
        if self.role == "staff" and self.unit is None:
            raise ValueError("staff is of a library: name its `unit`")
        if self.role == "department" and self.department is None:
            raise ValueError("it is of a department: name it as `department`")
        return self


def believable(issuer: str) -> str:
    """Return an issuer whose answers can be believed. Raises ValueError."""
    if not is_safe(issuer):
        raise ValueError("name an https address, or one of this machine")
    return issuer


class Identity(_Part):
    """Who signs persons in, by OpenID Connect, and what its tokens say; the names are those of Helsinki's services.

    A token is taken that `issuer` gave for `audience` to one of `clients`, each of which is a channel. Who signed in by
    one of `non_external_authentication_methods` is staff of the city, and what `groups` makes of the groups in the
    claim `adgroups_claim`. The city's interface of personal data asks with the scopes `gdpr_api_…_scope`, which stand
    in `api_authorization_field`, for persons of one of the levels `gdpr_api_loa`."""

    issuer: Annotated[str, AfterValidator(believable)]
    audience: str = "omatoimi-api"
    allowed_algorithms: Annotated[tuple[Literal["RS256", "PS256", "EdDSA"], ...], Field(min_length=1)] = ("RS256",)
    clients: dict[str, Code] = {}
    non_external_authentication_methods: tuple[str, ...] = ()
    adgroups_claim: str = "ad_groups"
    groups: dict[str, tuple[RoleOfGroup, ...]] = {}
    api_authorization_field: str = "authorization.permissions.scopes"
    gdpr_api_query_scope: str = "gdprquery"
    gdpr_api_delete_scope: str = "gdprdelete"
    gdpr_api_loa: tuple[Literal["low", "substantial", "high"], ...] = ("substantial", "high")


class Retention(_Part):
    """For how many days what is held of persons is kept: contact details after their last use, memberships after their
    end, who saw what of whom, and messages after they were sent."""

    contact_details: int = Field(730, ge=1, le=3650)
    memberships: int = Field(730, ge=1, le=3650)
    access_log: int = Field(730, ge=1, le=3650)
    messages: int = Field(90, ge=1, le=3650)


class Messages(_Part):
    """From whom mails to persons come: the name and the address that they show. Where no address is told they come from
    one that is none, and go nowhere but into a folder. `bounces` is the address to which they come back, and receipts
    go, with `+` and what tells the mail before its `@`; without it `bounce@` the domain of the address."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = "Omatoimi"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9.+_-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$")] = NOWHERE
    bounces: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,31}@[a-z0-9-]+(\.[a-z0-9-]+)+$")] | None = None

    def back(self, mail: str) -> str:
        """Return the address to which a mail comes back."""
        local, _, domain = (self.bounces or f"bounce@{self.domain}").partition("@")
        return f"{local}+{mail}@{domain}"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Installation(_Part):
    """A city's installation. `languages` are those of its pages, the first for whoever asks for none of them;
    `departments` the city's, which own premises and organise; `registers` the layouts of decision records that it
    reads; without a `gazetteer` no decision is matched to a district, and without an `identity` nobody signs in;
    `contact` is where people turn to."""

    municipality: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    time_zone: ZoneInfo
    languages: Annotated[tuple[PageLanguage, ...], Field(min_length=1), AfterValidator(_each_once)]
    departments: Annotated[tuple[Code, ...], AfterValidator(_each_once), AfterValidator(_with_the_library)]
    libraries: Annotated[dict[Code, Library], Field(min_length=1)]
    registers: Annotated[tuple[Code, ...], AfterValidator(_each_once)] = ()
    gazetteer: GazetteerTables | None = None
    pilot: Pilot | None = None
    identity: Identity | None = None
    retention: Retention = Retention()
    contact: PublicContact = PublicContact()
    messages: Messages = Messages()

    @model_validator(mode="after")
    def _places_of_roles(self) -> "Installation":
        for group, roles in (self.identity.groups if self.identity else {}).items():
            for one in roles:
                if one.unit is not None and one.unit not in self.libraries:
                    raise ValueError(f"the group {group} names the library {one.unit}, which is none of `libraries`")
                if one.department is not None and one.department not in self.departments:
                    raise ValueError(f"the group {group} names {one.department}, which is none of `departments`")
        return self

    def library_of(self, districts: Iterable[str]) -> str:
        """Return the library whose service area one of these districts belongs to, or `none`."""
        wanted = set(districts)
        return next((code for code, one in self.libraries.items() if wanted & set(one.districts)), "none")

    @property
    def lists(self) -> Lists:
        """The lists of its own that the codes of requests are of."""
        return {"departments": self.departments}

    @property
    def districts(self) -> list[str]:
        """The districts of all service areas."""
        return sorted({district for one in self.libraries.values() for district in one.districts})

    @property
    def session(self) -> dict[str, str]:
        """The settings of a session in the database: its own time zone stays UTC, and what SQL counts in local days
        reads `current_setting('omatoimi.zone')`."""
        return {"timezone": "UTC", "omatoimi.zone": self.time_zone.key}


def load(file: Path) -> Installation:
    """Read an installation from its file. Raises InstallationRefused."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InstallationRefused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InstallationRefused(f"{file} is no text in UTF-8: save it as such") from None
    try:
        told = yaml.load(text, LOADER)  # noqa: S506 - either is safe
    except yaml.MarkedYAMLError as error:
        # Where the end comes too soon, the mark stands behind the last line.
        line = min(error.problem_mark.line + 1 if error.problem_mark else 1, len(text.splitlines()))
        raise InstallationRefused(f"{file}, line {line}: this is no YAML ({error.problem}): correct it") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InstallationRefused(f"{file} is no YAML ({str(error).splitlines()[0]}): correct it") from None
    try:
        return Installation.model_validate(told, context={"folder": file.parent})
    except ValidationError as error:
        raise InstallationRefused(f"{file}{_in_one_sentence(error)}") from None


def _in_one_sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    context: dict[str, Any] = first.get("ctx", {})
    field = ".".join(str(part) for part in first["loc"] if part != "[key]")
    told = WHAT_TO_DO.get(first["type"], first["msg"].removeprefix("Value error, ")).format(**context)
    return f", {field}: {told}" if field else f": {told}"


def _loaded(told: Any) -> Any:
    return load(Path(told)) if isinstance(told, str | Path) else told


FromFile = Annotated[Installation, BeforeValidator(_loaded)]
"""An installation, or the file that it stands in."""
