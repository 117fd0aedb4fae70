"""What an answer that is kept may depend on, of all that a request says; and which requests are answered by none."""

from typing import Any, NamedTuple

from granian.rsgi import Scope

from snippets.asking import prefers_text

SOMEBODYS = ("cookie", "authorization", "x-token", "x-password")  # the headers that make a request somebody's
PRIVATE = (*SOMEBODYS, "range")
FORWARDED = ("x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix")
LONGEST = 1000  # characters of what is said of the address; in what is kept they are held again and again
TELLING = ("host", *FORWARDED, "accept", "user-agent")  # the headers of which a key is made


class Key(NamedTuple):
    """What an answer may depend on."""

    path: str
    host: str
    origin: str  # what a proxy says of the address: it is in links
    text: bool  # a program gets the text of a snippet

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.path) + len(self.host) + len(self.origin)


def key_of(scope: Scope) -> Key | None:
    """Return what the answer to a request may depend on; None where only the app may answer."""
    if scope.method != "GET" or scope.query_string:
        return None
    headers: Any = scope.headers
    for name in PRIVATE:  # loops, since a generator takes three times as long, and this is a tenth of an answer
        if name in headers:
            return None
    get = headers.get
    origin = scope.scheme
    for name in FORWARDED:
        origin += f",{get(name, '')}"
    host = get("host", scope.authority or "")  # an empty one is what the app goes by
    if len(origin) + len(host) > LONGEST:
        return None
    return Key(scope.path, host, origin, prefers_text(get("accept", ""), get("user-agent", "")))


def are_said_once(headers: Any) -> bool:
    """Whether each header of the key came once at most.

    The app goes by all that a request says, and the key by what it says first: what was made for one that says two
    things is no answer to who says the first alone.
    """
    return all(len(headers.get_all(name)) < 2 for name in TELLING)
