"""Making and revoking write keys and project tokens. Each revocation is confirmed on a page that says what it means."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from replay.accounts import services
from replay.accounts.models import Project, Role, User
from replay.pages.gate import in_project
from replay.pages.project import settings_context

NAME_MOST = 60  # characters, as in the tables
LIVE_KEYS_MOST = 50  # per project; more are a script gone wild


@require_POST
@in_project(Role.ADMIN)
def make_write_key(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a write key."""
    if project.write_keys.filter(revoked_at=None).count() >= LIVE_KEYS_MOST:
        messages.error(request, _("This project has 50 working keys. Revoke one that is not in use first."))
    else:
        services.mint_write_key(project, request.POST.get("label", "").strip()[:NAME_MOST])
        messages.success(request, _("The key is made and works at once."))
    return redirect("project-settings", project.public_id)


@require_http_methods(["GET", "POST"])
@in_project(Role.ADMIN)
def revoke_write_key(request: HttpRequest, project: Project, key_id: int) -> HttpResponse:
    """Ask, then take the key back."""
    key = get_object_or_404(project.write_keys, pk=key_id, revoked_at=None)
    if request.method == "POST":
        services.revoke_write_key(project, key.pk)
        messages.success(request, _("The key is revoked. Sessions recorded with it stay."))
        return redirect("project-settings", project.public_id)
    return render(request, "pages/revoke_write_key.html", {"key": key})


@require_POST
@in_project(Role.ADMIN)
def make_token(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a project token and show it, this once: it is in this answer and nowhere else."""
    assert isinstance(request.user, User)
    name = request.POST.get("name", "").strip()[:NAME_MOST]
    if not name:
        messages.error(request, _("Give the token a name that says who uses it."))
        return redirect("project-settings", project.public_id)
    if project.tokens.filter(revoked_at=None).count() >= LIVE_KEYS_MOST:
        messages.error(request, _("This project has 50 tokens. Revoke one that is not in use first."))
        return redirect("project-settings", project.public_id)
    token = services.mint_token(project, name, request.user)
    return render(request, "pages/project_settings.html", {**settings_context(request, project), "new_token": token})


@require_http_methods(["GET", "POST"])
@in_project(Role.ADMIN)
def revoke_token(request: HttpRequest, project: Project, token_id: int) -> HttpResponse:
    """Ask, then take the token back."""
    token = project.tokens.filter(pk=token_id, revoked_at=None).first()
    if token is None:
        raise Http404
    if request.method == "POST":
        services.revoke_token(project, token.pk)
        messages.success(request, _("The token is revoked. Requests with it are refused from now on."))
        return redirect("project-settings", project.public_id)
    return render(request, "pages/revoke_token.html", {"token": token})
