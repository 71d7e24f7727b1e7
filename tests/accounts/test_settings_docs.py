"""docs/settings.md names every setting that the server reads, and no other."""

from __future__ import annotations

import ast
import re

from django.conf import settings

READERS = {"text", "boolean", "integer", "choice", "words", "networks", "origin"}


def settings_read() -> set[str]:
    """Return the names that settings.py reads from the environment."""
    tree = ast.parse((settings.BASE_DIR / "replay" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.func.attr in READERS
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    page = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE))
    assert documented == settings_read()
