"""The same world, driven by hypothesis: it looks for the shortest story that breaks the promise, and tells it in our verbs."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.simulation import planted
from tests.simulation.checker import check_all
from tests.simulation.schedule import settle
from tests.simulation.weather import FAULTS, Weather
from tests.simulation.world import World

WAITS_MS = st.sampled_from((0, 20, 300, 2_000, 9_000))
STORY = settings(
    max_examples=250,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,  # a story is found or not, and not now and then; the seeds of test_schedules bring the variety
    database=None,
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.embedded  # it has no layout


class Story(RuleBasedStateMachine):
    """Each rule is one thing that happens, and then a while; at the end all faults stop."""

    world: World | None = None

    @initialize(seed=st.integers(0, 255), faults=st.sets(st.sampled_from(FAULTS), max_size=3), processes=st.integers(1, 3))
    def begin(self, seed: int, faults: set[str], processes: int) -> None:
        weather = Weather()
        for name in faults:
            setattr(weather, name, 0.2)
        self.world = World(Random(seed), weather, processes=processes)
        self.world.browsers[0].open_tab().cut()

    def _then(self, name: str, wait_ms: int) -> None:
        assert self.world is not None
        world = self.world
        try:
            getattr(world, name)()
            world.loop.run_until(world.loop.now + wait_ms)
        except BaseException:
            self.world = None  # told once, by this step
            raise

    @rule(name=st.sampled_from(("cut", "burst", "hide", "duplicate", "reload", "into_cache", "kill_tab")), wait=WAITS_MS)
    def page(self, name: str, wait: int) -> None:
        self._then(name, wait)

    @rule(name=st.sampled_from(("go_offline", "give_up", "break_socket", "intrude")), wait=WAITS_MS)
    def road(self, name: str, wait: int) -> None:
        self._then(name, wait)

    @rule(name=st.sampled_from(("kill_process", "roll", "press", "database_down", "store_down", "oversleep")), wait=WAITS_MS)
    def machine(self, name: str, wait: int) -> None:
        self._then(name, wait)

    @rule(name=st.sampled_from(("sweep", "compact", "erase", "read")), wait=WAITS_MS)
    def worker(self, name: str, wait: int) -> None:
        self._then(name, wait)

    def teardown(self) -> None:
        if self.world is not None:
            settle(self.world)
            check_all(self.world)


def tell(**changes: Any) -> None:
    run_state_machine_as_test(Story, settings=settings(STORY, **changes))


def test_no_story_breaks_the_promise() -> None:
    tell()


@pytest.mark.parametrize("name", ["lost_with_the_socket"])
def test_a_planted_bug_makes_a_short_story(name: str) -> None:
    with planted.bug(name), pytest.raises(AssertionError) as told:
        tell(report_multiple_bugs=False)
    story = "\n".join(getattr(told.value, "__notes__", []))
    assert 0 < story.count("state.") <= 8, story
