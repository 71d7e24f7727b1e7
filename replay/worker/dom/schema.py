"""The numbers of rrweb's format, and the bounds of a page."""

from __future__ import annotations

# Events
FULL_SNAPSHOT, INCREMENTAL, META = 2, 3, 4

# Sources of an incremental event
MUTATION, MOUSE_MOVE, MOUSE_INTERACTION, SCROLL, VIEWPORT_RESIZE, INPUT, TOUCH_MOVE, MEDIA_INTERACTION = range(8)
STYLE_SHEET_RULE, CANVAS_MUTATION, FONT, _LOG, DRAG, STYLE_DECLARATION, SELECTION, ADOPTED_STYLE_SHEET = range(8, 16)

# Nodes
DOCUMENT, DOCTYPE, ELEMENT, TEXT, CDATA, COMMENT = range(6)
SHADOW = -1  # ours: a shadow root has no node of its own in rrweb's trees

MAX_NODES = 500_000  # three times the largest page that we have met
MAX_WEIGHT = 128 * 1024 * 1024  # characters of text, attributes and rules that a page may hold
MAX_WAITING = 1_000  # documents whose frame has not come
MAX_DEPTH = 150  # how deep a keyframe nests; what lies deeper follows flat, so that no reader runs out of stack
MAX_TRIES = 500_000  # how often one event may try to place nodes whose neighbours are missing; rrweb gives up after 500 ms
MAX_EFFORT = 5_000_000  # steps of searching: a page that makes us walk far again and again is given up
EFFORT_PER_EVENT = 2_000  # … and what each event may add to them
MAX_FONTS = 16 * 1024 * 1024  # characters of fonts that scripts loaded
MAX_CANVAS = 2 * 1024 * 1024  # characters of drawing since a canvas was last whole
