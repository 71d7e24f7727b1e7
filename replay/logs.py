"""How log lines look: one event a line, with ids, as text or as JSON. Recorded content is in none of them.

What an exception says may quote what somebody recorded (a database quotes the row that it refuses), so only the messages of
errors that come from machines are written: connections, files, locks. Of all others the type and the place are.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any, Final

MACHINE_ERRORS: Final = ("OSError", "OperationalError", "InterfaceError", "StoreError", "BotoCoreError", "ImproperlyConfigured")
MAX_MESSAGE: Final = 300  # characters of an error's own words


class TextFormatter(logging.Formatter):
    """``2026-11-23 20:05:00,123 WARNING replay.ingest.refusals refused code=…``"""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return describe(ei[1])


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, event, and the error where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = type(record.exc_info[1]).__name__
            line["trace"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe(error: BaseException | None) -> str:
    """Return where an error came from, and what it says if a machine said it.

    >>> print(describe(ValueError("a secret of somebody")))
    ValueError
    >>> print(describe(ConnectionRefusedError(111, "Connection refused")))
    ConnectionRefusedError: [Errno 111] Connection refused
    """
    if error is None:
        return ""
    lines = []
    if error.__cause__ is not None:
        lines += [describe(error.__cause__), "… which led to:"]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}')
    is_machines = any(kind.__name__ in MACHINE_ERRORS for kind in type(error).__mro__)
    words = f": {str(error)[:MAX_MESSAGE]}" if is_machines and str(error) else ""
    return "\n".join([*lines, type(error).__name__ + words])
