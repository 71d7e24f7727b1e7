"""Node-RED's editor (jQuery, D3, SVG) over a runtime that is not there: wire nodes, edit them, move them, read the side bar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from bench.apps.app import App
from bench.apps.hand import Hand
from bench.apps.install import PLACE
from bench.apps.site import Asked, Site

PACKAGE: Final = "@node-red/editor-client"
SETTINGS: Final = {
    "httpNodeRoot": "/",
    "version": "5.0.7",
    "context": {"default": "memory", "stores": ["memory"]},
    "codeEditor": {"lib": "ace"},
    "libraries": [],
    "telemetryEnabled": False,
    "flowEncryptionType": "system",
    "externalModules": {},
    "runtimeState": {"enabled": False, "ui": False},
    "editorTheme": {
        "tours": False,
        "palette": {"editable": False, "catalogues": []},
        "projects": {"enabled": False},
        "codeEditor": {"lib": "ace"},
    },
}
TYPES: Final[dict[str, tuple[str, str, int, int, list[str]]]] = {  # category, colour, inputs, outputs, fields
    "clock": ("common", "#a6bbcf", 0, 1, ["every", "payload", "topic"]),
    "note": ("common", "#ffffff", 0, 0, ["info"]),
    "show": ("common", "#87a980", 1, 0, ["target", "status"]),
    "code": ("function", "#fdd0a2", 1, 1, ["func", "timeout"]),
    "fork": ("function", "#e2d96e", 1, 2, ["property", "first", "second"]),
    "set": ("function", "#e2d96e", 1, 1, ["property", "value"]),
    "mould": ("function", "#f3b567", 1, 1, ["field", "template", "syntax"]),
    "hold": ("function", "#e6e0f8", 1, 1, ["delay", "rate"]),
    "listen": ("network", "#e7e7ae", 0, 1, ["url", "method"]),
    "answer": ("network", "#e7e7ae", 1, 0, ["status", "headers"]),
    "ask": ("network", "#e7e7ae", 1, 1, ["url", "method", "answer"]),
    "read": ("storage", "#deb887", 1, 1, ["path", "format"]),
    "keep": ("storage", "#deb887", 1, 0, ["path", "append"]),
}


def _definition(name: str) -> str:
    category, colour, inputs, outputs, fields = TYPES[name]
    defaults = {"name": {"value": ""}} | {field: {"value": f"{field} of {name}"} for field in fields}
    rows = "".join(
        f'<div class="form-row"><label for="node-input-{field}"><i class="fa fa-tag"></i> {field}</label>'
        f'<input type="text" id="node-input-{field}" placeholder="{field}"></div>'
        for field in ["name", *fields]
    )
    about = {
        "category": category,
        "color": colour,
        "defaults": defaults,
        "inputs": inputs,
        "outputs": outputs,
        "icon": "font-awesome/fa-cube",
    }
    return (
        f'<!-- --- [red-module:pottery/{name}] --- --><script type="text/javascript">RED.nodes.registerType("{name}", '
        f'Object.assign({json.dumps(about)}, {{ label() {{ return this.name || "{name}"; }} }}));</script>'
        f'<script type="text/html" data-template-name="{name}">{rows}</script>'
        f'<script type="text/html" data-help-name="{name}"><p>Does what <b>{name}</b> says.</p><h3>Inputs</h3>'
        f"<dl class='message-properties'><dt>payload</dt><dd>what comes in</dd></dl><p>Then it goes on.</p></script>"
    )


def _flows() -> list[dict[str, Any]]:
    tabs = [
        {"id": f"tab{n}", "type": "tab", "label": label, "disabled": False, "info": ""}
        for n, label in enumerate(("Kilns", "Orders", "Glazes"))
    ]
    nodes = []
    for tab in range(3):
        for place, name in enumerate([*TYPES, *TYPES][: 18 + tab * 4]):
            _, _, _, outputs, fields = TYPES[name]
            wires = [[f"n{tab}{place + 1 + output}"] for output in range(outputs)]
            at = {"x": 140 + place % 4 * 190, "y": 80 + place // 4 * 80, "z": f"tab{tab}"}
            nodes.append(
                {"id": f"n{tab}{place}", "type": name, "name": f"{name} {place}", "wires": wires} | at | {f: f for f in fields}
            )
    return tabs + nodes


def backend(asked: Asked) -> Any:
    """Answer as the runtime's admin API does."""
    path, is_html = asked.path.strip("/"), "text/html" in asked.accept
    if path == "settings":
        return SETTINGS
    if path == "settings/user":
        return {"editor": {"view": {"view-store-position": False}, "tours": {"welcome": "5.0.7"}}, "telemetryEnabled": False}
    if path.startswith("locales/"):
        file = Path(PLACE, "node_modules", PACKAGE, "locales/en-US", f"{path.removeprefix('locales/')}.json")
        return json.loads(file.read_text()) if file.is_file() else {}
    if path.endswith("/messages"):
        return {}
    if path == "nodes":
        if is_html:
            return "".join(map(_definition, TYPES))
        return [
            {
                "id": f"pottery/{name}",
                "name": name,
                "types": [name],
                "enabled": True,
                "local": False,
                "module": "pottery",
                "version": "1.0.0",
            }
            for name in TYPES
        ]
    if path == "plugins":
        return "" if is_html else []
    if path == "icons":
        return {"node-red": ["alert.svg", "cog.svg", "subflow.svg", "arrow-in.svg"]}
    if path == "theme":
        return {"page": {"title": "Flows"}, "header": {"title": "Pottery"}}
    if path == "flows":
        return {"rev": "1"} if asked.method == "POST" else {"flows": _flows(), "rev": "1"}
    if path.startswith(("context", "credentials", "library", "flows/")):
        return {}
    return None


