"""The pass to one session's assets: the stage has no cookie, so its addresses carry the right to them, for half a day."""

from __future__ import annotations

from typing import Final

from django.core.signing import BadSignature, TimestampSigner

LASTS_S: Final = 12 * 3_600  # who still watches after that sees boxes until they load the page anew
_SALT: Final = "playhead.assets"
_SEPARATOR: Final = "."  # a path has no room for Django's own


def make_pass(session_pk: int) -> str:
    """Return a pass to the assets of a session, for who may see it."""
    return _signer().sign(f"{session_pk:x}")


def session_of(given: str) -> int | None:
    """Return whose assets a pass opens; None for one that we did not give, or too long ago."""
    try:
        return int(_signer().unsign(given, max_age=LASTS_S), 16)
    except (BadSignature, ValueError):
        return None


def _signer() -> TimestampSigner:
    return TimestampSigner(salt=_SALT, sep=_SEPARATOR)
