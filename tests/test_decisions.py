"""docs/decisions: one number each, all of them listed, in order, by their titles; and no link into it leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "docs" / "decisions"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")


def test_numbers_follow_each_other() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


def test_the_index_lists_every_page_in_order() -> None:
    listed = re.findall(r"^- \[(\d{4}) [^\]]+\]\(([^)]+)\)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == [(page.name[:4], page.name) for page in PAGES]


def test_every_page_opens_with_its_number() -> None:
    for page in PAGES:
        assert page.read_text().startswith(f"# {page.name[:4]} "), page.name


def test_every_reference_leads_to_a_page() -> None:
    texts = [ROOT / "docker-compose.yml", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "replay").rglob("*.py")]
    names = {name for text in texts for name in re.findall(r"\b\d{4}-[a-z0-9-]+\.md", text.read_text())}
    assert names == {page.name for page in PAGES}
