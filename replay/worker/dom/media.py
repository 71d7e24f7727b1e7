"""Films and sounds: where each stands, as rrweb's player reckons it."""

from __future__ import annotations

from typing import Any

from .nodes import Node, Raw

PLAY, PAUSE = 0, 1


class Playback:
    """A media element's state, as it was at `at_ms`."""

    __slots__ = ("at_ms", "current_s", "is_playing", "loop", "muted", "rate", "volume")

    def __init__(self, node: Node, at_ms: float) -> None:
        given = node.attributes
        state = given.get("rr_mediaState")
        self.at_ms = at_ms
        self.is_playing: bool = state == "played" if state else node.has("autoplay")
        self.current_s = number(given.get("rr_mediaCurrentTime"), 0)
        self.rate = number(given.get("rr_mediaPlaybackRate"), 1)
        self.volume = number(given.get("rr_mediaVolume"), 1)
        self.muted = flag(given.get("rr_mediaMuted"), node.has("muted"))
        self.loop = flag(given.get("rr_mediaLoop"), node.has("loop"))

    def change(self, data: Raw, at_ms: float) -> None:
        """Apply a MediaInteraction event."""
        kind = data.get("type")
        self.is_playing = kind == PLAY or (kind != PAUSE and self.is_playing)
        self.current_s = number(data.get("currentTime"), self.current_s)
        self.rate = number(data.get("playbackRate"), self.rate)
        self.volume = number(data.get("volume"), self.volume)
        self.muted = flag(data.get("muted"), self.muted)
        self.loop = flag(data.get("loop"), self.loop)
        self.at_ms = at_ms

    def attributes(self, at_ms: float) -> Raw:
        """Return the state as a snapshot says it, played on to `at_ms`; a loop's length is known to the player alone."""
        played_s = max(0.0, at_ms - self.at_ms) / 1000 * self.rate if self.is_playing else 0
        return {
            "rr_mediaState": "played" if self.is_playing else "paused",
            "rr_mediaCurrentTime": self.current_s + played_s,
            "rr_mediaPlaybackRate": self.rate,
            "rr_mediaMuted": self.muted,
            "rr_mediaLoop": self.loop,
            "rr_mediaVolume": self.volume,
        }


def number(given: Any, other: float) -> float:
    return given if isinstance(given, int | float) and not isinstance(given, bool) else other


def flag(given: Any, other: bool) -> bool:
    return given if isinstance(given, bool) else other
