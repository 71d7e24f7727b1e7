"""Events to columns: by whole columns, so that Python's C does the walking (SPEC §8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from operator import sub
from typing import Any, Final

from replay.wire.columns_table import SHAPES, STRINGS

MAX_INT: Final = 2**52  # the difference of two such is exact in JavaScript
DEEPEST: Final = 24  # columns in columns; what is deeper is written as it is
_DIGITS: Final = 15
_NUMBERS: Final = frozenset({int, float})
_SCALARS: Final = frozenset({int, float, str, bool, type(None)})
_FEW: Final = 4  # so few mixed values are cheaper as they are
_STATIC_SHAPES: Final = {keys: number for number, keys in enumerate(SHAPES)}
_STATIC_STRINGS: Final = {text: -1 - number for number, text in enumerate(STRINGS)}


class Unspeakable(ValueError):
    """A value that JSON cannot say."""


class Writer:
    """One document in the making: kinds and payloads, in the order in which a reader meets them."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.payloads: list[Any] = []
        self.shapes: list[tuple[str, ...]] = []
        self._numbers = dict(_STATIC_SHAPES)

    def column(self, values: Sequence[Any], key: str = "", depth: int = 0) -> None:
        """Write values of any type, at least one."""
        types = set(map(type, values))
        if len(types) > 1:
            self._mixed(values, types, key, depth)
        elif depth > DEEPEST:
            self._plain(values)
        elif dict in types:
            self._objects(values, key, depth)
        elif list in types:
            self._arrays(values, key, depth)
        elif str in types:
            self._texts(values)
        elif int in types:
            self._ints(values)
        elif float in types:
            self._plain(values)
        elif types <= _SCALARS:
            self._flags(values)
        else:
            raise Unspeakable("not a JSON value")

    def _put(self, kind: str, payload: Any) -> None:
        self.kinds.append(kind)
        self.payloads.append(payload)

    def _mixed(self, values: Sequence[Any], types: set[type], key: str, depth: int) -> None:
        if types == _NUMBERS or depth > DEEPEST or (len(values) <= _FEW and types <= _SCALARS):
            self._plain(values)
        else:
            self._sorted(values, key, depth)

    def _plain(self, values: Sequence[Any]) -> None:
        if not all(map(math.isfinite, (value for value in values if type(value) is float))):
            raise Unspeakable("a number is none")
        self._put("p", values)

    def _sorted(self, values: Sequence[Any], key: str, depth: int) -> None:
        """Write values of several sorts: which is of which, then a column for each."""
        sorts = [float if each is int else each for each in map(type, values)]  # all numbers are of one sort
        numbers = {sort: number for number, sort in enumerate(dict.fromkeys(sorts))}
        self._put("m", list(map(numbers.__getitem__, sorts)))
        for each in numbers:
            self.column([value for value, sort in zip(values, sorts, strict=True) if sort is each], key, depth + 1)

    def _flags(self, values: Sequence[bool | None]) -> None:
        if values.count(values[0]) == len(values):
            self._put("c", values[0])
        else:
            self._put("p", values)

    def _ints(self, values: Sequence[int]) -> None:
        self._put(*_numbered(("c", "d", "r", "p"), values))

    def _texts(self, values: Sequence[str]) -> None:
        first = values[0]
        if values.count(first) == len(values):
            self._put("c", first)
        elif first.isdigit() and (numbers := _as_numbers(values)) is not None:
            self._put(*_numbered(("P", "D", "R", "P"), numbers))
        else:
            self._strings(values)

    def _strings(self, values: Sequence[str]) -> None:
        """Write texts, each once: 0 is the next that was not met yet."""
        known: dict[str, int] = {}
        get = known.get
        fresh: list[str] = []

        def meet(text: str) -> int:
            known[text] = number = _STATIC_STRINGS.get(text, len(fresh) + 1)
            if number < 0:
                return number
            fresh.append(text)
            return 0

        refs = [get(text) or meet(text) for text in values]
        if len(fresh) == len(values):
            self._put("p", values)
        else:
            self._put("s", [fresh, refs])

    def _arrays(self, values: Sequence[list[Any]], key: str, depth: int) -> None:
        lengths = list(map(len, values))
        flat = list(chain.from_iterable(values))
        self._put("a", lengths[0] if lengths.count(lengths[0]) == len(lengths) else lengths)
        if flat:
            self.column(flat, key, depth + 1)

    def _objects(self, values: Sequence[dict[str, Any]], key: str, depth: int) -> None:
        nodes = _flattened(values) if key == "node" else None
        ids = [node["id"] for node in nodes] if nodes else []
        if nodes and max(ids) <= MAX_INT and min(ids) >= -MAX_INT:
            self._put("t", len(nodes))
            self._ints(ids)
            self._rows(nodes, depth, is_tree=True)
        else:
            self._rows(values, depth, is_tree=False)

    def _rows(self, values: Sequence[dict[str, Any]], depth: int, *, is_tree: bool) -> None:
        shapes = list(map(tuple, values))
        numbers = {keys: self._number(keys) for keys in dict.fromkeys(shapes)}
        groups: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers.values()}
        if len(groups) == 1:
            number = numbers[shapes[0]]
            groups[number] = list(values)
            self._put("o", number)
        else:
            tags = list(map(numbers.__getitem__, shapes))
            for number, value in zip(tags, values, strict=True):
                groups[number].append(value)
            self._put("O", tags)
        for keys, number in numbers.items():
            rows = groups[number]
            for key, column in zip(keys, zip(*map(dict.values, rows), strict=True), strict=True) if keys else ():
                if not is_tree:
                    self.column(column, key, depth + 1)
                elif key == "childNodes":
                    self._ints(list(map(len, column)))
                elif key != "id":
                    self.column(column, key, depth + 1)

    def _number(self, keys: tuple[str, ...]) -> int:
        number = self._numbers.get(keys)
        if number is None:
            if not all(type(key) is str for key in keys):
                raise Unspeakable("a key is no string")
            number = self._numbers[keys] = len(self._numbers)
            self.shapes.append(keys)
        return number


