"""The words that a row says: who, where, how long, how much. Pure; the templates call them by filters."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

KINDS: dict[str, str | Promise] = {
    "navigation": gettext_lazy("Navigation"),
    "click": gettext_lazy("Click"),
    "rage_click": gettext_lazy("Rage click"),
    "submit": gettext_lazy("Submit"),
    "error": gettext_lazy("Error"),
    "console_error": gettext_lazy("Console error"),
    "request_failed": gettext_lazy("Failed request"),
    "custom": gettext_lazy("Custom event"),
    "identify": gettext_lazy("Identify"),
}
NOBODY = "imported"  # the distinct_id of a file that names nobody
ANONYMOUS_CHARS = 4  # enough to tell two visitors of one screen apart


def name_of(properties: Any, distinct_id: str, is_identified: bool) -> str:
    """Return what to call somebody: name, else e-mail, else the customer's id, else "anonymous" and a few characters.

    >>> name_of({"name": "Ada Lovelace"}, "u1", True)
    'Ada Lovelace'
    >>> name_of({}, "0192-aaaa-7f3c", False)
    'anonymous 7f3c'
    >>> name_of({}, "imported", False)
    'imported'
    """
    if isinstance(properties, dict):
        for key in ("name", "email"):
            value = properties.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()[:200]
    if is_identified and distinct_id:
        return distinct_id
    if distinct_id == NOBODY:
        return _("imported")
    return _("anonymous %(end)s") % {"end": distinct_id[-ANONYMOUS_CHARS:]} if distinct_id else _("anonymous")


def path_of(url: str) -> str:
    """Return the path of an address; a fragment that is a route counts.

    >>> path_of("https://shop.example/cart?x=1")
    '/cart'
    >>> path_of("https://app.example/#/inbox")
    '/#/inbox'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    route = f"#{parts.fragment}" if parts.fragment.startswith(("/", "!")) else ""
    return (parts.path or "/") + route if parts.scheme or parts.path else url


def clock(seconds: float) -> str:
    """Return a duration as m:ss, or h:mm:ss.

    >>> clock(134.9), clock(3725)
    ('2:14', '1:02:05')
    """
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration_words(seconds: float) -> str:
    """Return a duration in words, for those who hear the page.

    >>> duration_words(134.9)
    '2 minutes 14 seconds'
    """
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    said = [
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
        ngettext("%(n)d second", "%(n)d seconds", rest) % {"n": rest} if rest or not (hours or minutes) else "",
    ]
    return " ".join(word for word in said if word)


def ago(seconds: float) -> str:
    """Return how long ago something was, in the words of ``static/js/times.js``.

    >>> ago(20), ago(250), ago(7300), ago(200000)
    ('just now', '4 min ago', '2 h ago', '2 d ago')
    """
    if seconds < 45:
        return _("just now")
    if seconds < 3600:
        return _("%(n)d min ago") % {"n": max(1, round(seconds / 60))}
    if seconds < 86_400:
        return _("%(n)d h ago") % {"n": round(seconds / 3600)}
    return _("%(n)d d ago") % {"n": round(seconds / 86_400)}


def bytes_words(size: int) -> str:
    """Return a size in the short human form.

    >>> bytes_words(512), bytes_words(1536), bytes_words(5 * 1024**2)
    ('512 B', '1.5 KB', '5.0 MB')
    """
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
