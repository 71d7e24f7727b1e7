"""``/recorder.js``: the built recorder, for any site to load."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

MAX_AGE_S: Final = 300  # a fix reaches every page within five minutes
BUILT: Final = {"recorder.js": "dist/recorder.js", "recorder.mjs": "dist/recorder.mjs"}


@dataclass(frozen=True)
class Built:
    """A built file, and the same compressed; brotli where the build has made it."""

    etag: str
    plain: bytes
    gzipped: bytes
    brotli: bytes | None


@require_safe
def recorder(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the recorder, compressed as the browser likes."""
    found = finders.find(BUILT[name])
    if not isinstance(found, str):
        return HttpResponse("// the recorder is not built: run make build\n", status=404, content_type="text/javascript")
    file = Path(found)
    built = _read(file, file.stat().st_mtime_ns)
    response = HttpResponseNotModified() if request.headers.get("If-None-Match") == built.etag else _body(request, built)
    response["ETag"] = built.etag
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Vary"] = "Accept-Encoding"
    return response


def _body(request: HttpRequest, built: Built) -> HttpResponse:
    accepted = {word.split(";")[0].strip() for word in request.headers.get("Accept-Encoding", "").split(",")}
    choices = {"br": built.brotli, "gzip": built.gzipped}
    encoding = next((name for name, data in choices.items() if data and name in accepted), "")
    response = HttpResponse(choices.get(encoding) or built.plain, content_type="text/javascript; charset=utf-8")
    if encoding:
        response["Content-Encoding"] = encoding
    return response


@lru_cache(maxsize=4)
def _read(file: Path, _mtime_ns: int) -> Built:
    plain = file.read_bytes()
    brotli = file.with_name(file.name + ".br")
    etag = f'W/"{hashlib.sha256(plain).hexdigest()[:16]}"'
    return Built(etag, plain, gzip.compress(plain, mtime=0), brotli.read_bytes() if brotli.is_file() else None)


urlpatterns: list[URLPattern] = [path(name, recorder, {"name": name}) for name in BUILT]
