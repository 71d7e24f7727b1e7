"""Every fault of the catalogue, once, on every layout where it can be made."""

from __future__ import annotations

import zlib

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.rounds import assert_survives
from tests.faults.world import World

CASES = [(world, name) for name, fault in FAULTS.items() for world in fault.worlds]


@pytest.mark.parametrize(("kind", "name"), sorted(CASES))
def test_it_survives(kind: str, name: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    assert_survives(world, FAULTS[name], seed=zlib.crc32(name.encode()))
