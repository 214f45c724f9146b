"""The fixtures of all packages: a real broker and a real database server. See omatoimi.testing."""

pytest_plugins = ["omatoimi.testing"]
