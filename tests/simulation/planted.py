"""Bugs, planted one at a time into the real cores, to see whether the simulation would find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

BUGS: dict[str, Callable[[], None]] = {}


@contextmanager
def bug(name: str | None) -> Iterator[None]:
    yield
