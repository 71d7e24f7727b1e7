"""What the page's core asks of whoever runs it. Twin of the effects in recorder_js/src/wire/connection.ts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LostBody = Literal["dom", "log", "both"]


@dataclass(frozen=True, slots=True)
class Open:
    """Open a socket."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket."""


@dataclass(frozen=True, slots=True)
class Send:
    frame: bytes


@dataclass(frozen=True, slots=True)
class Post:
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Acked:
    upto: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Take a full snapshot."""


@dataclass(frozen=True, slots=True)
class NewStream:
    """Begin another stream, and end this one: what it holds is still sent."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """Begin another session."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Record no more in this page."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """All is acked, after the end."""


Wish = Snapshot | NewStream
Effect = Open | Close | Send | Post | Acked | Snapshot | NewStream | NewSession | Stop | Finished
