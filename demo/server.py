"""The demo shop: a customer's site on an origin of its own, with Playhead's script tag in it.

Standard library only. ``python demo/server.py --port 8001 --app-url http://localhost:8000 --write-key pk_…``
"""

from __future__ import annotations

import argparse
import html
import json
import mimetypes
import re
import signal
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import unquote, urlsplit
from zlib import crc32

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, from anywhere

from demo.catalog import BY_SLUG, CATEGORIES, GLAZES, PRODUCTS, Product

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent / "node_modules" / "@fontsource-variable"
FONT_FILES = {
    "figtree.woff2": "figtree/files/figtree-latin-wght-normal.woff2",
    "fraunces.woff2": "fraunces/files/fraunces-latin-wght-normal.woff2",
}
MAX_BODY_BYTES = 64 * 1024
SLOW_S = 3.0  # the stock request: long enough to see in the network list
RELEASE = "shop-4.2.0"


def page(name: str, /, **values: str) -> str:
    return Template((HERE / "pages" / f"{name}.html").read_text()).substitute(values)


def tones(glaze: str) -> str:
    """Return the CSS variables that the drawings are painted with."""
    light, base, dark = GLAZES[glaze]
    return f"--light:{light};--base:{base};--dark:{dark}"


def drawing(product: Product) -> str:
    """Return the product's drawing to stand in the page, painted by CSS variables, with ids of its own."""
    text = (HERE / "images" / f"{product.slug}.svg").read_text()
    for word in ("LIGHT", "BASE", "DARK"):
        text = text.replace(f"GLAZE_{word}", f"var(--{word.lower()})")
    return re.sub(r'(id="|url\(#)', rf"\1{product.slug}-", text).replace("<svg ", '<svg aria-hidden="true" ', 1)


def card(product: Product) -> str:
    values = {"drawing": drawing(product), "tones": tones(product.glaze)}
    return page("card", slug=product.slug, name=product.name, price=product.price, line=product.line, **values)


def cards(products: list[Product]) -> str:
    return "".join(card(product) for product in products)


def home() -> tuple[str, str]:
    featured = [BY_SLUG[slug] for slug in ("ebb-teapot", "low-bowl", "reed-vase", "tide-mug")]
    return "Saltmarsh · stoneware for every day", page(
        "home", cards=cards(featured), picture=(HERE / "images" / "table.svg").read_text()
    )


def category(key: str) -> tuple[str, str]:
    products = [product for product in PRODUCTS if key in ("all", product.category)]
    title = CATEGORIES.get(key, "Everything")
    tabs = "".join(
        f'<a href="/shop/{each}" data-soft data-test="category-{each}"'
        f"{' aria-current=page' if each == key else ''}>{html.escape(name)}</a>"
        for each, name in {"all": "Everything", **CATEGORIES}.items()
    )
    return f"{title} · Saltmarsh", page(
        "category", title=html.escape(title), count=str(len(products)), tabs=tabs, cards=cards(products)
    )


def product_page(product: Product) -> tuple[str, str]:
    swatches = "".join(
        f'<button type="button" class="swatch" data-glaze="{glaze}" data-test="glaze-{glaze}"'
        f' data-tones="{tones(glaze)}" style="--tone:{base}"'
        f' aria-pressed="{str(glaze == product.glaze).lower()}"><span>{glaze.title()}</span></button>'
        for glaze, (_, base, _) in GLAZES.items()
    )
    others = [other for other in PRODUCTS if other is not product and other.category == product.category][:3]
    return f"{product.name} · Saltmarsh", page(
        "product",
        slug=product.slug,
        name=product.name,
        price=product.price,
        price_cents=str(product.price_cents),
        line=product.line,
        about=product.about,
        glaze=product.glaze,
        tones=tones(product.glaze),
        drawing=drawing(product),
        category=product.category,
        category_name=html.escape(CATEGORIES[product.category]),
        swatches=swatches,
        cards=cards(others),
    )


TITLES = {"cart": "Your basket", "checkout": "Checkout", "account": "Account", "thanks": "Thank you"}


