"""These run on containers alone: `make test-containers`, which sets OMATOIMI_TEST_PLATFORM=containers."""

import os

collect_ignore_glob = [] if os.environ.get("OMATOIMI_TEST_PLATFORM") == "containers" else ["test_*.py"]
