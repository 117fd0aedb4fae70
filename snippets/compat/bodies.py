"""The fields that a program posted, as the bytes that they were: who needs text of them decodes it strictly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from snippets.forms import decoded, whole_body
from snippets.refused import Refused

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form, or one file, which has a name of its own where the program gave it one."""

    name: str
    content: bytes
    filename: str = ""

    def text(self) -> str:
        """Return the content. Raises Refused, which says where it is not UTF-8."""
        return decoded(self.content, self.filename or self.name)


def parts(request: Request) -> list[Part]:
    """Return the fields of a form in the order in which they came; none of a body that is no form.

    Raises Refused for a form that cannot be read, and RequestEntityTooLarge past the request's limits.
    """
    most = request.max_form_parts or 0
    if request.mimetype == MULTIPART:
        return list(_multipart(whole_body(request), request.mimetype_params.get("boundary", ""), most))
    if request.mimetype == URLENCODED:
        return urlencoded(whole_body(request), most)
    return []


def urlencoded(encoded: bytes, most: int) -> list[Part]:
    """Return the fields of a URL-encoded form or query. Raises as `parts` does where there are more than `most`."""
    if encoded.count(b"&") >= most:
        raise RequestEntityTooLarge
    pairs = (field.partition(b"=") for field in encoded.split(b"&") if field)
    return [Part(decoded(_unquoted(name), "The name of a field"), _unquoted(value)) for name, _, value in pairs]


def first(given: Iterable[Part], name: str) -> str:
    """Return the first value of this name that is not empty; "": there is none. Raises Refused."""
    return next((part.text() for part in given if part.name == name and part.content), "")


def _unquoted(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _multipart(body: bytes, boundary: str, most: int) -> Iterator[Part]:
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), max_parts=most)
    decoder.receive_data(body)
    decoder.receive_data(None)
    head: Field | File | None = None
    content: list[bytes] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                head, content = event, []
            elif isinstance(event, Data) and head:
                content.append(event.data)
                if not event.more_data:
                    yield Part(head.name or "", b"".join(content), _filename(head))
    except ValueError:  # also UnicodeDecodeError, of a part's headers
        raise Refused("The form cannot be read: a part of it is broken off, or its headers are not UTF-8.") from None


def _filename(head: Field | File) -> str:
    # Through werkzeug's own hands: some programs send a whole path, some an empty name.
    return FileStorage(filename=head.filename).filename or "" if isinstance(head, File) else ""
