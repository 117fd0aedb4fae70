"""The host that a request names, which is in links and cached answers: one that no site can have is refused."""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import get_host

NO_HOST = "The request names a host that none can have: ask for this site by its name."
WITHOUT_LINKS = ("/up", "/metrics")  # asked by machines, also under names that are none, such as a container's `my_app`
LONGEST = 253  # characters of a name, without the dot at its end, and 63 of each part: RFC 1035, 2.3.4

_NAME = re.compile(r"([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)\.?(?::[0-9]+)?", re.ASCII | re.IGNORECASE)
_IPV6 = re.compile(r"\[([^\]]+)\](?::[0-9]+)?")


class PossibleHosts:
    """A WSGI app that passes on what names a possible host, and answers everything else with `refusal`.

    Mount it inside ProxyFix, which makes the host true, and outside all that reads it.
    """

    def __init__(self, app: WSGIApplication, refusal: WSGIApplication) -> None:
        """Wrap `app`; `refusal` is a WSGI app too, so that it may answer in the format of whoever asks."""
        self._app, self._refusal = app, refusal

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have it answered."""
        may_pass = is_possible(get_host(environ)) or environ["PATH_INFO"] in WITHOUT_LINKS
        app = self._app if may_pass else self._refusal
        return app(environ, start_response)


def is_possible(host: str) -> bool:
    """Whether this is a name or an address that a host can have, with or without a port.

    `get_host` sees to the ports and has the empty string for other signs; it passes parts that are empty or too long.
    """
    if named := _NAME.fullmatch(host):
        return len(named[1]) <= LONGEST
    address = _IPV6.fullmatch(host)
    return address is not None and _is_ipv6(address[1])


def _is_ipv6(address: str) -> bool:
    try:
        IPv6Address(address)
    except ValueError:
        return False
    return True
