"""Settings from the environment. A misspelt variable is an error, not a silence."""

import os
import re
import socket
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from limits import parse
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from chassis.installation import EXAMPLE, FromFile, Identity, believable, load

OTHERS = {
    "OMATOIMI_HOME", "OMATOIMI_DATA", "OMATOIMI_MAVEN", "OMATOIMI_TEST_PLATFORM", "OMATOIMI_SYSTEM", "OMATOIMI_DEMO",
    "OMATOIMI_CHAOS_SECONDS", "OMATOIMI_CHAOS_SEED",
}  # fmt: skip
"""Variables of the command and the tests, not of a service."""


def _host() -> str:
    """Return the name of this host, as a member id may hold it."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", socket.gethostname())[:100] or "0"


class Settings(BaseSettings):
    """Where a service finds its broker and database, and how large its bites are."""

    model_config = SettingsConfigDict(env_prefix="OMATOIMI_", extra="forbid")

    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers, host:port separated by commas.")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca: Path | None = Field(None, description="CA certificate (PEM) of the broker; turns TLS on.")
    postgres: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/"),
        description="The server, or the database itself. With a server only, the database is named after the service.",
    )
    database_prefix: str = Field("omatoimi_", pattern=r"^[a-z0-9_]*$")
    topic_prefix: str = Field("", pattern=r"^[a-z0-9.-]*$", description="Put before every topic's logical name.")
    installation: Annotated[FromFile, NoDecode] = Field(
        default_factory=lambda: load(EXAMPLE), description="The YAML file of the city and its libraries."
    )
    identity_issuer: str | None = Field(
        None, description="Another identity provider than the installation's: that of local mode, or of a trial."
    )
    people_issuer: str = Field(
        "omatoimi:people", description="How the tokens of the service people name who signs them."
    )
    people_url: str = Field(
        "http://127.0.0.1:8014/people", description="Where the service people answers: its keys are read there."
    )
    channel_key: SecretStr = Field(
        SecretStr(""), description="The API key by which this service asks others; without one it asks nobody."
    )
    smtp_url: SecretStr | None = Field(
        None, description="The mail server: smtp://, smtp+starttls:// or smtps://, user:password@ and host:port."
    )
    mail_folder: Path | None = Field(None, description="Where mails are kept in place of being sent (local mode).")
    public_url: str = Field("", description="By which address people reach the pages; mails name it.")
    host: str = "127.0.0.1"
    port: int = Field(8014, ge=0, le=65535)
    internal_port: int | None = Field(None, ge=0, le=65535, description="Health and metrics; off when not set.")
    allowed_hosts: str = Field(
        "", description="Names, separated by commas, by which the HTTP port is reached, besides loopback; `*` is any."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed."
    )
    connections: int = Field(800, ge=1, description="Connections at once of a port.")
    connections_per_address: int = Field(400, ge=1, description="Of them by one address that is no trusted proxy.")
    request_seconds: float = Field(20.0, gt=0, description="So long a request may take to arrive, body and all.")
    key_rate: str = Field("120000/minute", description="Requests of one channel at a service.")
    read_rate: str = Field("6000/minute", description="Reads without a key from one address at a service.")
    wrong_key_rate: str = Field("60/minute", description="Wrong keys from one address at a service.")
    event_streams: int = Field(100, ge=1, description="Streams of events at once.")
    event_streams_of_one: int = Field(20, ge=1, description="Of them by one channel, or by one address without a key.")
    member: str = Field(
        default_factory=_host,
        pattern=r"^[A-Za-z0-9_.-]{1,100}$",
        description="Static member id of this replica's worker: the host's name, unless two workers share a host.",
    )
    session_timeout_ms: int = Field(10_000, ge=1_000)
    metadata_max_age_ms: int = Field(10_000, ge=500)
    pool_size: int = Field(8, ge=2, le=100)
    poll_records: int = Field(2_000, ge=1, le=10_000)
    handler_seconds: float = Field(5.0, gt=0)

    def model_post_init(self, _: Any) -> None:
        known = {f"OMATOIMI_{name}".upper() for name in type(self).model_fields} | OTHERS
        unknown = sorted(name for name in os.environ if name.startswith("OMATOIMI_") and name not in known)
        if unknown:
            raise ValueError(f"{unknown[0]} is no setting of Omatoimi; it has {', '.join(sorted(known))}")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, told: str) -> str:
        for each in told.split(",") if told else ():
            ip_network(each.strip())
        return told

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, told: SecretStr | None) -> SecretStr | None:
        address = urlsplit(told.get_secret_value()) if told else None
        if address and (address.scheme not in ("smtp", "smtp+starttls", "smtps") or not address.hostname):
            raise ValueError("give smtp://, smtp+starttls:// or smtps://, and the server's name")
        return told

    @field_validator("identity_issuer")
    @classmethod
    def _issuer(cls, told: str | None) -> str | None:
        return told if told is None else believable(told)

    @field_validator("key_rate", "read_rate", "wrong_key_rate")
    @classmethod
    def _rate(cls, told: str) -> str:
        try:
            parse(told)
        except ValueError:
            raise ValueError("give a number and a time, such as 100/minute") from None
        return told

    @property
    def identity(self) -> Identity | None:
        """Who signs persons in: the installation's provider, or the one that was put in its place."""
        told = self.installation.identity
        if self.identity_issuer is None:
            return told
        return (
            told.model_copy(update={"issuer": self.identity_issuer}) if told else Identity(issuer=self.identity_issuer)
        )

    @property
    def pages_url(self) -> str:
        """By which address people reach the pages."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    def is_proxy(self, address: str) -> bool:
        """Tell whether somebody there is a trusted proxy, who speaks for others."""
        if not self.trusted_proxies:
            return False
        networks = [ip_network(each.strip()) for each in self.trusted_proxies.split(",")]
        return any(ip_address(address) in network for network in networks)

    def topic(self, logical: str) -> str:
        """Return the topic's name on the broker."""
        return self.topic_prefix + logical

    def logical(self, topic: str) -> str:
        """Return the topic's name in the contract."""
        return topic.removeprefix(self.topic_prefix)

    def dsn(self, service: str) -> str:
        """Return the address of a service's own database."""
        address = self.postgres.get_secret_value()
        server, _, database = address.partition("://")[2].partition("/")
        if database.partition("?")[0]:
            return address
        return f"postgresql://{server}/{self.database_prefix}{service}{database}"


def in_one_sentence(error: ValueError) -> str:
    """Tell what is wrong with the environment, without the value: it may be a secret."""
    if isinstance(error, SettingsError):
        # Told in its words alone: what should be JSON, and is none.
        field = re.search(r'field "(\w+)"', str(error))
        return f"OMATOIMI_{field[1].upper() if field else '…'} cannot be used: it is no JSON"
    if not isinstance(error, ValidationError):
        return f"{error}"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    sentence = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return sentence
    variable = f"OMATOIMI_{first['loc'][0]}".upper()
    return f"{variable} cannot be used: {sentence[:1].lower()}{sentence[1:]}"


def migrations_of_chassis() -> Path:
    return Path(__file__).parent / "migrations"
