"""Who a request comes from, where a proxy in front of the site has people log in and says so in a header."""

from ipaddress import ip_address, ip_network

from flask import Request

from snippets.settings import Settings

LONGEST = 200  # characters of a name


class People:
    """Believes the header of a request that came through the proxy, and of no other.

    It did so where its own peer is one of AUTH_PROXIES, whatever the request says of itself, and where each trusted
    proxy has left an address in X-Forwarded-For. The proxy must take the header away from what visitors send.
    """

    def __init__(self, settings: Settings) -> None:
        """Read what the settings say of the proxy."""
        self._header = f"HTTP_{(settings.auth_header or '').upper().replace('-', '_')}"
        self._proxies = [ip_network(each.strip()) for each in settings.auth_proxies.split(",")]
        self._count = settings.trusted_proxies

    def name(self, request: Request) -> str | None:
        """Return the name under which whoever asks has logged in; None: nobody's word is good for one.

        A comma means that the header came twice, once from the visitor: then it says nothing.
        """
        told = request.environ.get(self._header, "").encode("latin-1").decode(errors="replace").strip()
        is_name = 0 < len(told) <= LONGEST and told.isprintable() and not {",", "\ufffd"} & {*told}
        return told if is_name and self._came_through(request) else None

    def _came_through(self, request: Request) -> bool:
        before = request.environ.get("werkzeug.proxy_fix.orig", {})  # what ProxyFix found
        forwarded = [each for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
        try:
            peer = ip_address(before.get("REMOTE_ADDR", ""))
        except ValueError:
            return False
        return len(forwarded) >= self._count and any(peer in each for each in self._proxies)
