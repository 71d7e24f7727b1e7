"""The faults: each is made when its block begins, has bitten when the block's body runs, and is healed when the block ends.

A fault that does not bite proves nothing, so each waits until a relay, a process or a page has felt it.
"""

from __future__ import annotations

from tests.faults import strike_database, strike_store, strike_web
from tests.faults.fault import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "strike_database", "strike_store", "strike_web"]
