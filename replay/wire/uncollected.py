"""A pause for the garbage collector, where very much is made and nothing of it is a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector from walking what is being made, again and again: two thirds of the time of a large document.

    It is the whole process' collector. Two threads at once do no harm: the first to leave ends the pause for both.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
