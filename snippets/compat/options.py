"""What a program asks for beside its text: in fields of a form, in the query, or in headers, all alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from flask import Request

from snippets.compat.bodies import Part, urlencoded
from snippets.compat.moments import expiring
from snippets.refused import Refused
from snippets.terms import Terms

NAMES = ("expires", "filename", "language", "visibility", "burn", "title", "tags")
_YES, _NO = ("", "1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; empty where nothing was."""

    filename: str = ""
    language: str = ""
    title: str = ""
    terms: Terms = field(default_factory=Terms)


def options(request: Request, fields: Sequence[Part] = ()) -> Options:
    """Return what the request asks for: a field of its form before the query, and that before a header.

    A header may begin with X-. A password comes in a field or as X-Password: addresses are logged on their way.
    Raises Refused for what is not UTF-8 and what cannot be understood.
    """
    query = urlencoded(request.query_string, request.max_form_parts or 0)
    if any(part.name == "password" for part in query):
        raise Refused("A password in an address ends in logs: send it as a field of a form, or as X-Password.")
    given = list(chain(fields, query, _headers(request)))
    found = {name: _first(given, name) for name in NAMES}
    terms = expiring(found["expires"] or "")
    terms.visibility, terms.tags = found["visibility"] or "", found["tags"] or ""
    terms.burn = _is_meant(found["burn"])
    terms.password = _first((part for part in given if part not in query), "password") or ""
    return Options(found["filename"] or "", found["language"] or "", found["title"] or "", terms)


def _headers(request: Request) -> list[Part]:
    """Return the options among the headers, as the bytes that were sent: PEP 3333 hands them over as Latin-1."""
    names = [*((name, name) for name in NAMES), *((f"X-{name}", name) for name in (*NAMES, "password"))]
    found = ((name, request.headers.get(header)) for header, name in names)
    return [Part(name, value.encode("latin-1", "replace")) for name, value in found if value is not None]


def _first(given: Iterable[Part], name: str) -> str | None:
    """Return the first that is not empty, else "" where it is there at all, and None where it is not."""
    texts = [part.text().strip() for part in given if part.name == name]
    return next(filter(None, texts), "") if texts else None


def _is_meant(said: str | None) -> bool:
    if said is None or said.lower() in _NO:
        return False
    if said.lower() in _YES:
        return True
    raise Refused(f"burn is one of {', '.join(filter(None, (*_YES, *_NO)))}.", "burn", measured=(None, said[:60]))
