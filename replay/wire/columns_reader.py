"""Columns to events, within a bound: what a document expands to is charged before it is made (SPEC §8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from replay.wire.columns_table import SHAPES, STRINGS

DEEPEST: Final = 64  # columns in columns; writers stop well before
MOST: Final = 2**53 - 1  # the largest integer of which JavaScript is sure
_ENDING: Final = STRINGS[::-1]  # so that string -1 is the first

Keys = tuple[str, ...]


class BadColumns(ValueError):
    """A document that does not decode, or not within its bound."""


class Reader:
    """One document being read."""

    def __init__(self, kinds: str, shapes: list[Any], payloads: list[Any], most_bytes: int) -> None:
        if len(kinds) != len(payloads):
            raise BadColumns("kinds and payloads differ in number")
        self._columns = zip(kinds, payloads, strict=True)
        self._shapes: list[Keys] = [*SHAPES, *map(_keys, shapes)]
        self._room = most_bytes

    def events(self, count: int) -> list[Any]:
        """Return all events of the document."""
        if count < 0:
            raise BadColumns("less than none")
        values = self._column(count, 0)
        if next(self._columns, None) is not None:
            raise BadColumns("a column too many")
        return values

    def _charge(self, count: int, each: int) -> None:
        self._room -= count * each
        if self._room < 0:
            raise BadColumns("expands too far")

    def _column(self, count: int, depth: int) -> list[Any]:
        """Read the next column, of so many values."""
        if count == 0:
            return []
        if depth > DEEPEST:
            raise BadColumns("too deep")
        self._charge(count, 2)  # one byte of value and a comma
        kind, payload = next(self._columns, ("", None))
        match kind:
            case "p":
                return _listed(payload, count)
            case "c":
                return self._constant(payload, count)
            case "d" | "r":
                return _numbers(kind, payload, count)
            case "P" | "D" | "R":
                self._charge(count, 2)
                return list(map(str, _numbers(kind.lower(), payload, count)))
            case "s":
                return self._texts(payload, count)
            case "a":
                return self._arrays(payload, count, depth)
            case "m":
                return self._mixed(payload, count, depth)
            case "o" | "O":
                return self._rows(kind, payload, count, depth, None)
            case "t":
                return self._trees(payload, count, depth)
        raise BadColumns("of no known kind")

    def _constant(self, payload: Any, count: int) -> list[Any]:
        if isinstance(payload, list | dict):
            raise BadColumns("no constant")
        if isinstance(payload, str):
            self._charge(count, len(payload))
        elif isinstance(payload, int):
            self._charge(count, payload.bit_length() // 4)  # Python alone has numbers of a thousand digits
        return [payload] * count

    def _texts(self, payload: Any, count: int) -> list[str]:
        fresh, refs = _listed(payload, 2)
        if not isinstance(fresh, list) or not set(map(type, fresh)) <= {str}:
            raise BadColumns("no strings")
        table = ["", *fresh, *_ENDING]
        unmet = iter(fresh)
        try:
            found = [table[ref] if ref else next(unmet) for ref in _ints(refs, count, -len(_ENDING), len(fresh))]
        except StopIteration:
            raise BadColumns("fewer strings than are met") from None
        self._charge(1, sum(map(len, found)))
        return found

    def _arrays(self, payload: Any, count: int, depth: int) -> list[list[Any]]:
        if type(payload) is int:
            payload = [payload] * count
        lengths = _ints(payload, count, 0, MOST)
        ends = list(accumulate(lengths))
        flat = self._column(ends[-1], depth + 1)
        return [flat[end - length : end] for length, end in zip(lengths, ends, strict=True)]

    def _mixed(self, payload: Any, count: int, depth: int) -> list[Any]:
        groups = _ints(payload, count, 0, count)
        sizes = Counter(groups)
        if max(groups) >= len(sizes):
            raise BadColumns("a group that nobody is in")
        return _dealt(groups, {group: self._column(sizes[group], depth + 1) for group in range(len(sizes))})

    def _rows(self, kind: str, payload: Any, count: int, depth: int, ids: list[int] | None) -> list[Any]:
        """Read objects; with ``ids`` they are a tree's nodes, whose ids stand in a column of their own."""
        if kind == "o":
            shape = _ints([payload], 1, 0, len(self._shapes) - 1)[0]
            return self._group(shape, count, depth, ids)
        shapes = _ints(payload, count, 0, len(self._shapes) - 1)
        sizes = Counter(shapes)
        shares: dict[int, list[int]] = {shape: [] for shape in sizes}
        if ids is not None:
            for shape, one in zip(shapes, ids, strict=True):
                shares[shape].append(one)
        return _dealt(
            shapes,
            {shape: self._group(shape, size, depth, None if ids is None else shares[shape]) for shape, size in sizes.items()},
        )

    def _group(self, shape: int, count: int, depth: int, ids: list[int] | None) -> list[dict[str, Any]]:
        """Read the objects of one shape."""
        keys = self._shapes[shape]
        self._charge(count, 3 * len(keys) + sum(map(len, keys)))
        columns = [ids if ids is not None and key == "id" else self._column(count, depth + 1) for key in keys]
        return _builder(len(keys))(*keys)(columns) if keys else [{} for _ in range(count)]

    def _trees(self, payload: Any, count: int, depth: int) -> list[Any]:
        size = _ints([payload], 1, count, MOST)[0]
        ids = _ints(self._column(size, depth + 1), size, -MOST, MOST)
        kind, payload = next(self._columns, ("", None))
        if kind not in ("o", "O"):
            raise BadColumns("a tree of no nodes")
        roots = _grown(self._rows(kind, payload, size, depth + 1, ids))
        if len(roots) != count:
            raise BadColumns("a tree too many or too few")
        return roots


