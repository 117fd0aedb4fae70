"""The addresses of sites and snippets, as people give them."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from snip.failures import Unusable

API = "/api/v1"

_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_DEEPER = re.compile(rf"(?P<site>.*?)(?:{API}/snippets)?/(?P<id>{_ID.pattern})(?:/.*)?")


def site_address(text: str) -> str:
    """Return the address of a site in the one form in which it is kept and compared. Raises Unusable."""
    parts = _parts(text)
    if parts.query or parts.fragment:
        raise Unusable(f"“{text}” is no address of a site: it ends before “?” and “#”.")
    return _origin(parts) + parts.path.rstrip("/")


def find_snippet(text: str) -> tuple[str | None, str]:
    """Return the site, where the text names one, and the id of a snippet. Raises Unusable."""
    if _ID.fullmatch(text):
        return None, text
    if "://" in text:
        parts = _parts(text)
        if found := _DEEPER.fullmatch(parts.path):
            return _origin(parts) + found["site"].rstrip("/"), found["id"]
    raise Unusable(f"“{text}” is neither the id of a snippet, 11 characters, nor its address.")


def is_private_line(site: str) -> bool:
    """Tell whether nobody can listen on the way to a site: it is encrypted, or within this machine."""
    parts = urlsplit(site)
    return parts.scheme == "https" or is_here(site)


def is_here(site: str) -> bool:
    """Tell whether a site is on this machine."""
    host = urlsplit(site).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Unusable(f"“{text}” is no address: it must be like https://paste.example.")
    if parts.username is not None or parts.password is not None:
        raise Unusable("An address with a password in it would show it to everybody: leave it out.")
    return parts


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
