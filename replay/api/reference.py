"""The reference for people, made from the OpenAPI description, so that it cannot say anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from ninja import NinjaAPI

from replay.api.errors import REFUSALS

Json = dict[str, Any]
BOUNDS = {"minimum": "≥ {}", "maximum": "≤ {}", "maxLength": "≤ {} characters"}


@dataclass(frozen=True)
class Field:
    """One parameter, or one field of an answer."""

    name: str
    type: str
    note: str
    default: str = ""
    is_required: bool = False
    place: str = ""  # path or query
    shape: str = ""  # the anchor of the shape that it holds


@dataclass(frozen=True)
class Operation:
    """One address and what it does."""

    anchor: str
    tag: str
    method: str
    path: str
    summary: str
    note: str
    parameters: list[Field]
    answer: str
    media_type: str


@dataclass(frozen=True)
class Shape:
    """One kind of object in answers."""

    name: str
    note: str
    fields: list[Field]


def reference(api: NinjaAPI) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view that shows an API's reference."""

    @cache
    def described() -> Json:
        schema = api.get_openapi_schema(path_prefix="/api/v1/")
        operations = list(_operations(schema))
        return {
            "about": schema["info"],
            "tags": {tag: [o for o in operations if o.tag == tag] for tag in dict.fromkeys(o.tag for o in operations)},
            "shapes": list(_shapes(schema)),
            "refusals": [(code.value, said.status, said.message) for code, said in REFUSALS.items()],
            "host": settings.PUBLIC_URL,
        }

    def view(request: HttpRequest) -> HttpResponse:
        return render(request, "api/reference.html", described())

    return view


def _operations(schema: Json) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            (media_type, content), *_ = said["responses"][200]["content"].items()
            yield Operation(
                anchor=said["operationId"],
                tag=said["tags"][0],
                method=method.upper(),
                path=path,
                summary=said["summary"],
                note=marked(said.get("description", "")),
                parameters=[_parameter(parameter) for parameter in said["parameters"]],
                answer=_ref(content["schema"]),
                media_type=media_type,
            )


def _shapes(schema: Json) -> Iterator[Shape]:
    for name, said in schema["components"]["schemas"].items():
        if said.get("type") != "object" or name.endswith("Params"):
            continue
        fields = [
            Field(field, type_of(about), marked(about.get("description", "")), shape=_ref(about))
            for field, about in said["properties"].items()
        ]
        yield Shape(name, marked(said.get("description", "")), fields)


def _parameter(said: Json) -> Field:
    about = said["schema"]
    bounds = [words.format(f"{about[key]:,}") for key, words in BOUNDS.items() if key in about]
    default = about.get("default")
    return Field(
        name=said["name"],
        type=", ".join([type_of(about), *bounds]),
        note=marked(said.get("description", "")),
        default="" if default in (None, "") else str(default).lower() if isinstance(default, bool) else str(default),
        is_required=said["required"],
        place=said["in"],
    )


def type_of(about: Json) -> str:
    """Return a schema's type in few words.

    >>> type_of({"type": "array", "items": {"type": "integer"}})
    'integer[]'
    >>> type_of({"anyOf": [{"type": "string"}, {"type": "null"}]})
    'string or null'
    """
    if ref := about.get("$ref"):
        return str(ref).rpartition("/")[2]
    if "anyOf" in about:
        return " or ".join(type_of(each) for each in about["anyOf"])
    if "enum" in about:
        return " | ".join(about["enum"])
    if about.get("type") == "array":
        return f"{type_of(about['items'])}[]" if "items" in about else "array"
    return str(about.get("format") or about.get("type", "any"))


def marked(text: str) -> SafeString:
    """Return our own words as HTML, with what stands in backticks as code.

    >>> marked("`a` < b")
    '<code>a</code> &lt; b'
    """
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  # escaped just before


def _ref(about: Json) -> str:
    """Return the name of the shape that a schema holds, or an empty string."""
    for each in (about, about.get("items", {}), *about.get("anyOf", [])):
        if "$ref" in each:
            return str(each["$ref"]).rpartition("/")[2]
    return ""
