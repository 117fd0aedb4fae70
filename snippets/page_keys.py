"""What an answer that is kept may depend on, of all that a request says; and which requests are answered by none."""

from typing import Any, NamedTuple

from granian.rsgi import Scope

from snippets.asking import accepts_html, prefers_text

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


def key_of(scope: Scope, headers: Any) -> Key | None:
    """Return what the answer to a request may depend on; None where only the app may answer.

    `headers` are the scope's, which makes them anew for who asks. To ask for one that is not there takes half the time
    of getting it, loops take a third of a generator's, and all that is a tenth of an answer's.
    """
    if scope.method != "GET" or scope.query_string:
        return None
    for name in PRIVATE:
        if name in headers:
            return None
    origin = scope.scheme
    for name in FORWARDED:
        if name in headers:
            origin += f"\n{name}: {headers.get(name, '')}"
    host = headers.get("host")
    if host is None:
        host = scope.authority or ""  # an empty one is what the app goes by
    if len(origin) + len(host) > LONGEST:
        return None
    accept = headers.get("accept", "")
    is_text = not accepts_html(accept) and prefers_text(accept, headers.get("user-agent", ""))
    return Key(scope.path, host, origin, is_text)


def are_said_once(headers: Any) -> bool:
    """Whether each header of the key came once at most.

    The app goes by all that a request says, and the key by what it says first: what was made for one that says two
    things is no answer to who says the first alone. Of what is no ASCII granian gives nothing: the key then goes by
    nothing, and the app by what comes after it.
    """
    return all(headers.get_all(name) in ([], [headers.get(name)]) for name in TELLING)
