"""Text that no database refuses: no NUL, no half of a surrogate pair."""

from __future__ import annotations

import math
import re
from typing import Final

_ESCAPE: Final = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|.)", re.DOTALL)


def mend_surrogates(raw: bytes) -> bytes:
    r"""Return JSON in which every escaped half of a surrogate pair is U+FFFD.

    JavaScript strings hold lone halves (an emoji cut in two), JSON.stringify escapes them, and strict readers refuse them.

    >>> mend_surrogates(rb'["\ud83d\ude00", "\ud83d", "\ude00!", "\\ud83d"]')
    b'["\\ud83d\\ude00", "\\ufffd", "\\ufffd!", "\\\\ud83d"]'
    """
    if b"\\" not in raw or (b"\\ud" not in raw and b"\\uD" not in raw):  # a single byte is found fastest
        return raw
    return _ESCAPE.sub(_mend, raw)


def _mend(match: re.Match[bytes]) -> bytes:
    first, second = match.group(1), match.group(2)
    if first is None:
        return match.group(0)
    unit = int(first, 16)
    if 0xD800 <= unit <= 0xDBFF and second is not None:
        return match.group(0)
    rest = b"" if second is None else rb"\ufffd"  # a low half that follows anything but a high half
    return (rb"\ufffd" if 0xD800 <= unit <= 0xDFFF else b"\\u" + first) + rest


def clean(text: str, most: int) -> str:
    """Return the text without NUL and lone surrogates, cut at ``most`` characters.

    >>> clean("a" + chr(0) + "b" + chr(0xD800), 10)
    'a\\ufffdb\\ufffd'
    >>> clean("abcdef", 3)
    'abc'
    """
    if len(text) > most:
        text = text[:most]
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean_tree(value: object) -> object:
    """Return a JSON value with every text in it cleaned, keys too, and no number that is none."""
    if isinstance(value, str):
        return clean(value, len(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {clean(str(key), 200): clean_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_tree(item) for item in value]
    return value
