"""What the getters of the index refuse with."""

from __future__ import annotations


class NotFound(LookupError):
    """There is no such thing in this project."""


class BadCursor(ValueError):
    """A cursor that we did not give out."""


class MissingBytes(LookupError):
    """The store does not have these bytes, or has others."""
