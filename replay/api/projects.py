"""The projects that the caller may see."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from replay.api.auth import projects_of
from replay.api.errors import ANY
from replay.api.rows import Row
from replay.api.schemas import Error, ProjectList

router = Router(tags=["Projects"])


@router.get("", response={200: ProjectList, ANY: Error}, summary="List your projects")
def list_projects(request: HttpRequest) -> Row:
    return {"items": [{"id": project.public_id, "name": project.name} for project in projects_of(request)]}
