"""The fixtures of all packages: a real broker and a real database server (omatoimi.testing), and databases that one
test after the other is given (tests.databases)."""

from hypothesis import settings

settings.register_profile("quick", max_examples=10)

pytest_plugins = ["omatoimi.testing", "tests.databases", "tests.sharing"]