def _grown(nodes: list[Any]) -> list[Any]:
    """Put nodes into their parents: each one's ``childNodes`` still says how many follow it."""
    waiting: list[Any] = []
    for node in reversed(nodes):
        size = node.get("childNodes", 0)
        if type(size) is not int or not 0 <= size <= len(waiting):
            raise BadColumns("children that are not there")
        if size:
            node["childNodes"] = waiting[: -size - 1 : -1]
            del waiting[-size:]
        elif "childNodes" in node:
            node["childNodes"] = []
        waiting.append(node)
    return waiting[::-1]


def _dealt(groups: Sequence[int], columns: dict[int, list[Any]]) -> list[Any]:
    """Return the values of several columns in the order that ``groups`` says."""
    hands: dict[int, Iterator[Any]] = {group: iter(column) for group, column in columns.items()}
    return list(map(next, map(hands.__getitem__, groups)))


def _listed(payload: Any, count: int) -> list[Any]:
    if type(payload) is not list or len(payload) != count:
        raise BadColumns("of a wrong length")
    return payload


def _ints(payload: Any, count: int, least: int, most: int) -> list[int]:
    """Return integers between two bounds, or refuse."""
    found = _listed(payload, count)
    if set(map(type, found)) != {int} or min(found) < least or max(found) > most:
        raise BadColumns("no such number")
    return found


def _numbers(kind: str, payload: Any, count: int) -> list[int]:
    """Return integers by their differences (d), their step (r), or as they are (p)."""
    if kind == "p":
        return _ints(payload, count, -MOST, MOST)
    if kind == "d":
        return _ints(list(accumulate(_ints(payload, count, -MOST, MOST))), count, -MOST, MOST)
    first, step = _ints(payload, 2, -MOST, MOST)
    last = first + step * (count - 1)
    if not -MOST <= last <= MOST:
        raise BadColumns("no such number")
    return list(range(first, last + step, step)) if step else [first] * count


def _keys(shape: Any) -> Keys:
    if type(shape) is not list or not set(map(type, shape)) <= {str}:
        raise BadColumns("no shape")
    return tuple(shape)


@lru_cache(maxsize=64)
def _builder(width: int) -> Callable[..., Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]]:
    """Return what makes objects of so many keys out of columns. A dict display is thrice as fast as ``dict(zip(…))``.

    Nothing but numbers goes into the text.
    """
    if width > 48:
        return lambda *keys: lambda columns: [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
    keys = ", ".join(f"k{at}" for at in range(width))
    values = "".join(f"v{at}, " for at in range(width))
    pairs = ", ".join(f"k{at}: v{at}" for at in range(width))
    made: Any = eval(  # noqa: S307
        f"lambda {keys}: lambda columns: [{{{pairs}}} for {values}in zip(*columns)]"
    )
    return made  # type: ignore[no-any-return]
