"""JSON documents to values and back: at C speed, and for strings that only JavaScript has.

JavaScript strings hold lone halves of surrogate pairs (an emoji cut in two) and JSON.stringify escapes them; the fast
reader and writer refuse those, the slow ones carry them.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec


class BadDocument(ValueError):
    """Bytes that are no JSON, or hold a number or a depth that nobody can carry."""


def read(document: bytes) -> Any:
    """Return the value that a JSON document holds, lone surrogates and all."""
    try:
        return msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if b"\\u" not in document:  # the fast reader was right
            raise BadDocument("no JSON") from error
    except RecursionError as error:
        raise BadDocument("too deep") from error
    try:
        return json.loads(document, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise BadDocument("too deep") from error
    except ValueError as error:
        raise BadDocument("no JSON") from error


def write(value: Any) -> bytes:
    """Return the value as JSON. Raises BadDocument for what JSON cannot say."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        pass
    except TypeError as error:
        raise BadDocument("not a JSON value") from error
    except RecursionError as error:
        raise BadDocument("too deep") from error
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise BadDocument("not a JSON value") from error
    except RecursionError as error:
        raise BadDocument("too deep") from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
