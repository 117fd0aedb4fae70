"""The pages that only operators see: one door before all of them, and no cache behind it."""

from flask import Blueprint, Response, request

from snippets.basic_auth import Door


def operators_pages(door: Door, name: str, below: str = "") -> Blueprint:
    """Return a blueprint for pages below `/ops`, which lets nobody in but by the door."""
    blueprint = Blueprint(name, __name__, url_prefix=f"/ops{below}")
    blueprint.before_request(lambda: door.refusal(request.environ))
    blueprint.after_request(_keep_private)
    return blueprint


def _keep_private(response: Response) -> Response:
    response.cache_control.no_store = True
    return response