def route(path: str) -> tuple[str, str] | None:
    """Return title and main part of the page at the path, or None."""
    words = path.strip("/").split("/")
    match words:
        case [""]:
            return home()
        case ["shop"]:
            return category("all")
        case ["shop", key] if key == "all" or key in CATEGORIES:
            return category(key)
        case ["product", slug] if slug in BY_SLUG:
            return product_page(BY_SLUG[slug])
        case [name] if name in TITLES:
            return f"{TITLES[name]} · Saltmarsh", page(name)
    return None


class Shop(BaseHTTPRequestHandler):
    """Pages, drawings, fonts, and a small API that is not always well."""

    protocol_version = "HTTP/1.1"
    server_version = "Saltmarsh"
    snippet = ""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/images/"):
            return self.image(path.removeprefix("/images/"))
        if path.startswith("/fonts/"):
            return self.file(FONTS / FONT_FILES.get(path.removeprefix("/fonts/"), "none"))
        if path.startswith(("/static/", "/frames/")):
            room = HERE / path.split("/")[1]
            file = (HERE / path[1:]).resolve()
            return self.file(file if file.is_relative_to(room) else HERE / "none")
        if path.startswith("/api/stock/"):
            time.sleep(SLOW_S)
            return self.json({"slug": path.rpartition("/")[2], "pieces": 7, "shelf": "C4"})
        found = route(path)
        title, main = found or ("Not here · Saltmarsh", page("missing"))
        text = page("layout", title=title, main=main, snippet=self.snippet, release=RELEASE)
        return self.send(text.encode(), "text/html; charset=utf-8", HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return self.json({"error": "That is too much."}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            asked = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            return self.json({"error": "That is not JSON."}, HTTPStatus.BAD_REQUEST)
        match urlsplit(self.path).path:
            case "/api/sign-in":
                email = str(asked.get("email", "")).lower()
                name = email.partition("@")[0].replace(".", " ").title()
                return self.json({"id": f"customer-{crc32(email.encode())}", "name": name})  # the same after a restart
            case "/api/orders":
                return self.json({"number": f"SM-{int(time.time()) % 100000:05d}"}, HTTPStatus.CREATED)
            case "/api/gift-card":
                return self.json({"error": "ledger unavailable"}, HTTPStatus.INTERNAL_SERVER_ERROR)
        return self.json({"error": "There is no such thing."}, HTTPStatus.NOT_FOUND)

    def image(self, name: str) -> None:
        """Serve a drawing; `tide-mug.moss.svg` is the mug in moss."""
        slug, _, rest = name.partition(".")
        glaze = rest.partition(".")[0]
        file = HERE / "images" / f"{slug}.svg"
        if slug not in BY_SLUG or glaze not in GLAZES:
            plain = HERE / "images" / Path(name).name
            return self.file(plain)
        text = file.read_text()
        for word, tone in zip(("GLAZE_LIGHT", "GLAZE_BASE", "GLAZE_DARK"), GLAZES[glaze], strict=True):
            text = text.replace(word, tone)
        return self.send(text.encode(), "image/svg+xml", cache=3600)

    def file(self, path: Path) -> None:
        if not path.is_file():
            return self.send(b"not found", "text/plain", HTTPStatus.NOT_FOUND)
        kind = "font/woff2" if path.suffix == ".woff2" else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return self.send(path.read_bytes(), kind, cache=3600 if path.suffix in (".woff2", ".jpg") else 0)

    def json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send(json.dumps(value).encode(), "application/json", status)

    def send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, cache: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", f"public, max-age={cache}" if cache else "no-cache")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing: what visitors do is recorded elsewhere."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong, unless a browser went away mid-answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def snippet_for(app_url: str, write_key: str) -> str:
    if not write_key:
        return "<!-- no write key: this shop is not recorded -->"
    return f'<script async src="{html.escape(app_url)}/recorder.js" data-write-key="{html.escape(write_key)}"></script>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--app-url", default="http://localhost:8000")
    parser.add_argument("--write-key", default="")
    asked = parser.parse_args()
    Shop.snippet = snippet_for(asked.app_url, asked.write_key)
    server = Server((asked.host, asked.port), Shop)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as by Ctrl-C
    print(f"demo shop at http://localhost:{asked.port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
