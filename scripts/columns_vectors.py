"""What the golden vectors of columns are made of: events of our own writing, and documents that nobody may open."""

from __future__ import annotations

import json
import random
from typing import Any

from replay.wire import columns, columns_table


def hostile(*elements: Any) -> bytes:
    return json.dumps([1, *elements]).encode()


SHAPE = columns_table.SHAPES.index(("id", "value"))
EMPTY_SHAPE = columns_table.SHAPES.index(())
HOSTILE: dict[str, bytes] = {
    "no array": b"{}",
    "nothing": b"[]",
    "another form": b'[2,0,"",[]]',
    "form as truth": b'[true,0,"",[]]',
    "cut short": b"[1,0,",
    "not UTF-8": b'[1,1,"c",[],"\xff"]',
    "a kind without payload": hostile(1, "c", []),
    "a payload without kind": hostile(1, "", [], 5),
    "a column too many": hostile(1, "cc", [], 5, 6),
    "a column too few": hostile(1, "o", [], SHAPE),
    "an unknown kind": hostile(1, "x", [], 5),
    "less than no events": hostile(-1, "", []),
    "true events": hostile(True, "c", [], 5),
    "more values than said": hostile(1, "p", [], [1, 2]),
    "fewer values than said": hostile(2, "p", [], [1]),
    "a constant object": hostile(2, "c", [], {}),
    "a constant array": hostile(2, "c", [], []),
    "differences that are none": hostile(2, "d", [], [1, "2"]),
    "differences of truth": hostile(2, "d", [], [1, True]),
    "broken differences": hostile(2, "d", [], [1, 1.5]),
    "differences beyond all numbers": hostile(3, "d", [], [2**53 - 1, 1, 1]),
    "a number beyond all": hostile(1, "P", [], [2**53]),
    "a step beyond all": hostile(3, "r", [], [0, 2**53 - 1]),
    "a step of three": hostile(3, "r", [], [0, 1, 2]),
    "digits of text": hostile(1, "P", [], ["1"]),
    "a string that is not there": hostile(1, "s", [], [["a"], [2]]),
    "a string below the table": hostile(1, "s", [], [["a"], [-1 - len(columns_table.STRINGS)]]),
    "more strings met than there are": hostile(2, "s", [], [["a"], [0, 0]]),
    "a string that is none": hostile(1, "s", [], [[{}], [0]]),
    "strings alone": hostile(1, "s", [], [["a"]]),
    "a shape that is not there": hostile(1, "o", [], 10_000),
    "a shape below the table": hostile(1, "o", [], -1),
    "a shape that is no number": hostile(1, "o", [], "0"),
    "a shape that is no list": hostile(1, "o", ["ab"], len(columns_table.SHAPES)),
    "a key that is none": hostile(1, "oc", [[1]], len(columns_table.SHAPES), 1),
    "a length below nothing": hostile(1, "a", [], [-1]),
    "a length that is true": hostile(1, "a", [], True),
    "a group that nobody is in": hostile(2, "mc", [], [1, 1], 5),
    "a group below the first": hostile(1, "mc", [], [-1], 5),
    "a tree without nodes": hostile(1, "tcc", [], 1, 1, 1),
    "a tree of fewer than its roots": hostile(2, "tco", [], 1, 1, EMPTY_SHAPE),
    "children that are not there": hostile(
        1, "tcoccc", [], 1, 1, columns_table.SHAPES.index(("type", "childNodes", "id")), 0, 5
    ),
    "children below none": hostile(1, "tcocc", [], 1, 1, columns_table.SHAPES.index(("type", "childNodes", "id")), 0, -1),
    "ids that are none": hostile(1, "tcocc", [], 1, "a", columns_table.SHAPES.index(("type", "childNodes", "id")), 0, 0),
    "deeper than anything": hostile(1, "a" * 100 + "c", [], *[1] * 100, 5),
    "no number at all": b'[1,1,"c",[],NaN]',
}
BOMBS: dict[str, bytes] = {
    "arrays of constants": hostile(10_000, "ac", [], 10_000, 7),
    "arrays of arrays": hostile(1, "aaaac", [], *[1_000] * 4, None),
    "events": hostile(2**52, "c", [], 0),
    "a long string often": hostile(100_000, "c", [], "x" * 1_000),
    "a long string by number": hostile(70_000, "s", [], [["x" * 2_000], [0, *[1] * 69_999]]),
    "many digits often": hostile(1_000_000, "c", [], 10**400),
    "a long key often": hostile(100_000, "oc", [["k" * 1_000]], len(columns_table.SHAPES), 1),
    "objects without keys": hostile(1, "ao", [], 2**50, EMPTY_SHAPE),
    "steps": hostile(1, "ar", [], 2**50, [0, 0]),
    "trees": hostile(1, "tro", [], 2**50, [1, 1], EMPTY_SHAPE),
}


