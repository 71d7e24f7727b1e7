"""The simulation refuses by the thousand; nobody needs a line for each."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.schedule import hush


@pytest.fixture(autouse=True, scope="package")
def hushed() -> Iterator[None]:
    logger = logging.getLogger("replay")
    level = logger.level
    hush()
    yield
    logger.setLevel(level)
