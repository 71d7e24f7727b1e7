"""The worlds that fault tests break: one of each kind for a whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.world import World, embedded_world, production_world


@pytest.fixture(scope="session")
def broad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The production layout behind relays."""
    with production_world(tmp_path_factory.mktemp("broad")) as world:
        yield world


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The embedded layout."""
    with embedded_world(tmp_path_factory.mktemp("small")) as world:
        yield world
