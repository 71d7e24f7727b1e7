"""With nothing broken the harness finds nothing broken: difficult pages alone do no harm."""

from __future__ import annotations

import pytest

from tests.faults.world import World


@pytest.mark.parametrize("kind", ["small", "broad"])
def test_difficult_pages_alone_do_no_harm(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    with world.crowd(seed=1, streams=8, posts=2, chunks=30, twice=0.2, swap=0.2, drop=0.05) as crowd:
        crowd.finish()
    world.assert_kept(crowd)
    assert crowd.acked == crowd.chunks >= 8 * 30
    assert sum(journal.sockets for journal in crowd.journals) > 8
    assert sum(journal.posts for journal in crowd.journals) > 1
