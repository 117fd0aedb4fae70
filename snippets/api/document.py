"""The OpenAPI 3.1 document, made of the table of operations and its models; and a page of it for people."""

from functools import cache
from typing import Any, Literal

from flask import Blueprint, Response, jsonify, render_template, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from snippets import __version__
from snippets.api.operations import OPERATIONS, PREFIX, Operation
from snippets.api.responses import SCHEMAS, ref, responses
from snippets.api.shapes import Problem

documents = Blueprint("api_document", __name__, url_prefix="/api")

Shape = tuple[type[BaseModel], Literal["validation", "serialization"]]
PARAMETERS = {
    "id": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{11}$"}, "description": "A snippet's id."},
    "number": {"schema": {"type": "integer", "minimum": 1, "maximum": 1000}, "description": "A file's, from 1."},
}
PASSWORD = {
    "name": "X-Password",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The snippet's password; with more than ASCII in it as RFC 8187 writes it: UTF-8''p%C3%A4ss.",
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 16, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Sent again within a day with the same body, it gives the snippet that the first one made.",
}


@documents.get("/openapi.json")
def openapi() -> Response:
    """Give the document."""
    response = jsonify(document() | {"servers": [{"url": request.url_root.rstrip("/") + PREFIX}]})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@documents.get("")
def page() -> str:
    """Show the same to people."""
    return render_template("api.html", document=document(), base_url=request.url_root, prefix=PREFIX)


@cache
def document() -> dict[str, Any]:
    """Return the document, but for the servers."""
    paths: dict[str, dict[str, Any]] = {}
    for each in sorted(OPERATIONS, key=lambda each: (not each.path.startswith("/snippets"), each.path)):
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Snippets", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "secret": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An owner's secret of 16 characters or more, or an API key.",
                }
            },
        },
        "security": [{}, {"secret": []}],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    summary, _, more = (operation.view.__doc__ or "").strip().partition("\n")
    told: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": summary.rstrip("."),
        "parameters": _parameters(operation),
        "responses": responses(operation),
    }
    if more.strip():
        told["description"] = " ".join(more.split())
    if operation.takes:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(operation.takes)}}}
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, **PARAMETERS[name]}
        for name in PARAMETERS
        if f"{{{name}}}" in operation.path
    ]
    if "{id}" in operation.path:
        found.append(PASSWORD)
    if 201 in operation.gives:
        found.append(IDEMPOTENCY)
    if operation.asks:
        schema = operation.asks.model_json_schema(mode="validation")
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": each}
            for name, each in schema["properties"].items()
        ]
    return found


def _schemas() -> dict[str, Any]:
    taken = {each.takes for each in OPERATIONS if each.takes}
    given = {each for one in OPERATIONS for each in one.gives.values() if isinstance(each, type)} | {Problem}
    inputs: list[Shape] = [(each, "validation") for each in sorted(taken, key=lambda each: each.__name__)]
    outputs: list[Shape] = [(each, "serialization") for each in sorted(given, key=lambda each: each.__name__)]
    _, schema = models_json_schema([*inputs, *outputs], ref_template=SCHEMAS)
    return dict(schema["$defs"])
