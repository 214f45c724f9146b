"""The fixtures of all packages: a real broker and a real database server. See omatoimi.testing."""

from hypothesis import settings

settings.register_profile("quick", max_examples=10)

pytest_plugins = ["omatoimi.testing"]
