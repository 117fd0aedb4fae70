"""One table of everything the API does: the routes and the OpenAPI document are made of it, so that they agree."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Blueprint, abort, request
from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Response

from snippets.api import shapes
from snippets.forms import whole_body
from snippets.problems import Problem, answer_problems
from snippets.refused import Refused

PREFIX = "/api/v1"
TEXT = "text/plain"

api = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path: the model of its body, of its query, of each answer, TEXT, or None for an empty one."""

    method: str
    path: str
    view: Callable[..., Response]
    gives: dict[int, type[BaseModel] | str | None]
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether its answers have an ETag."""
        return self.method == "GET" and self.asks is None and self.path != "/limits"

    @property
    def links(self) -> bool:
        """Whether its answers are pages, of which one leads to the next."""
        return shapes.Page in self.gives.values()


OPERATIONS: list[Operation] = []
View = Callable[..., Response]
Model = TypeVar("Model", bound=BaseModel)


def operation(
    method: str,
    path: str,
    *,
    gives: dict[int, type[BaseModel] | str | None],
    takes: type[BaseModel] | None = None,
    asks: type[BaseModel] | None = None,
) -> Callable[[View], View]:
    """Register a view, whose `body` is then what the request holds, and `query` what its address does.

    The first line of its docstring is what the document calls it.
    """

    def register(view: View) -> View:
        @wraps(view)
        def call(**arguments: Any) -> Response:
            if takes:
                arguments["body"] = read_body(takes)
            if asks:
                arguments["query"] = read_query(asks)
            return view(**arguments)

        rule = path.replace("{id}", "<slug:snippet_id>").replace("{number}", "<int(max=1000):number>")
        api.add_url_rule(rule, f"{method.lower()}_{view.__name__}", call, methods=[method])
        OPERATIONS.append(Operation(method, path, view, gives, takes, asks))
        return view

    return register


def answer(model: BaseModel, status: int = 200, **headers: str) -> Response:
    """Return a model as JSON."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(model.model_dump_json(), status, told, mimetype="application/json")


def as_problem(problem: Problem) -> Response:
    """Return what went wrong as RFC 9457 has it."""
    told = shapes.Problem(
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        field=problem.where,
        limit=problem.limit,
        value=problem.value,
    )
    response = Response(told.model_dump_json(exclude_none=True), problem.status, mimetype="application/problem+json")
    response.headers.extend(problem.headers)
    return response


answer_problems(api, as_problem)


def read_body(model: type[Model]) -> Model:
    """Return the request's JSON as a model. Raises Refused, which names the field; answers 413 and 415."""
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        abort(415, "Send JSON here, with Content-Type: application/json.")
    body = whole_body(request)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        where = f"byte {body[error.start]:#04x} at offset {error.start:,}"
        raise Refused(f"The body is not UTF-8: {where}.", status=400) from error
    return cast("Model", _checked(lambda: model.model_validate_json(body), 422))


def read_query(model: type[Model]) -> Model:
    """Return the address' query as a model, each name once. Raises Refused."""
    return cast("Model", _checked(lambda: model.model_validate(request.args.to_dict()), 422))


def _checked(check: Callable[[], BaseModel], status: int) -> BaseModel:
    try:
        return check()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or None
        more = f" ({error.error_count() - 1} more like that.)" if error.error_count() > 1 else ""
        told = re.sub(r"^Input", f"“{where}”" if where else "The body", first["msg"])
        if first["type"] == "json_invalid":
            raise Refused(f"{told}.", status=400) from error
        shown = first["input"] if isinstance(first["input"], (int, str)) else None
        value = shown[:60] if isinstance(shown, str) else shown
        if not told.startswith("“"):
            told = f"“{where or 'the body'}”: {told}"
        raise Refused(f"{told}.{more}", where, status=status, measured=(None, value)) from error


def phrase(status: int) -> str:
    """Return what HTTP calls a status."""
    return HTTPStatus(status).phrase
