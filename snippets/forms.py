"""Read what a browser or curl posted into a draft: strictly, since a replaced character is a lost one.

What cannot be read is refused by `accept`, so that the rest of the form can be shown again.
"""

import math
import re
from itertools import zip_longest
from urllib.parse import parse_qsl, unquote_plus

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from snippets.asking import wants_text
from snippets.drafts import Draft, DraftFile
from snippets.refused import Refused
from snippets.terms import Terms

_NEVER_ENCODED = re.compile(rb"[^\x21-\x7e]|[<>\"]")
_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}")
FIELDS = frozenset(
    """code upload language name title add remove revision parent website
    expires expires_on visibility burn password no_password tags""".split()
)


class Form:
    """The fields of one POST: `draft`, and whether a button without JavaScript asked to `add` or `remove` an editor."""

    def __init__(self, request: Request) -> None:
        """Parse the body; raises werkzeug's RequestEntityTooLarge past the request's limits."""
        body = whole_body(request)
        refusal = None
        fields: MultiDict[str, str]
        uploads: MultiDict[str, FileStorage] = MultiDict()
        if request.mimetype == "multipart/form-data":
            fields, uploads = request.form, request.files
            refusal = _replaced(fields, body)
        else:
            fields, refusal = _urlencoded(body)
        if fields.get("website"):  # a field that nobody sees
            refusal = refusal or Refused("A field to be left empty was filled in, as programs do: share again.")
        rows = zip_longest(*(fields.getlist(each) for each in ("code", "name", "language")), fillvalue="")
        self.draft = Draft([DraftFile(*row) for row in rows], fields.get("title", ""), _terms(fields), refusal)
        for upload in (each for key in ("code", "upload") for each in uploads.getlist(key) if each.filename):
            _add_upload(self.draft, upload)
        self.add = "add" in fields
        self.remove = fields.get("remove", 0, type=int)
        self.revision = fields.get("revision", 0, type=int)  # that an edit began with
        self.parent = fields.get("parent", "")[:11]  # that a fork was made of

    def edited(self) -> Draft:
        """Return the draft with the editor that was asked for added or removed."""
        if self.add:
            self.draft.files.append(DraftFile())
        elif 0 < self.remove <= len(self.draft.files) > 1:
            del self.draft.files[self.remove - 1]
        return self.draft


def _terms(fields: MultiDict[str, str]) -> Terms:
    return Terms(
        expires=fields.get("expires", ""),
        expires_on=fields.get("expires_on", ""),
        visibility=fields.get("visibility", ""),
        burn="burn" in fields,
        password=fields.get("password", ""),
        no_password="no_password" in fields,
        tags=fields.get("tags", ""),
    )


def is_form(request: Request) -> bool:
    """Whether the body is the site's own form, as a browser sends it, rather than what a program posts.

    A client that does not say that it takes HTML is believed to be a browser where it sends a field of ours.
    """
    if wants_text():
        return False
    whole_body(request)  # before werkzeug parses it, which leaves nothing of it
    if request.mimetype == "multipart/form-data":
        is_page = "text/html" in request.accept_mimetypes.values()
        return is_page or not FIELDS.isdisjoint({*request.form, *request.files})
    return is_encoded(request, FIELDS)


def is_encoded(request: Request, names: frozenset[str]) -> bool:
    """Whether the body is a URL-encoded form with a field of these names, or empty, rather than a text that looks so.

    curl labels any text as a form. A text may begin with `name=`; a form has nothing but fields, and no byte that URL
    encoding hides. Where the address names the text's file or language, the body is a form only if something in it is
    encoded, as no text of more than one word could do without.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        return False
    body = whole_body(request)
    named = "filename" in request.args or "language" in request.args
    if _NEVER_ENCODED.search(body) or (named and not _ENCODED.search(body)):
        return False
    fields = [part.partition(b"=") for part in body.split(b"&")]
    return not body or (
        all(separator for _, separator, _ in fields)
        and any(unquote_plus(name.decode()) in names for name, _, _ in fields)
    )


def whole_body(request: Request) -> bytes:
    """Return the whole body. Raises RequestEntityTooLarge, also for a chunked one, which is else cut in silence."""
    body = request.get_data(cache=True, parse_form_data=False)
    if request.content_length is None and len(body) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    return body


def _urlencoded(body: bytes) -> tuple[MultiDict[str, str], Refused | None]:
    try:
        return MultiDict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict")), None
    except UnicodeDecodeError:
        fields = MultiDict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, errors="replace"))
        return fields, _not_utf8("The form")


def _replaced(fields: MultiDict[str, str], body: bytes) -> Refused | None:
    """Refuse a multipart field that was not UTF-8.

    The parser put U+FFFD in the place of what it could not decode; those that were really sent are in the body.
    """
    if sum(value.count("\ufffd") for _, value in fields.items(multi=True)) > body.count("\ufffd".encode()):
        return _not_utf8("The form")
    return None


def _add_upload(draft: Draft, upload: FileStorage) -> None:
    _add(draft, upload.read(), upload.filename or "")


def _add(draft: Draft, content: bytes, name: str) -> None:
    try:
        code = decoded(content, name, len(draft.files) + 1)
    except Refused as refusal:
        code, draft.refusal = "", draft.refusal or refusal
    draft.files.append(DraftFile(code, name))


def decoded(content: bytes, name: str = "", number: int = 1) -> str:
    """Return the text of the file of this name and number. Raises Refused, which says where it is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        where = f" (byte {content[error.start]:#04x} at offset {error.start:,})"
        what = f"“{name[:60]}”" if name else "The text"
        raise _not_utf8(what, where, number) from None


def _not_utf8(what: str, where: str = "", number: int = 1) -> Refused:
    return Refused(f"{what} is not UTF-8 text{where}: save it as UTF-8 and share it again.", "code", number)
