"""Columns, as bytes, as documents of wild columns, and there and back."""

from __future__ import annotations

import json
from typing import Any, Final

from replay.wire import columns, documents
from tests.fuzz.choices import Choices

MOST_BYTES: Final = 20_000
MOST_OVER: Final = 24  # a number is charged with two bytes and may have so many times more
KINDS: Final = "pcdrPDRsamoOtx"


def column_documents(data: bytes) -> None:
    """Whatever stands there: it is refused, or within its bound; and what was written comes back."""
    choices = Choices(data)
    mode = choices.byte() % 3
    if mode == 0:
        _opened(choices.rest())
    elif mode == 1:
        _opened(json.dumps(_wild(choices)).encode())
    else:
        _there_and_back([choices.value() for _ in range(choices.byte() % 9)])


def _opened(document: bytes) -> None:
    try:
        events = columns.decode(document, most_bytes=MOST_BYTES)
    except columns.BadColumns:
        return
    written = len(documents.write(events))
    assert written <= MOST_BYTES * MOST_OVER, f"{len(document)} bytes became {written}"
    _there_and_back(events)


def _there_and_back(events: list[Any]) -> None:
    try:
        again = columns.decode(columns.encode(events), most_bytes=MOST_BYTES * MOST_OVER * 2)
    except columns.BadColumns as error:
        assert str(error) == "too deep", error  # Python's own stack: what could just be read
        return
    assert repr(again) == repr(events)


def _wild(choices: Choices) -> list[Any]:
    """Return a document of which every part may be right."""
    kinds = "".join(choices.one_of(KINDS) for _ in range(choices.byte() % 8))
    shapes = [[choices.one_of(("a", "id", "node", "childNodes", "")) for _ in range(choices.byte() % 4)] for _ in range(2)]
    return [1, choices.byte() % 5, kinds, shapes, *(_payload(choices) for _ in kinds)]


def _payload(choices: Choices) -> Any:
    sort = choices.byte() % 6
    if sort == 0:
        return choices.value()
    if sort == 1:
        return choices.byte() % 80
    if sort == 2:
        return [["a", "bb"], [choices.byte() % 4 for _ in range(choices.byte() % 5)]]
    return [choices.byte() % 7 - 1 for _ in range(choices.byte() % 5)]
