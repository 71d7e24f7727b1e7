"""Lines that lose, delay, narrow, swallow: everything arrives in the end, once, and pages never hold more than they may."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.net_lines import LINES
from tests.faults.net_link import Line, NoLink
from tests.faults.net_world import FarWorld, far_world

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarWorld]:
    """A Playhead behind a line."""
    try:
        with far_world(tmp_path_factory.mktemp("far")) as world:
            yield world
    except NoLink as problem:
        pytest.skip(str(problem))


@pytest.fixture(autouse=True)
def _good_line_at_first(far: FarWorld) -> None:
    far.mend()


@pytest.mark.parametrize("kind", LINES)
def test_a_bad_line_loses_nothing(far: FarWorld, kind: str) -> None:
    far.link.line, body_bytes = LINES[kind]
    with far.crowd(seed=3, streams=4, chunks=8, pace_s=0.1, body_bytes=body_bytes) as crowd:
        crowd.finish(timeout_s=90)
    far.world.assert_kept(crowd)
    assert crowd.acked == 4 * 8
    assert not crowd.refused
    if kind in ("far", "narrow"):  # nobody takes slowness for death
        assert sum(len(page.gave_up) for page in crowd.cores) == 0


def test_a_line_that_swallows_large_packets_holds_nothing_back_for_good(far: FarWorld) -> None:
    with far.crowd(seed=4, streams=2, chunks=10, pace_s=0.05, body_bytes=6_000) as crowd:
        crowd.wait_acked(0.2)
        far.link.line = Line(most_bytes=600)
        before = far.link.lost
        crowd.wait(lambda: far.link.lost > before + 8, "large packets to vanish")
        stuck_at = crowd.acked
        far.mend()
        mended = time.monotonic()
        crowd.finish(timeout_s=90)
        print(f"stuck at {stuck_at}, whole {time.monotonic() - mended:.1f} s after the line was mended")
    far.world.assert_kept(crowd)
