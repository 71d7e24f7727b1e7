"""django-allauth's forms with our labels, and without hints that repeat them."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy

LABELS = {
    "login": gettext_lazy("E-mail"),
    "email": gettext_lazy("E-mail"),
    "password": gettext_lazy("Password"),
    "password1": gettext_lazy("New password"),
    "password2": gettext_lazy("The same once more"),
}


class Plain:
    """Relabels the fields of the form that it is mixed into."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Plain, forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password."""


class ResetPasswordForm(Plain, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Where to send the link."""


class ResetPasswordKeyForm(Plain, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    """The new password, twice."""
