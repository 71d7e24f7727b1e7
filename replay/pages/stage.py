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

from replay.pages.player import TWINS

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
    """Return the content security policy: the first wall.

    >>> "connect-src 'none'" in policy("https://p/s.js", "https://p/a/", ["https://app"])
    True
    """
    kept = f"{assets} data: blob:"
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
    response = render(request, "player/stage.html", {"script": script, "app_origins": " ".join(origins)})
    response["Content-Security-Policy"] = policy(f"{here}{script}", f"{here}/player/assets/", origins)
    response["Permissions-Policy"] = ", ".join(f"{power}=()" for power in POWERS)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Origin-Agent-Cluster"] = "?1"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Answer for a kept asset; none are kept yet."""
    return HttpResponse(status=404)