def _numbered(kinds: tuple[str, str, str, str], values: Sequence[int]) -> tuple[str, Any]:
    """Return the kind and payload of integers: all the same, a step, differences, or as they are."""
    same, differences, run, plain = kinds
    first = values[0]
    if same != plain and values.count(first) == len(values):
        return same, first
    if len(values) < 2 or max(values) > MAX_INT or min(values) < -MAX_INT:
        return plain, values
    steps = list(map(sub, values[1:], values))
    if steps.count(steps[0]) == len(steps):
        return run, [first, steps[0]]
    if 2 * sum(map(abs, steps)) < sum(map(abs, values)):
        return differences, [first, *steps]
    return plain, values


def _as_numbers(values: Sequence[str]) -> list[int] | None:
    """Return the numbers that these texts are, if each is just how its number is written."""
    joined = "".join(values)
    if not (joined.isascii() and joined.isdigit()) or "" in values or max(map(len, values)) > _DIGITS:
        return None
    numbers = list(map(int, values))
    return numbers if list(map(str, numbers)) == list(values) else None


def _flattened(roots: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return the nodes of trees in document order; None where they are not as rrweb makes them."""
    if not any(root.get("childNodes") for root in roots):
        return list(roots) if _are_leaves(roots) else None
    nodes: list[dict[str, Any]] = []
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        if type(node) is not dict or type(node.get("id")) is not int:
            return None
        nodes.append(node)
        if "childNodes" in node:
            children = node["childNodes"]
            if type(children) is not list:
                return None
            stack += reversed(children)
    return nodes


def _are_leaves(nodes: Sequence[dict[str, Any]]) -> bool:
    none: list[Any] = []
    return {type(node.get("childNodes", none)) for node in nodes} == {list} and {type(node.get("id")) for node in nodes} == {
        int
    }
