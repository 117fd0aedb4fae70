"""The kinds of settings: each turns what the environment says into a value, or raises ValueError with what would do."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from redis import ConnectionPool

from snippets.mail_address import is_address
from snippets.relay import Relay

_ANYBODYS = re.compile(  # what browsers and programs say themselves, or a proxy of what it is
    r"((accept|content|if|sec|upgrade)(-.*)?|authorization|cache-control|connection|cookie|dnt|forwarded|host|origin|pragma"
    r"|priority|range|referer|te|trailer|transfer-encoding|user-agent|via"
    r"|x-(password|real-ip|request-id|token|forwarded-(for|host|port|prefix|proto|server)))",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")  # the path of a site's address


def text(value: str) -> str:
    """Return it as it stands."""
    return value


def flag(value: str) -> bool:
    """Return a yes or a no."""
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
    except KeyError:
        raise ValueError("one of 1, true, yes, 0, false, no") from None


def secret(value: str) -> str:
    """Return what is long enough not to be guessed."""
    if len(value) < 12:
        raise ValueError("at least 12 characters long")
    return value


def rate(value: str) -> str | None:
    """Return a rate such as 60/minute; None for “off”."""
    if value == "off":
        return None
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", value):
        raise ValueError("a count and a time, such as 60/minute, or off")
    return value


def header(value: str) -> str:
    """Return the name of a header that only a proxy sends."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", value) or _ANYBODYS.fullmatch(value):
        raise ValueError("the name of a header of its own, of letters, digits and hyphens, such as X-Remote-User")
    return value


def networks(value: str) -> str:
    """Return addresses and networks with commas between."""
    try:
        for each in value.split(","):
            ip_network(each.strip())
    except ValueError:
        raise ValueError("addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8") from None
    return value


def two_names(value: str) -> str:
    """Return two names with a comma between."""
    if not re.fullmatch(r"\s*\w+\s*,\s*\w+\s*", value):
        raise ValueError("two names with a comma between, such as lang,content")
    return value


def style(value: str) -> str:
    """Return the name of a style of Pygments."""
    from pygments.styles import STYLE_MAP  # noqa: PLC0415 — only who sets this pays for it

    return choice(*STYLE_MAP)(value)


def number(kind: type, low: float, high: float) -> Callable[[str], Any]:
    """Return the kind of numbers within two bounds."""
    expected = f"a {'whole number' if kind is int else 'number'} from {low:g} to {high:g}"

    def parse(value: str) -> Any:
        try:
            number = kind(value)
        except ValueError:
            raise ValueError(expected) from None
        if not low <= number <= high:  # refuses nan as well
            raise ValueError(expected)
        return number

    return parse


def choice(*choices: str) -> Callable[[str], str]:
    """Return the kind that is one of some words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return parse


def url(*schemes: str) -> Callable[[str], str]:
    """Return the kind of addresses with one of some schemes."""

    def parse(value: str) -> str:
        parts = urlsplit(value)  # raises ValueError of its own on a malformed host
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(f"an address beginning with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        try:
            _ = parts.port
        except ValueError:
            raise ValueError("an address whose port is a number up to 65535") from None
        return value

    return parse


def redis_url(value: str) -> str:
    """Return an address that redis-py can go by, its options too."""
    url("redis", "rediss", "unix")(value)
    try:
        ConnectionPool.from_url(value).make_connection()  # it connects with its first command
    except (TypeError, ValueError):
        raise ValueError("such as redis://:password@host:6379/0, with no option that redis-py does not know") from None
    return value


def dsn(value: str) -> str:
    """Return an address to which Sentry takes reports."""
    parts = urlsplit(url("http", "https")(value))
    if not (parts.username and parts.hostname and re.fullmatch(r"/(.+/)?\d+", parts.path)):
        raise ValueError("an address such as https://key@host/1, as Sentry shows it")
    return value


def site_url(value: str) -> str:
    """Return the address at which people find the site, without a slash at its end."""
    parts = urlsplit(url("http", "https")(value))
    if not parts.hostname or parts.username or parts.query or parts.fragment or not _BELOW.fullmatch(parts.path):
        raise ValueError("an address such as https://paste.example.org or https://example.org/paste")
    return value.rstrip("/")


def smtp_url(value: str) -> str:
    """Return an address that Relay.parse can read."""
    Relay.parse(value)
    return value


def address(value: str) -> str:
    """Return a mail address."""
    if not is_address(value):
        raise ValueError("one mail address, such as site@example.org, without a name")
    return value
