"""A request as granian's RSGI tells it, in the words of WSGI: PEP 3333."""

import sys
from typing import Any
from wsgiref.types import WSGIEnvironment

from granian.rsgi import Scope

BASE: WSGIEnvironment = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def environ_of(scope: Scope) -> WSGIEnvironment:
    """Return what a WSGI app is told of a request, all but its body; of a header that came twice, both."""
    environ = BASE.copy()
    headers: Any = scope.headers  # iterable, and with a get_all, which its types do not say
    for name in headers:
        if "_" in name:  # it would pass for the one with a hyphen, such as a proxy's X-Forwarded-For
            continue
        key = name.upper().replace("-", "_")
        values = headers.get_all(name)
        environ[f"HTTP_{key}"] = values[0] if len(values) == 1 else ("; " if key == "COOKIE" else ",").join(values)
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if (value := environ.pop(f"HTTP_{key}", None)) is not None:
            environ[key] = value
    if scope.authority:  # HTTP/2 has no Host
        environ.setdefault("HTTP_HOST", scope.authority)
    environ["SERVER_NAME"], environ["SERVER_PORT"] = _address(scope.server)
    environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = _address(scope.client)
    return environ | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # granian has decoded it
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
    }


def _address(told: str) -> tuple[str, str]:
    host, _, port = told.rpartition(":")
    return host.strip("[]"), port
