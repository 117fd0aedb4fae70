"""What each operation may answer, as the OpenAPI document tells it: statuses, bodies, headers."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from snippets.api.operations import TEXT, Operation, phrase

SCHEMAS = "#/components/schemas/{model}"
MEDIA = {TEXT: {"schema": {"type": "string"}}}
PROBLEM = {"application/problem+json": {"schema": {"$ref": SCHEMAS.format(model="Problem")}}}
EVERYWHERE = (401, 403, 503)  # a key that is not good for this; the database is away
OF_A_SNIPPET = (404, 410, 429)
OF_A_BODY = (400, 409, 413, 415, 422, 429)
OF_A_QUERY = (404, 422)
HEADERS = {
    "ETag": "Of what was answered; sent again as If-None-Match it gives 304 while nothing has changed.",
    "Link": 'The next page, as rel="next", where there is one.',
    "Location": "Where the new snippet is.",
    "RateLimit": "How many snippets this client may still share, and in how many seconds it may share more.",
    "RateLimit-Policy": "How many snippets a client may share in how many seconds.",
    "Retry-After": "Seconds after which to ask again.",
    "X-Expires": "When the snippet expires, where it does.",
    "X-Token": "The owner's secret, where the request brought none: it cannot be had again.",
    "WWW-Authenticate": "Bearer.",
}
_OF_A_PROBLEM = {401: ("WWW-Authenticate",), 429: ("Retry-After", "RateLimit", "RateLimit-Policy")}


def responses(operation: Operation) -> dict[str, Any]:
    """Return what an operation may answer, by status."""
    found: dict[str, Any] = {}
    for status, given in operation.gives.items():
        found[str(status)] = _told(status, _headers(operation, status)) | (
            {"content": _content(given)} if given else {}
        )
    if operation.is_conditional:
        found["304"] = {"description": "It is as If-None-Match has it"} | _named("ETag")
    problems = {*EVERYWHERE}
    problems |= {*OF_A_SNIPPET} if "{id}" in operation.path else set()
    problems |= {*OF_A_BODY} if operation.takes else set()
    problems |= {*OF_A_QUERY} if operation.asks else set()
    return found | {
        str(each): _told(each, _OF_A_PROBLEM.get(each, ())) | {"content": PROBLEM} for each in sorted(problems)
    }


def _headers(operation: Operation, status: int) -> list[str]:
    names = ["ETag"] if operation.is_conditional else []
    if status == 201:
        names += ["Location", "X-Token", "X-Expires", "RateLimit", "RateLimit-Policy"]
    if status == 202:
        names.append("Retry-After")
    if operation.links:
        names.append("Link")
    return names


def _told(status: int, names: Iterable[str]) -> dict[str, Any]:
    return {"description": phrase(status)} | (_named(*names) if names else {})


def _named(*names: str) -> dict[str, Any]:
    told = {each: {"description": HEADERS[each], "schema": {"type": "string"}} for each in names}
    return {"headers": told}


def _content(given: type[BaseModel] | str) -> dict[str, Any]:
    if isinstance(given, str):
        return {given: MEDIA[given]}
    return {"application/json": {"schema": ref(given)}}


def ref(model: type[BaseModel]) -> dict[str, str]:
    """Return the place of a model in the document."""
    return {"$ref": SCHEMAS.format(model=model.__name__)}
