"""What an asset's bytes are, by what they say of themselves and never by what somebody claims."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["stylesheet", "font", "image"]

STYLESHEET: Final = "text/css; charset=utf-8"
SVG: Final = "image/svg+xml"
_FONTS: Final = (
    (b"wOF2", "font/woff2"),
    (b"wOFF", "font/woff"),
    (b"\x00\x01\x00\x00", "font/ttf"),
    (b"true", "font/ttf"),
    (b"OTTO", "font/otf"),
)
_IMAGES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
MEDIA_TYPES: Final = frozenset({STYLESHEET, SVG, "image/webp", "image/avif", *dict(_FONTS).values(), *dict(_IMAGES).values()})
_HEAD_BYTES: Final = 4_096  # in which an SVG's first element begins, or it is none
_BEFORE_SVG: Final = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*"
    r"(?:<!DOCTYPE\s+svg[^>\[]{0,300}>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<svg[\s>]",
    re.DOTALL,
)


def media_type_of(kind: Kind, data: bytes) -> str | None:
    """Return the media type of an asset of this kind; None where the bytes are none.

    >>> media_type_of("font", b"wOF2rest"), media_type_of("font", b"<html>"), media_type_of("image", b"<html>")
    ('font/woff2', None, None)
    >>> media_type_of("image", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>")
    'image/svg+xml'
    >>> media_type_of("stylesheet", b"a { color: red }")
    'text/css; charset=utf-8'
    """
    if kind == "stylesheet":
        return STYLESHEET if _text(data) is not None else None
    if kind == "font":
        return _by_magic(_FONTS, data)
    return _by_magic(_IMAGES, data) or _boxed_image(data) or _svg(data)


def _by_magic(table: tuple[tuple[bytes, str], ...], data: bytes) -> str | None:
    return next((media_type for magic, media_type in table if data.startswith(magic)), None)


def _boxed_image(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return None


def _svg(data: bytes) -> str | None:
    text = _text(data)
    return SVG if text is not None and _BEFORE_SVG.match(text[:_HEAD_BYTES]) else None


def _text(data: bytes) -> str | None:
    """Return UTF-8 text without NUL, or None."""
    try:
        return None if b"\x00" in data else data.decode()
    except UnicodeDecodeError:
        return None