def column_vectors() -> list[dict[str, Any]]:
    """Return events as JSON text, and the document that both languages write for them."""
    rows = [{"id": at, "attributes": {"class": f"row {at % 3}", "data-n": str(at * 7)}} for at in range(9)]
    made: dict[str, list[Any]] = {
        "nothing": [],
        "a visit": visit(),
        "no events at all": ["a", 1, None, True, [], {}, [1, [2]], {"a": {}}, 1.5],
        "numbers in a row": [{"at": at, "by": 3 * at, "far": at * at * 1_000_000, "text": str(at)} for at in range(20)],
        "numbers that are none": [{"text": text} for text in ("1", "01", "-1", "1.0", "1" * 16, "", "²", "0")],
        "numbers as text only": [{"text": text} for text in ("10", "12", "11", "9", "400", "12")],
        "large numbers": [{"at": at} for at in (2**52, -(2**52), 2**52 + 1, 2**53 - 1, 0)],
        "numbers with a point": [{"at": at} for at in (0.5, 1, 2, 1e-7)],
        "strings again": [
            {"tag": tag, "word": word} for tag, word in zip(["div", "x-a", "x-a", "td", "div"], "abbca", strict=True)
        ],
        "mixed": [{"value": value} for value in (None, 1, "a", True, {"b": 1}, [1], 2.5, None, "a", {"c": 2})],
        "few and mixed": [{"value": value} for value in (None, 1, "a")],
        "shapes of its own": [{"x": {"y": 1}}, {"z": 2}, {"x": {"y": 3}}, {"y": 4, "z": 5}],
        "keys that mean something": [json.loads('{"__proto__": {"a": 1}, "": 2, "constructor": 3, "toString": null}')] * 2,
        "halves of characters": [{"text": "\ud83d"}, {"text": "\ude00"}, {"\ud83d": "\ud83d\ude00"}],
        "control characters": [{"\u0000": "a\u0000b", "\u2028": '\u007f\n\t"\\'}],
        "changes": [
            {"type": 3, "data": {"source": 0, "texts": [], "attributes": rows, "removes": [], "adds": []}, "timestamp": 5}
        ],
        "trees that are odd": [
            {"node": {"id": 1, "childNodes": [{"id": 2, "childNodes": []}, {"id": 3}]}},
            {"node": {"id": 4}},
        ],
        "trees that are none": [{"node": {"id": 1, "childNodes": [{"id": "2"}]}}, {"node": {"id": 1.5}}],
        "a node that is null": [{"node": {"id": 1}}, {"node": None}, {"node": {"id": 2, "childNodes": []}}],
        "children that are none": [{"node": {"id": 1, "childNodes": None}}, {"node": {"id": 2, "childNodes": "x"}}],
        "deep": [_deep(30), _deep(30)],
    }
    source = random.Random(4)
    made |= {f"made up, {number}": [_made_up(source, 0) for _ in range(source.randrange(9))] for number in range(40)}
    return [
        {"name": name, "events": json.dumps(events), "document": columns.encode(events).decode()}
        for name, events in made.items()
    ]


