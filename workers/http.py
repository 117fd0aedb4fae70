"""The remote rung: one POST to the HTTP highlighter, bounded in time and size; nothing in its answer is trusted."""

from urllib.parse import urlsplit

import requests
from urllib3 import exceptions

from snippets.markup import Runs
from snippets.notes import Note
from snippets.settings import Settings
from workers.call import Call
from workers.connection import session
from workers.dialects import DIALECTS
from workers.failure import HighlighterError
from workers.frame import framed
from workers.patience import Patience

CONNECT_SECONDS = 1.0  # for each address of the host
BYTES_PER_BYTE = 12  # of reply for source: minified JavaScript needs them
BYTES_ALLOWED = 64 * 1024  # beside those
OVERHEAD = 64 * 1024  # bytes on the wire beside the reply: headers, chunk marks
PIECE = 64 * 1024


def highlight(code: str, language: str, settings: Settings, patience: Patience | None = None) -> Runs:
    """Return the runs that the service at `settings.highlighter_url` gives to `code`.

    Takes at most `settings.highlighter_deadline` seconds, and no longer than the `patience` lasts, and then the time to
    parse a reply of limited size. Raises HighlighterError for all that can go wrong. Never retries, waits or follows.
    """
    seconds = settings.highlighter_deadline
    dialect = DIALECTS[settings.highlighter_dialect]
    url = _address(settings.highlighter_url or "", dialect.path)

    def colour(core: str) -> Runs:
        body = dialect.request(core, language, settings)
        most_bytes = BYTES_PER_BYTE * len(core.encode(errors="replace")) + BYTES_ALLOWED
        with Call(seconds, most_bytes + OVERHEAD, patience):
            limits = (min(CONNECT_SECONDS, seconds, patience.seconds if patience else seconds), seconds)
            reply = _post(url, body, dialect.content_type, most_bytes, limits)
        return dialect.runs(_text(reply), core, settings)

    try:
        return framed(code, colour)
    except HighlighterError:
        session().close()  # its idle connections: whatever else comes on one must not be the next call's answer
        raise


def _address(url: str, path: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=path).geturl() if parts.path in ("", "/") else url


def _post(url: str, body: bytes, content_type: str, most_bytes: int, limits: tuple[float, float]) -> bytes:
    try:
        with session().post(
            url,
            data=body,
            headers={"Content-Type": content_type},
            stream=True,
            allow_redirects=False,
            timeout=limits,
        ) as answer:
            _check(answer)
            reply = b"".join(answer.raw.stream(PIECE, decode_content=False))
    except (requests.RequestException, exceptions.HTTPError, OSError) as error:
        raise HighlighterError(_note(error), type(_root(error)).__name__) from None
    if len(reply) > most_bytes:
        raise HighlighterError(Note.LARGE)
    return reply


def _check(answer: requests.Response) -> None:
    if 300 <= answer.status_code < 400:
        raise HighlighterError(Note.REDIRECTED, str(answer.status_code))
    if answer.status_code != 200:
        raise HighlighterError(Note.STATUS, str(answer.status_code))
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise HighlighterError(Note.ENCODED)


def _note(error: Exception) -> Note:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return Note.UNREACHABLE
    if error.args and isinstance(error.args[0], exceptions.MaxRetryError):  # there are no retries: it never got through
        return Note.UNREACHABLE
    # A time-out while the body is sent is one of the socket's, and comes as a broken connection.
    is_slow = isinstance(error, requests.Timeout | exceptions.TimeoutError) or isinstance(_root(error), TimeoutError)
    return Note.SLOW if is_slow else Note.BROKEN


def _root(error: BaseException) -> BaseException:
    """Return what went wrong first. Only its name is for the log: messages hold the URL, perhaps with a password."""
    while error.__context__:
        error = error.__context__
    return error


def _text(reply: bytes) -> str:
    try:
        return reply.decode()
    except UnicodeDecodeError:
        raise HighlighterError(Note.GARBLED, "not UTF-8") from None
