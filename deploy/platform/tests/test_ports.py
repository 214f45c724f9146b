"""Ports of loopback, as whoever starts something is given them."""

import pytest
from omatoimi_platform import home as homes


def test_a_port_that_was_given_is_not_given_again_though_nobody_listens_there_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = [homes.unused_port() for _ in range(3)]
    monkeypatch.setattr(homes, "PORTS", free)
    monkeypatch.setattr(homes, "_given", set())
    assert sorted(homes.unused_port() for _ in free) == sorted(free)
