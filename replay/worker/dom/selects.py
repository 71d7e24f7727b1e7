"""Which options of a <select> are chosen, as Chromium keeps it. Markup alone does not tell: it depends on the order in which
options came and went, and on what was chosen before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from .nodes import Node, Raw
from .schema import TEXT

MAX_DISABLED = 1_000  # how many options we pass over when we look for one that can be chosen


class Choice:
    """The chosen options of one select, and those that were chosen by value: these heed their attribute no more."""

    __slots__ = ("chosen", "dirty", "text")

    def __init__(self, chosen: list[Node]) -> None:
        self.chosen: dict[Node, None] = dict.fromkeys(chosen)
        self.dirty: set[Node] = set()
        self.text: Any = None  # what was last chosen by value


def select_of(node: Node | None) -> Node | None:
    """Return the select that a node, if it is an option or a group, belongs to or would belong to as a child of `node`."""
    if node is not None and node.is_html("optgroup"):
        node = node.parent
    return node if node is not None and node.is_html("select") else None


def options(top: Node) -> Iterator[Node]:
    """Yield the options of a select or a group, in order."""
    for child in top.children():
        if child.is_html("option"):
            yield child
        elif child.is_html("optgroup"):
            yield from (each for each in child.children() if each.is_html("option"))


def choice_of(select: Node) -> Choice:
    """Return a select's choice; what its markup says becomes it when it is first asked for, before anything changes."""
    more = select.more
    if more.choice is None:
        more.choice = Choice(by_markup(select))
    return more.choice


def by_markup(select: Node) -> list[Node]:
    """Return what a select shows when it is built anew."""
    marked = [option for option in options(select) if is_marked(option)]
    if select.has("multiple"):
        return marked
    return marked[-1:] or first_enabled(select)


def first_enabled(select: Node) -> list[Node]:
    """Return what a select that drops down falls back to; a list box falls back to nothing."""
    if select.has("multiple") or display_size(select) > 1:
        return []
    return next(([option] for option in islice(options(select), MAX_DISABLED) if not is_disabled(option)), [])


def display_size(select: Node) -> int:
    given = str(select.attributes.get("size") or "")
    return int(given) if given.isdecimal() and len(given) < 10 else 1


def is_marked(option: Node) -> bool:
    return option.attributes.get("selected") not in (None, False)


def is_disabled(option: Node) -> bool:
    parent = option.parent
    return option.has("disabled") or (parent is not None and parent.is_html("optgroup") and parent.has("disabled"))


def came(select: Node, came_now: list[Node]) -> None:
    """Options were put in; `choice_of` was asked before."""
    choice = choice_of(select)
    for option in came_now:
        if is_marked(option):
            mark(select, option)
        elif not choice.chosen:
            choice.chosen = dict.fromkeys(first_enabled(select))


def went(select: Node, gone: list[Node]) -> None:
    """Options were taken out; `choice_of` was asked before."""
    choice = choice_of(select)
    choice.dirty.difference_update(gone)
    for option in gone:
        choice.chosen.pop(option, None)
    if not choice.chosen:
        choice.chosen = dict.fromkeys(first_enabled(select))


def mark(select: Node, option: Node) -> None:
    """An option says by its attribute that it is chosen."""
    choice = choice_of(select)
    if not select.has("multiple"):
        choice.chosen = {}
    choice.chosen[option] = None


def unmark(select: Node, option: Node) -> None:
    choice = choice_of(select)
    choice.chosen.pop(option, None)
    if not choice.chosen:
        choice.chosen = dict.fromkeys(first_enabled(select))


def choose(select: Node, text: Any) -> None:
    """Choose by value, as an Input event does: the first option of that value alone, or none."""
    choice = choice_of(select)
    found = find(select, text)
    choice.text = text
    choice.chosen = {} if found is None else {found: None}
    if found is not None:
        choice.dirty.add(found)


def find(select: Node, text: Any) -> Node | None:
    return next((option for option in options(select) if value_of(option) == text), None)


def value_of(option: Node) -> str:
    """Return an option's value: its attribute, else its text with the space taken out."""
    value = option.attributes.get("value")
    if value is not None:
        return value if isinstance(value, str) else "" if value is True else str(value)
    return " ".join(
        "".join(child.text for child in option.children() if child.kind == TEXT and isinstance(child.text, str)).split()
    )


def fix(select: Node, late: dict[Node, Raw]) -> list[Raw]:
    """Return the Input that brings a newly built select to what is chosen; `late` takes marks that must come after it."""
    choice = choice_of(select)
    chosen = list(choice.chosen)
    if chosen == by_markup(select):
        return []
    by_value = next((each for each in reversed(chosen) if each in choice.dirty or not is_marked(each)), None)
    if by_value is not None and find(select, value_of(by_value)) is not by_value:
        late[by_value] = {"selected": ""}  # another option has the same value
        by_value = None
    if select.has("multiple"):
        late.update({option: {"selected": ""} for option in chosen if is_marked(option) and option is not by_value})
    text = value_of(by_value) if by_value else nothing(select, choice.text)
    return [{"id": select.id, "text": text, "isChecked": False}]


def nothing(select: Node, text: Any) -> str:
    """Return a value that no option has: the one that was told, if it is such."""
    free = text if isinstance(text, str) else "-"
    while find(select, free) is not None:
        free += "-"
    return free
