"""Hundreds of sockets that take their time: honest pages hardly notice, and the slow ones are thrown out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.net_slow import SETTINGS, among_slow, most_left
from tests.faults.world import embedded_world

pytestmark = pytest.mark.embedded

SLOW = 300
MOST_TIMES = 4.0  # an honest page's p99, with the slow ones there
LEAST_P99_S = 0.75  # below, two busy cores are all that is measured


def test_slow_sockets_are_bounded_and_honest_pages_hardly_notice(tmp_path: Path) -> None:
    with embedded_world(tmp_path, **SETTINGS) as world:
        went = among_slow(world, SLOW)
    print(went)
    assert went.among_p99_s < max(went.alone_p99_s, LEAST_P99_S) * MOST_TIMES
    assert went.left <= most_left(SLOW)
