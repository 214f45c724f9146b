"""Here the platform is tested and not the services, so something small stands in for them."""

from pathlib import Path

import pytest
from omatoimi.installation import RunningInstallation


@pytest.fixture
def system(installation: RunningInstallation) -> RunningInstallation:
    """The module's installation with a stand-in for the services; it may run or not."""
    installation.environment |= {"OMATOIMI_SYSTEM": "standin", "PYTHONPATH": str(Path(__file__).parent)}
    return installation
