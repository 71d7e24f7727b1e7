"""The fold: rrweb events in, a page as it stands, and a keyframe of it at any instant. No Django, no I/O, no clock.

In: one stream's rrweb events in order, as hostile as they come. Out: `Page.keyframe(at_ms)`, rrweb events that build from
nothing what the replayer has on its stage after those events. The replayer (@rrweb/replay 2.1.6, without its virtual DOM) is
the measure: where it drops or bends what was recorded, the fold does the same.
"""

from .page import Page

__all__ = ["Page"]
