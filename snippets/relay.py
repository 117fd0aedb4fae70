"""The SMTP server that takes the site's mail, as one address names it."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
HERE = ("localhost", "127.0.0.1", "::1")
EXPECTED = "an address such as smtp+starttls://user:password@mail.example.org, or with smtp:// or smtps://"


@dataclass(frozen=True, slots=True)
class Relay:
    """Where it listens, how the line is encrypted (`smtp`: not at all), and who the site is to it."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address; what stands for itself in none is given as %xx. Raises ValueError with what would do."""
        parts = urlsplit(url)  # raises ValueError of its own on a malformed host
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"{EXPECTED}, where signs such as / and # of a password are written as %2F and %23")
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ValueError("an address whose port is a number up to 65535") from None
        user, password = (value and unquote(value) for value in (parts.username, parts.password))
        if bool(user) != bool(password) or not f"{user}{password}{parts.hostname}".isascii():
            raise ValueError(f"{EXPECTED}, with a user and a password of ASCII, or neither")
        if user and parts.scheme == "smtp" and parts.hostname not in HERE:
            raise ValueError("with smtp+starttls:// or smtps://: a password is sent over no line that others can read")
        return cls(parts.scheme, parts.hostname, port, user or None, password or None)
