"""Drawing on canvases. Our stage draws none of it; other players may, so what makes the picture is carried on."""

from __future__ import annotations

from .nodes import Raw
from .schema import MAX_CANVAS
from .tree import Tree, size_of


def draw(tree: Tree, data: Raw) -> None:
    """Keep what was drawn since the picture was last whole; a canvas that holds too much is left as it was first built."""
    node = tree.ids.get(data.get("id"))
    if node is None or node.tag != "canvas":
        return
    more = node.more
    size = size_of(data.get("commands", data))
    if is_whole_picture(data) or more.canvas is None:
        more.canvas, more.drawn = [], 0
    more.drawn += size
    tree.weigh(size)
    if more.drawn > MAX_CANVAS:
        more.canvas = []
    else:
        more.canvas.append(data)


def is_whole_picture(data: Raw) -> bool:
    """Whether a frame was recorded (rrweb's fps mode): cleared from the corner, then one image over it."""
    commands = data.get("commands")
    if data.get("type") != 0 or not isinstance(commands, list) or len(commands) != 2:
        return False
    names = [command.get("property") for command in commands if isinstance(command, dict)]
    return names == ["clearRect", "drawImage"] and commands[0].get("args", [])[:2] == [0, 0]
