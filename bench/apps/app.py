"""What an app is to the bench."""

from __future__ import annotations

from dataclasses import dataclass

from bench.apps.hand import Deed
from bench.apps.site import Site


@dataclass(frozen=True)
class App:
    """An app from npm, and what people do in it."""

    name: str
    package: str
    site: Site
    ready: str  # a selector: the app is there
    deeds: tuple[tuple[int, Deed], ...]  # weight, deed
    start: str = "/"
