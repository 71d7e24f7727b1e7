"""One's own account: name and password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from replay.accounts.models import User


class PasswordForm(forms.Form):
    """A new password; the old one too, where there is one (a one-time link brought the others)."""

    old = forms.CharField(
        label=gettext_lazy("Present password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():
            del self.fields["old"]

    def clean_old(self) -> str:
        old = str(self.cleaned_data["old"])
        if not self.user.check_password(old):
            raise forms.ValidationError(_("This is not your present password."))
        return old

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        validate_password(new, self.user)
        return new


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Show the account and set its password."""
    assert isinstance(request.user, User)
    form = PasswordForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        request.user.set_password(form.cleaned_data["new"])
        request.user.save(update_fields=["password"])
        update_session_auth_hash(request, request.user)  # stay signed in here; every other browser is signed out
        messages.success(request, _("The password is set. Other browsers were signed out."))
        return redirect("account")
    context = {"form": form, "rules": password_validators_help_texts()}
    return render(request, "pages/account.html", context, status=422 if form.errors else 200)
