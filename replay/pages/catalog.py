"""The player's words in the viewer's language, as the page hands them to its script (player_js/src/gettext.ts)."""

from __future__ import annotations

from functools import cache
from gettext import c2py
from typing import Any, cast

from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

COUNTS = 200  # gettext's rules look at the last two digits; the script maps larger counts down to these


@cache
def player_catalog(language: str) -> dict[str, Any]:
    """Return the messages, and which plural form each count takes: a rule is C, and a script may not evaluate it."""
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain="djangojs")
    rule = cast("str | None", view.get_plural())
    plural = c2py(rule) if rule else None
    return {"messages": view.get_catalog(), "plurals": [plural(count) for count in range(COUNTS)] if plural else None}
