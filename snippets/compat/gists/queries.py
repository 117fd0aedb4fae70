"""The little GraphQL that GitHub's own command-line client speaks: who it is, and its list of gists."""

from typing import Any

from flask import jsonify, request
from pydantic import BaseModel
from werkzeug.wrappers import Response

from snippets.compat.gists.base import api, owner_hashes
from snippets.compat.gists.bodies import read


class Query(BaseModel):
    """A query as it is sent, with the values of its variables."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 — GraphQL's own name


@api.post("/graphql")
def answer() -> Response:
    """Answer a query. What is wrong with it is told under `errors`, with status 200, as GraphQL's clients expect."""
    owner_hashes()
    asked = read(request, Query)
    from snippets.compat.gists.schema import run  # noqa: PLC0415 — it takes 0.3 s, which few sites ever need

    return jsonify(run(asked.query, asked.variables, asked.operationName))
