"""Records one visit to the demo shop, at a person's pace, and keeps the log of every chunk as ``logs.json``.

Run it again when the recorder says more or less than it did: ``python -m bench.lib.record_logs``.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from replay.wire.codec import inflate
from tests.journeys.browser import chromium
from tests.journeys.conftest import VIEWPORT
from tests.journeys.shop import MOMENTS, Shopper
from tests.layouts import embedded_layout

LOGS = Path(__file__).with_name("logs.json")
LOOKS = ((200, 180), (900, 240), (640, 500), (320, 420))  # where the pointer goes while its owner reads
LOOK_MS = 700


def main() -> None:
    """Record, and write the logs in the order in which they were sent."""
    with tempfile.TemporaryDirectory() as folder, embedded_layout(Path(folder)) as layout, chromium() as browser:
        shopper = Shopper(browser.new_context(viewport=VIEWPORT), layout.start_demo(layout.make_project().write_key))
        read(shopper)
        for act in MOMENTS.values():
            act(shopper)
            read(shopper)
        shopper.stand_still()
        sent = list(shopper.visit.wire.sent.values())
        shopper.page.context.close()
    logs = [inflate(chunk.header.log_codec, chunk.log, chunk.header.log_raw_length) for chunk in sent]
    lines = [json.dumps(json.loads(raw) if raw else [], separators=(",", ":"), ensure_ascii=False) for raw in logs]
    LOGS.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{len(lines)} logs, {sum(map(len, logs)) / len(logs):.0f} bytes each")


def read(shopper: Shopper) -> None:
    """Look about for a while."""
    for x, y in LOOKS:
        shopper.page.mouse.move(x, y, steps=20)
        shopper.page.wait_for_timeout(LOOK_MS)
        shopper.page.mouse.wheel(0, 120)


def load() -> list[list[dict[str, Any]]]:
    """Return the recorded logs, chunk by chunk."""
    logs: list[list[dict[str, Any]]] = json.loads(LOGS.read_text())
    return logs


if __name__ == "__main__":
    main()
