"""A peer that is gone without a word: both ends notice within 50 s, and go on where they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.net_half_open import half_open
from tests.faults.net_link import NoLink
from tests.faults.net_world import far_world

pytestmark = pytest.mark.embedded


def test_both_ends_notice_that_the_other_is_gone(tmp_path: Path) -> None:
    try:
        with far_world(tmp_path / "far") as far:
            print(half_open(far, tmp_path))
    except NoLink as problem:
        pytest.skip(str(problem))
