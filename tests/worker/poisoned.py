"""A folding child that some events kill: ``python -m tests.worker.poisoned MEMORY_MIB SECONDS``."""

from __future__ import annotations

import sys
from typing import Any

from replay.worker import child
from replay.worker.dom import Page

apply = Page.apply


def suffer(self: Page, event: dict[str, Any]) -> None:
    """Apply an event, or die of it."""
    tag = event.get("data", {}).get("tag")
    if tag == "hangs":
        while True:
            pass
    if tag == "grows":
        sys.stderr.write(str(len([bytearray(1024) for _ in range(10**7)])))
    if tag == "raises":
        raise ValueError(tag)
    apply(self, event)


if __name__ == "__main__":
    Page.apply = suffer  # type: ignore[method-assign]
    child.main(int(sys.argv[1]), int(sys.argv[2]))
