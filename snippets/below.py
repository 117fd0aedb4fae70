"""A site below a path, such as https://example.org/paste: what PEP 3333 calls SCRIPT_NAME, by SITE_URL alone.

Whatever a client says, each link, redirect, cookie and file is below that path, and below no other.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response


class Below:
    """Serves an app below a path, and answers 404 to what is not there.

    A reverse proxy passes the path on as it came. One that takes the prefix off says so in X-Forwarded-Prefix, which
    `believe` believes where it names the prefix that we know.
    """

    def __init__(self, app: WSGIApplication, prefix: str, *, believe: bool) -> None:
        """Wrap `app`; the prefix begins with a slash and ends without."""
        self._app, self._prefix, self._believe = app, prefix, believe

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does there."""
        path = environ.get("PATH_INFO", "")
        if not (self._believe and environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/") == self._prefix):
            if not f"{path}/".startswith(f"{self._prefix}/"):
                refusal = Response(f"The site is at {self._prefix}/ and below.\n", 404, mimetype="text/plain")
                return refusal(environ, start_response)
            path = path.removeprefix(self._prefix) or "/"
        return self._app(environ | {"SCRIPT_NAME": self._prefix, "PATH_INFO": path}, start_response)
