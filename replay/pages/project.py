"""Project settings: the snippet, keys, allowed origins, tokens and members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from replay.accounts import gates, services
from replay.accounts.models import Project, Role
from replay.accounts.origins import BadOrigin, parse_origin
from replay.pages.gate import in_project

ORIGINS_MOST = 50


class SettingsForm(forms.Form):
    """The project's name, and the origins whose pages may record."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    origins = forms.CharField(
        label=gettext_lazy("Allowed origins"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "https://shop.example"}),
    )

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data, initial={"name": project.name, "origins": "\n".join(project.allowed_origins)})
        self.project = project

    def clean_origins(self) -> list[str]:
        """Return the origins, one per line, each in the form in which browsers send it."""
        origins: list[str] = []
        for number, line in enumerate(self.cleaned_data["origins"].split("\n"), start=1):
            if not line.strip():
                continue
            try:
                origin = parse_origin(line.strip())
            except BadOrigin as error:
                raise forms.ValidationError(_("Line %(number)d: %(why)s"), params={"number": number, "why": error}) from error
            if origin not in origins:
                origins.append(origin)
        if len(origins) > ORIGINS_MOST:
            raise forms.ValidationError(_("At most %(most)d origins fit."), params={"most": ORIGINS_MOST})
        return origins

    def save(self) -> None:
        self.project.name = self.cleaned_data["name"]
        self.project.allowed_origins = self.cleaned_data["origins"]
        self.project.save(update_fields=["name", "allowed_origins"])


@in_project()
def settings_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the settings to every member; let admins change them."""
    form = SettingsForm(project, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        gates.get_project(request.user, project.public_id, least=Role.ADMIN)
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved. New connections follow the settings at once."))
            return redirect("project-settings", project.public_id)
    context = settings_context(request, project, form)
    return render(request, "pages/project_settings.html", context, status=422 if form.errors else 200)


def settings_context(request: HttpRequest, project: Project, form: SettingsForm | None = None) -> dict[str, Any]:
    """Return what the settings page shows."""
    return {
        "form": form or SettingsForm(project),
        "write_key": services.live_write_key(project),
        "write_keys": project.write_keys.order_by("revoked_at", "id"),
        "tokens": project.tokens.filter(revoked_at=None).select_related("created_by").order_by("id"),
        "members": project.memberships.select_related("user").order_by("id"),
        "may_change": gates.has_role(request.user, project, Role.ADMIN),
    }
