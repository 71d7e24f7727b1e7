"""The stage document: where recorded pages are rebuilt, shut off from everything.

In: nothing but messages from the app page. Guaranteed by the headers: the only script is ours, by its exact address; no request
leaves save for kept assets; no form, frame, base or navigation of recorded content does anything; only the app may frame it.
The document needs no sign-in and holds nothing: what it shows, the app page was allowed to read.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from replay.index.assets import find_shown, read_asset
from replay.index.errors import NotFound
from replay.pages.asset_pass import session_of
from replay.pages.player import TWINS
from replay.store import open_store
from replay.store.base import StoreUnavailable
from replay.wire.media import MEDIA_TYPES

ASSETS = "/player/assets/"
SERVED = ("font", "image")  # stylesheets go through the app page, whose sanitiser reads them
GUARDS = {
    # An SVG that is opened as a page is none.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Content-Disposition": "attachment",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600, immutable",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

POWERS = (
    *("accelerometer", "autoplay", "camera", "clipboard-read", "clipboard-write", "display-capture", "encrypted-media"),
    *(
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
    ),
    *("midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access"),
    *("usb", "window-management", "xr-spatial-tracking"),
)


def app_origins(request: HttpRequest) -> list[str]:
    """Return who may frame the stage and talk to it: the app, and at home the machine's other name for it."""
    origins = [settings.PUBLIC_URL]
    if not settings.PLAYER_ORIGIN:
        here = urlsplit(f"{request.scheme}://{request.get_host()}")
        host = TWINS.get(here.hostname or "", here.hostname or "")
        origins.append(f"{here.scheme}://{host}" + (f":{here.port}" if here.port else ""))
    return sorted(set(origins))


def policy(script: str, assets: str, origins: list[str]) -> str:
    """Return the content security policy: the first wall. ``assets`` is the folder of one session's assets, or empty.

    >>> "connect-src 'none'" in policy("https://p/s.js", "https://p/a/", ["https://app"])
    True
    """
    kept = f"{assets} data: blob:".strip()
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {script}",
            "script-src-attr 'none'",
            "style-src 'unsafe-inline'",
            f"img-src {kept}",
            f"font-src {kept}",
            f"media-src {kept}",
            *(f"{kind}-src 'none'" for kind in ("connect", "frame", "child", "worker", "object", "manifest")),
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(origins)}",
        ]
    )


@require_safe
@xframe_options_exempt  # frame-ancestors says it, and exactly
def stage(request: HttpRequest) -> HttpResponse:
    """Serve the stage document under its policy."""
    here = f"{request.scheme}://{request.get_host()}"
    origins = app_origins(request)
    script = static("dist/stage.js")
    given = request.GET.get("assets", "")
    assets = f"{here}{ASSETS}{given}/" if session_of(given) is not None else ""
    response = render(request, "player/stage.html", {"script": script, "app_origins": " ".join(origins), "assets": assets})
    response["Content-Security-Policy"] = policy(f"{here}{script}", assets, origins)
    response["Permissions-Policy"] = ", ".join(f"{power}=()" for power in POWERS)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Origin-Agent-Cluster"] = "?1"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def asset(request: HttpRequest, given: str, digest: str) -> HttpResponse:
    """Serve a font or an image to the stage that holds this session's pass; as that and nothing else."""
    session = session_of(given)
    try:
        if session is None:
            raise NotFound(digest)
        found = find_shown(session, bytes.fromhex(digest))
        if found.kind not in SERVED or found.media_type not in MEDIA_TYPES:
            raise NotFound(digest)
        data = read_asset(open_store(), found.project, found)
    except NotFound:
        return HttpResponse(status=404, headers={"Cache-Control": "no-store"})
    except StoreUnavailable:
        return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
    return HttpResponse(data, content_type=found.media_type, headers=GUARDS)