NODE: Final = "#red-ui-workspace-chart .red-ui-flow-node"


async def look(hand: Hand) -> None:
    await hand.hover(NODE)
    await hand.rest()


async def move(hand: Hand) -> None:
    await hand.hover(NODE)
    await hand.drag(hand.random.uniform(-160, 160), hand.random.uniform(-90, 90))
    await hand.rest()


async def edit(hand: Hand) -> None:
    await hand.click(NODE, times=2)
    await hand.rest()
    await hand.click(".red-ui-tray-body .form-row input[type=text]", times=3)
    await hand.type(hand.words(2))
    await hand.click("#node-dialog-ok" if hand.random.random() < 0.8 else "#node-dialog-cancel")
    await hand.rest()


async def add(hand: Hand) -> None:
    await hand.hover(".red-ui-palette-node")
    await hand.drag(hand.random.uniform(250, 700), hand.random.uniform(-60, 200))
    await hand.rest()


async def wire(hand: Hand) -> None:
    await hand.hover(".red-ui-flow-port-output .red-ui-flow-port")
    await hand.drag(hand.random.uniform(60, 260), hand.random.uniform(-80, 120))


async def tab(hand: Hand) -> None:
    await hand.click("#red-ui-workspace-tabs li.red-ui-tab a")
    await hand.rest()


async def find(hand: Hand) -> None:
    await hand.click("#red-ui-palette-search input")
    await hand.type(hand.random.choice(("co", "as", "re")))
    await hand.rest()
    for _ in range(2):
        await hand.key("Backspace")


async def side(hand: Hand) -> None:
    await hand.click(".red-ui-info-outline .red-ui-treeList-label, .red-ui-sidebar .red-ui-treeList-label")
    await hand.rest()


async def pan(hand: Hand) -> None:
    await hand.hover("#red-ui-workspace-chart")
    await hand.scroll(hand.random.choice((-300, 300, 600)))


async def undo(hand: Hand) -> None:
    await hand.key("Control+z")


async def menu(hand: Hand) -> None:
    await hand.click("#red-ui-header-button-sidemenu")
    await hand.rest()
    await hand.hover("#red-ui-header-button-sidemenu-submenu > li > a")
    await hand.rest()
    await hand.key("Escape")
    await hand.page.mouse.click(700, 650)


NODE_RED: Final = App(
    "node-red",
    PACKAGE,
    Site(page="nodered.html", roots={"/": f"{PACKAGE}/public"}, backend=backend),
    NODE,
    ((4, look), (6, move), (4, edit), (5, add), (3, wire), (2, tab), (2, find), (3, side), (3, pan), (2, undo), (1, menu)),
)
