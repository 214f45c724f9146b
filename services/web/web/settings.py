"""Settings of the web channel where it runs alone: what every service is told, and where the services are."""

from chassis.settings import Settings as OfEveryService
from pydantic import Field, SecretStr

ADDRESS = r"^https?://[^\s/?#]+(/[^\s?#]*)?$"


class Settings(OfEveryService):
    """Where the web channel finds the services, and by which key it asks them."""

    booking_url: str = Field("http://127.0.0.1:8014/booking", pattern=ADDRESS, description="Booking's public HTTP.")
    notices_url: str = Field("http://127.0.0.1:8014/notices", pattern=ADDRESS)
    decisions_url: str = Field("http://127.0.0.1:8014/decisions", pattern=ADDRESS)
    analytics_url: str = Field("http://127.0.0.1:8014/analytics", pattern=ADDRESS)
    channel_key: SecretStr = Field(
        SecretStr(""), description="The API key of the channel that the pages are; without one nobody books at /try."
    )

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service's public HTTP is."""
        return {
            "booking": self.booking_url,
            "notices": self.notices_url,
            "decisions": self.decisions_url,
            "analytics": self.analytics_url,
        }
