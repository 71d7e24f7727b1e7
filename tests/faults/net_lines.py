"""The bad lines that pages must talk over, and how much they say in a chunk."""

from __future__ import annotations

from tests.faults.net_link import Line

LINES = {
    "lossy": (Line(delay_s=0.04, jitter_s=0.03, loss=0.05), 1_500),
    "far": (Line(delay_s=1.0), 1_500),  # 2 s there and back
    "narrow": (Line(delay_s=0.05, rate_bps=56_000), 800),
    "far_and_lossy": (Line(delay_s=0.3, jitter_s=0.1, loss=0.02), 1_500),
}
