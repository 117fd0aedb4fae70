"""rq-dashboard's pages as a Flask app of their own, cured of what it gets wrong: errors 500, waits, foreign HTML."""

import re
import secrets
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from jinja2.ext import Extension
from redis import Redis
from redis import exceptions as redis_errors
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq_dashboard import blueprint

from snippets.dashboard_trail import keep_trail
from snippets.site import Site

ROUTE_VALUES = {  # anything else ends in an error 500, or (a page of 100,000 jobs) holds the thread for seconds
    "instance_number": "0",
    "job_id": "[A-Za-z0-9_-]+",
    "registry_name": "queued|scheduled|deferred|started|finished|failed|canceled",
    "per_page": "[1-9][0-9]{0,2}",
    "page": "[1-9][0-9]{0,8}",
}
AWAY = (503, "The queues cannot be shown: Redis does not answer.")
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    NoSuchJobError: (404, "There is no such job."),
    InvalidJobOperation: (409, "That job has not failed, so it cannot be requeued."),
    redis_errors.ConnectionError: AWAY,
    redis_errors.TimeoutError: AWAY,
}
WITHOUT_REDIS = {"static", "rq_dashboard.static", "rq_dashboard.favicon"}
# No 'unsafe-inline' script: the nonce is the second lock before foreign HTML. The pages compile their templates in the
# browser, which counts as eval; their style attributes need 'unsafe-inline' style, and Bootstrap's pictures data:.
CSP = (
    "default-src 'self'; script-src 'nonce-{}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def dashboard_pages(redis: Redis, redis_url: str, site: Site | None = None) -> Flask:
    """Return rq-dashboard as an application over `redis`; the address is only shown, without its secrets.

    What does not exist is a 404, Redis away a 503; it has no password of its own and lets anybody do everything.
    What they do is in the audit trail of `site`, if there is one.
    """
    app = _Dashboard(redis)
    app.config["RQ_DASHBOARD_REDIS_URL"] = (_shown(redis_url),)
    app.jinja_env.add_extension(_Hardened)
    app.before_request(_draw_nonce)
    app.before_request(_check_route)
    app.before_request(lambda: _check_redis(redis))
    if site:
        keep_trail(app, site)
    app.after_request(_allow_own_scripts)
    for kind, (status, text) in ANSWERS.items():
        app.register_error_handler(kind, partial(_answer, status, text))
    app.register_error_handler(redis_errors.ResponseError, _nothing_to_compact)
    app.register_blueprint(blueprint)
    return app


class _Dashboard(Flask):
    def __init__(self, redis: Redis) -> None:
        super().__init__("rq_dashboard")  # under its name, because the pages ask the application for their assets
        self._redis = redis

    @property
    def redis_conn(self) -> Redis:
        return self._redis

    @redis_conn.setter
    def redis_conn(self, _: Redis) -> None:
        """Ignore what the blueprint puts here on each request: a connection of its own that waits for minutes."""


class _Hardened(Extension):
    """Mark the templates' own scripts with the nonce, and have the values in their rows escaped.

    rq-dashboard writes a job's description and traceback into the job's page as HTML, and a traceback may quote a
    visitor's code. What it escapes itself, by `$('<div/>').text(…)`, is left alone.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        source = source.replace('type="text/javascript"', 'type="text/javascript" nonce="{{ g.nonce }}"')
        return re.sub(r"<%=(?!\s*\$\()", "<%-", source)


def _shown(redis_url: str) -> str:
    parts = urlsplit(redis_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _draw_nonce() -> None:
    g.nonce = secrets.token_urlsafe(16)


def _check_route() -> None:
    for name, value in (request.view_args or {}).items():
        if name in ROUTE_VALUES and not re.fullmatch(ROUTE_VALUES[name], str(value)):
            abort(404)


def _check_redis(redis: Redis) -> None:
    # Ahead of the view, for the first page swallows the error and answers 200.
    if request.endpoint and request.endpoint not in WITHOUT_REDIS:
        redis.ping()


def _allow_own_scripts(response: Response) -> Response:
    if nonce := g.get("nonce"):
        response.headers["Content-Security-Policy"] = CSP.format(nonce)
    return response


def _answer(status: int, text: str, _: Exception) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")


def _nothing_to_compact(error: redis_errors.ResponseError) -> Response:
    if str(error) != "no such key":  # what RENAME says of an empty queue
        raise error
    return _answer(404, "There is no such queue, or it is empty.", error)