def refused_column_vectors() -> list[dict[str, Any]]:
    return [{"name": name, "hex": document.hex()} for name, document in (HOSTILE | BOMBS).items()]


def _deep(depth: int) -> Any:
    return {"down": [_deep(depth - 1)], "at": depth} if depth else 0


def _made_up(source: random.Random, depth: int) -> Any:
    sort = source.randrange(10 if depth < 4 else 7)
    if sort == 0:
        return source.choice([None, True, False])
    if sort in (1, 2):
        return source.choice([source.randrange(9), source.randrange(-(10**6), 10**6), source.randrange(1, 999) + 0.5])
    if sort in (3, 4):
        return source.choice(["", "a", "b", "ë", "7", "8", "2024", "div", "class", "\ud800"])
    if sort in (5, 6):
        return {"id": source.randrange(9), "value": source.choice(["x", "y", None])}
    if sort == 7:
        return [_made_up(source, depth + 1) for _ in range(source.randrange(5))]
    keys = source.sample(["id", "node", "childNodes", "a", "b", "", "__proto__"], source.randrange(5))
    return {key: _made_up(source, depth + 1) for key in keys}


def visit() -> list[dict[str, Any]]:
    """Return a short visit to a table that is scrolled: a page, new rows, a hand on the mouse, something typed."""
    start = 1_790_000_000_000
    rows = [_row(10 + 4 * at, at) for at in range(30)]
    table = {"type": 2, "tagName": "table", "attributes": {"class": "prices"}, "childNodes": rows, "id": 3}
    body = {"type": 2, "tagName": "body", "attributes": {}, "childNodes": [table], "id": 2}
    page = {"type": 0, "childNodes": [body], "id": 1}
    said: list[dict[str, Any]] = [
        {"type": 4, "data": {"href": "https://shop.example/prices", "width": 1280, "height": 720}, "timestamp": start},
        {"type": 2, "data": {"node": page, "initialOffset": {"left": 0, "top": 0}}, "timestamp": start + 3},
    ]
    for step in range(20):
        at = start + 50 * step
        said.append({"type": 3, "data": {"source": 3, "id": 3, "x": 0, "y": 40 * step}, "timestamp": at})
        added = {"parentId": 3, "nextId": None, "node": _row(200 + 4 * step, 30 + step)}
        gone = {"parentId": 3, "id": 10 + 4 * step}
        changed = [{"id": 11 + 4 * step, "attributes": {"class": "cell hover", "style": None if step % 2 else {"top": "1px"}}}]
        data = {"source": 0, "texts": [], "attributes": changed, "removes": [gone], "adds": [added]}
        said.append({"type": 3, "data": data, "timestamp": at + 7})
    spots = [{"x": 100 + at, "y": 200 - at * at, "id": 3, "timeOffset": -10 * (9 - at)} for at in range(10)]
    said.append({"type": 3, "data": {"source": 1, "positions": spots}, "timestamp": start + 1_100})
    said += [
        {"type": 3, "data": {"source": 5, "text": "*" * at, "isChecked": False, "id": 9}, "timestamp": start + 1_200 + 90 * at}
        for at in range(5)
    ]
    return said


def _row(first_id: int, at: int) -> dict[str, Any]:
    label = {"type": 3, "textContent": f"Product {at}", "id": first_id + 2}
    cell = {"type": 2, "tagName": "td", "attributes": {"class": "cell"}, "childNodes": [label], "id": first_id + 1}
    has = {"class": "row odd" if at % 2 else "row", "data-row": str(at), "style": f"top: {42 * at}px;"}
    return {"type": 2, "tagName": "tr", "attributes": has, "childNodes": [cell], "id": first_id}
