"""Stylesheets that a script has changed: rules put in and taken out, properties set, constructed sheets and who adopts them.

No CSS is parsed here: what was done to a sheet since its text was last written is kept in order, and told again after the
snapshot. Steps that a later one makes void are let go, so that a page that animates by rules does not grow.
"""

from __future__ import annotations

import re
from typing import Any

from .nodes import Node, Raw, Root, root_of
from .schema import DOCUMENT, STYLE_DECLARATION, STYLE_SHEET_RULE
from .tree import Abandoned, Tree

ADD, REMOVE, REPLACE = "add", "remove", "replace"
# A rule that every browser accepts, whatever its declarations are worth.
PLAIN_RULE = re.compile(r"\s*[\w.#][\w\s.#>+~*,-]*\{[^{}]*\}\s*")
NUMBERS = re.compile(r"(?<![#\w])\d+(?:\.\d+)?")


class Sheet:
    """What was done to one stylesheet, oldest first: (what, index, text)."""

    __slots__ = ("declared", "steps")

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any, Any]] = []
        self.declared: dict[Any, Raw] = {}  # StyleDeclaration events since the last step, each the last of its kind

    def change_rules(self, data: Raw) -> int:
        """Apply a StyleSheetRule event; return by how many characters the sheet's story grew."""
        grown = 0
        for add in objects(data.get("adds")):
            grown += self._step(ADD, add.get("index"), add.get("rule"))
        for removed in objects(data.get("removes")):
            grown += self._remove(removed.get("index"))
        return grown

    def replace(self, text: str) -> int:
        """All rules are written anew: what came before is void."""
        was = self.size()
        self.steps, self.declared = [(REPLACE, None, text)], {}
        return self.size() - was

    def declare(self, data: Raw) -> int:
        """Apply a StyleDeclaration event; of two that differ in numbers alone the later stays."""
        grown = 0
        for act in ("set", "remove"):
            given = data.get(act)
            if not isinstance(given, dict):
                continue
            name, value = given.get("property"), given.get("value") if act == "set" else None
            shape = NUMBERS.sub("0", value) if isinstance(value, str) else None
            key = (str(data.get("index")), name, given.get("priority"), shape)
            if self.declared.pop(key, None) is None:
                grown += 64 + len(str(value))
            self.declared[key] = {"index": data.get("index"), act: given}
        return grown

    def events(self, target: Raw) -> list[Raw]:
        """Return the data of the events that do all this to a new sheet; `target` says whose it is."""
        said: list[Raw] = []
        for what, index, text in self.steps:
            if what == "declare":
                said.append({"source": STYLE_DECLARATION, **target, **text})
                continue
            last = said[-1] if said and said[-1]["source"] == STYLE_SHEET_RULE else None
            if what == REPLACE or last is None or "replaceSync" in last or (what == ADD and "removes" in last):
                last = {"source": STYLE_SHEET_RULE, **target}
                said.append(last)
            if what == REPLACE:
                last["replaceSync"] = text
            elif what == ADD:
                last.setdefault("adds", []).append({"rule": text} if index is None else {"rule": text, "index": index})
            else:
                last.setdefault("removes", []).append({"index": index})
        return said + [{"source": STYLE_DECLARATION, **target, **data} for data in self.declared.values()]

    def size(self) -> int:
        return sum(64 + len(str(text)) for _, _, text in self.steps) + 64 * len(self.declared)

    def _step(self, what: str, index: Any, text: Any) -> int:
        self.steps += [("declare", None, data) for data in self.declared.values()]
        self.declared = {}
        self.steps.append((what, index, text))
        return 64 + len(str(text))

    def _remove(self, index: Any) -> int:
        """A plain rule that was put in last and is taken out again leaves nothing."""
        if self.steps and not self.declared:
            what, at, text = self.steps[-1]
            if what == ADD and at == index and isinstance(at, int) and isinstance(text, str) and PLAIN_RULE.fullmatch(text):
                self.steps.pop()
                return -64 - len(text)
        return self._step(REMOVE, index, None)


class Constructed(Sheet):
    """A sheet that a script made; `home` is the document that it was made in, and the only one that may adopt it."""

    __slots__ = ("home", "rules")

    def __init__(self, rules: list[Raw], home: Node) -> None:
        super().__init__()
        self.rules = rules
        self.home = home


def objects(given: Any) -> list[Raw]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def change_sheet(tree: Tree, data: Raw) -> None:
    """Apply a StyleSheetRule or StyleDeclaration event."""
    sheet: Sheet | None
    if data.get("styleId"):
        sheet = tree.sheets.get(data["styleId"])
    else:
        sheet = sheet_of(tree, tree.ids.get(data.get("id")))
    if sheet is None:
        return
    if data["source"] == STYLE_DECLARATION:
        tree.weigh(sheet.declare(data))
        return
    tree.weigh(sheet.change_rules(data))
    for key in ("replace", "replaceSync"):
        if isinstance(data.get(key), str) and isinstance(sheet, Constructed):
            sheet.rules = []
            tree.weigh(sheet.replace(data[key]))


def sheet_of(tree: Tree, node: Node | None) -> Sheet | None:
    """Return what was done to an element's sheet; None where the replayer finds no sheet."""
    if node is None or node.tag not in ("style", "link") or not tree.is_connected(node):
        return None
    more = node.more
    if more.sheet is None:
        more.sheet = Sheet()
    return more.sheet


def adopt(tree: Tree, data: Raw) -> None:
    """Apply an AdoptedStyleSheet event: make the sheets that are new, then adopt."""
    host = tree.ids.get(data.get("id"))
    root = host.shadow or host if host else None
    if not isinstance(root, Root):
        return
    home = document_of(root)
    for style in objects(data.get("styles")):
        rules = objects(style.get("rules"))
        tree.sheets[style.get("styleId")] = Constructed(rules, home)
        tree.weigh(sum(64 + len(str(rule.get("rule"))) for rule in rules))
    ids = data.get("styleIds")
    if not isinstance(ids, list):
        raise Abandoned("no list of sheets")
    known = [tree.sheets[each] for each in ids if each in tree.sheets]
    if any(sheet.home is not home for sheet in known):
        raise Abandoned("a sheet of another document")
    tree.weigh(16 * (len(ids) - len(root.adopted)))
    root.adopted = list(ids)


def document_of(node: Node) -> Node:
    """Return the document that a root belongs to."""
    root = root_of(node)
    while root.kind != DOCUMENT and isinstance(root, Root) and root.owner is not None:
        root = root_of(root.owner)
    return root
