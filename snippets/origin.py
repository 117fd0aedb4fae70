"""Cross-site protection for the whole server: site, API and dashboard behind one WSGI middleware, without tokens."""

import logging
import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response
from werkzeug.wsgi import get_host

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
REFUSED = "This request came from another site, so it was refused and nothing was changed."


def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer 403 with one plain sentence: what a refused request gets unless the caller brings his own page."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
    return Response(f"{REFUSED}\n", 403, headers, mimetype="text/plain")(environ, start_response)


class SameOrigin:
    """Let a browser change something only from this site's own pages; answer everything else with `refusal`.

    The rules are those of Go 1.25's http.CrossOriginProtection. Unsafe methods are judged by `Sec-Fetch-Site`, which
    no page can forge; where it is missing (old browsers, plain HTTP) by comparing `Origin` with the request's host;
    with neither header the client is no browser, carries nobody's cookie or password, and passes.

    A GET (or HEAD) whose whole path matches `guarded_gets` changes something too. It is judged more strictly, for a
    link can be followed by accident: `none`, the address bar, does not pass, nor does a browser that says nothing.

    Never raises, never reads the body. Mount it inside ProxyFix, which makes host and scheme true, outside all else.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        guarded_gets: re.Pattern[str] | None = None,
        refusal: WSGIApplication = refuse,
    ) -> None:
        """Wrap `app`; `refusal` is a WSGI app too, so that it may answer in JSON where the request wants that."""
        self._app = app
        self._guarded_gets = guarded_gets
        self._refusal = refusal

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or refuse it and say so in the log (a proxy that rewrites Host shows up there)."""
        if self._allows(environ):
            return self._app(environ, start_response)
        log.warning(
            "refused as cross-site: %s %r, Host %r, Origin %r, Sec-Fetch-Site %r",
            environ["REQUEST_METHOD"],
            _path(environ),
            environ.get("HTTP_HOST"),
            environ.get("HTTP_ORIGIN"),
            environ.get("HTTP_SEC_FETCH_SITE"),
        )
        return self._refusal(environ, start_response)

    def _allows(self, environ: WSGIEnvironment) -> bool:
        if environ["REQUEST_METHOD"] not in SAFE_METHODS:
            return _is_ours(environ, sites=("same-origin", "none"))
        if self._guards(environ):
            return _is_ours(environ, sites=("same-origin",)) and not _is_silent_browser(environ)
        return True

    def _guards(self, environ: WSGIEnvironment) -> bool:
        # HEAD as well: Flask runs the GET view for it and throws the body away.
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        return reads and self._guarded_gets is not None and bool(self._guarded_gets.match(_path(environ)))


def _path(environ: WSGIEnvironment) -> str:
    return str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))


def _is_ours(environ: WSGIEnvironment, sites: tuple[str, ...]) -> bool:
    if site := environ.get("HTTP_SEC_FETCH_SITE"):
        return site in sites
    if origin := environ.get("HTTP_ORIGIN"):
        return _is_own_origin(origin.lower(), environ)
    return True


def _is_own_origin(origin: str, environ: WSGIEnvironment) -> bool:
    scheme, _, host = origin.partition("://")
    if scheme not in DEFAULT_PORTS:  # “null” among others: a sandboxed frame, a local file, a redirect across sites
        return False
    if environ["wsgi.url_scheme"] == "https" and scheme != "https":
        return False  # the reverse may be a proxy that ends TLS without saying so: only the host can be compared
    port = DEFAULT_PORTS[scheme]
    own = get_host(environ).lower().removesuffix(port)
    return bool(own) and host.removesuffix(port) == own


def _is_silent_browser(environ: WSGIEnvironment) -> bool:
    """Whether a browser sends this GET without either header, as all do on plain HTTP, even from another site."""
    told = environ.get("HTTP_SEC_FETCH_SITE") or environ.get("HTTP_ORIGIN")
    return not told and str(environ.get("HTTP_USER_AGENT", "")).startswith("Mozilla/")
