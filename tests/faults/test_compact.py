"""A worker that is killed at any step of a compaction loses nothing, doubles nothing and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.compact_rounds import STEPS, Site, play, site
from tests.faults.world import World


@pytest.fixture(scope="module", params=["small", "broad"])
def on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world: World = request.getfixturevalue(request.param)
    made = world.layout.make_project("Compacted shop")
    with site(world.inside.env, made.id, tmp_path_factory.mktemp("reads")) as running:
        yield running


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_is_killed_loses_and_leaves_nothing(on: Site, step: str) -> None:
    played = play(on, step, seed=STEPS.index(step))
    assert not played.wrong
    assert played.was_killed
    assert played.reads
