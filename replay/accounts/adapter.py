"""What we tell django-allauth: nobody signs up by themselves, and mail carries our name."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by whoever runs the server (``manage.py createowner``)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        return " ".join(f"Playhead: {subject}".split())

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page one lands on shows that one is signed in, or out."""
