"""The door of rq-dashboard, to be mounted at /rq: the password, and the headers of everything behind it."""

import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from redis import Redis
from werkzeug.datastructures import Headers

from snippets.basic_auth import BasicAuth, Door
from snippets.dashboard_pages import dashboard_pages
from snippets.doors import doors
from snippets.redis_client import connect
from snippets.settings import Settings
from snippets.site import Site

CHANGING_GETS = re.compile(r"/+rq/+requeue(/|$)")  # for SameOrigin: “requeue all” answers to GET as well
HEADERS = {  # unless the answer has its own: the pages a wider policy, the assets a cache that asks again
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def dashboard(
    settings: Settings, redis: Redis | None = None, door: Door | None = None, site: Site | None = None
) -> WSGIApplication | None:
    """Return the dashboard behind its password, to be mounted at /rq; None when no password is set.

    Opens no connection. With Redis away the password still counts its attempts, and the pages answer 503 within
    `redis_timeout`. What is done there is in the audit trail of `site`. Requests from other sites are not its business:
    SameOrigin with CHANGING_GETS stands before it.
    """
    redis = redis or connect(settings.redis_url, settings.redis_timeout)  # the door's too: a frozen one is met once
    if (door := door or doors(settings, redis).operators) is None:
        return None
    return _with_headers(BasicAuth(dashboard_pages(redis, settings.redis_url, site), door))


def _with_headers(app: WSGIApplication) -> WSGIApplication:
    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            complete = Headers(headers)
            for name, value in HEADERS.items():
                complete.setdefault(name, value)
            return start_response(status, complete.to_wsgi_list(), exc_info)

        return app(environ, start)

    return wrapped
