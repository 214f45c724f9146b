"""Settings of the web channel where it runs alone: what every service is told, and where the services are."""

from urllib.parse import urlsplit

from chassis.settings import Settings
from pydantic import Field, SecretStr, field_validator

ADDRESS = r"^https?://[^\s/?#]+(/[^\s?#]*)?$"


class WebSettings(Settings):
    """Where the web channel finds the services, and by which key it asks them."""

    booking_url: str = Field("http://127.0.0.1:8014/booking", pattern=ADDRESS, description="Booking's public HTTP.")
    notices_url: str = Field("http://127.0.0.1:8014/notices", pattern=ADDRESS)
    decisions_url: str = Field("http://127.0.0.1:8014/decisions", pattern=ADDRESS)
    analytics_url: str = Field("http://127.0.0.1:8014/analytics", pattern=ADDRESS)
    people_url: str = Field("http://127.0.0.1:8014/people", pattern=ADDRESS)
    public_url: str = Field(
        "", pattern=rf"^$|{ADDRESS}", description="Where browsers reach the pages: https, but on loopback."
    )
    identity_client: str = Field("omatoimi-web", description="What the provider calls these pages.")
    identity_secret: SecretStr = Field(SecretStr(""), description="By which they show the provider that it is them.")
    channel_key: SecretStr = Field(
        SecretStr(""), description="The API key of the channel that the pages are; without one nobody books at /try."
    )

    kiosk_keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='The key of a device channel of each library that has kiosks: {"vallila": "…"}.',
    )

    @field_validator("public_url")
    @classmethod
    def _safe(cls, told: str) -> str:
        parts = urlsplit(told)
        if told and parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("sessions need https, but on loopback: give the https address of the pages")
        return told.rstrip("/")

    @property
    def address(self) -> str:
        """Where browsers reach the pages."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service's public HTTP is."""
        return {
            "booking": self.booking_url,
            "notices": self.notices_url,
            "decisions": self.decisions_url,
            "analytics": self.analytics_url,
            "people": self.people_url,
        }
