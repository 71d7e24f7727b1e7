from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from replay.index.interchange import jobs, limits
from replay.index.interchange.errors import SENTENCES, Refusal

PAGE = (Path(settings.BASE_DIR) / "docs" / "interchange.md").read_text()


def test_every_code_is_documented_with_its_sentence() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.partition("## Codes")[2], re.MULTILINE)
    assert rows == [(code.value, SENTENCES[code]) for code in Refusal]


def test_the_bounds_are_those_that_hold() -> None:
    for said in (
        f"and {limits.INFLATED_RATIO} times that inflated",
        f"{limits.MOST_EVENTS:,} · 64 MiB · {limits.MOST_DEPTH} levels",
        f"{limits.MOST_STREAMS:,} · {limits.MOST_SPAN_MS / 86_400_000:.0f} days",
        f"part | {jobs.MOST_PART_BYTES // 2**20} MiB",
        f"in parts of {jobs.PART_BYTES // 2**20} MiB",
        f"project | {jobs.MOST_UNFINISHED} |",
        f"die of it | {jobs.TRIES} |",
        f"{jobs.ABANDONED_AFTER.total_seconds() / 3600:.0f} hours · {jobs.FORGOTTEN_AFTER.days} days",
    ):
        assert said in PAGE, said
