"""What somebody searches for: words, “quoted phrases”, `language:` and `tag:`, all of which must hold."""

import re
from dataclasses import dataclass

from snippets.languages import find
from snippets.refused import Refused

LONGEST = 200  # characters
MOST = 8  # words and filters
SHORTEST = 3  # characters of one word at least: what both indexes are made of

_PART = re.compile(r'(?:(language|tag):)?(?:"(.+?)"(?=\s|$)|(\S+))', re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")  # no term holds one: a line's end is in no name, a NUL in no text


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must occur somewhere, casefolded; labels that must be there: see models.ListingLabel."""

    terms: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Return what a search box held. Raises Refused, with a sentence on what to type instead."""
    if len(text) > LONGEST:
        raise Refused(
            f"That is {len(text):,} characters: search for at most {LONGEST}.", "q", measured=(LONGEST, len(text))
        )
    parts = [(kind.lower(), phrase or word) for kind, phrase, word in _PART.findall(_CONTROL.sub(" ", text))]
    if len(parts) > MOST:
        raise Refused(f"That is {len(parts)} words: search for at most {MOST}, or for a phrase “in quotes”.", "q")
    terms = tuple(dict.fromkeys(part.casefold() for kind, part in parts if not kind))
    labels = tuple(dict.fromkeys(_label(kind, part) for kind, part in parts if kind))
    if not labels and not any(len(term) >= SHORTEST for term in terms):
        raise Refused(f"Search for one word of at least {SHORTEST} characters, or name a language or a tag.", "q")
    return Query(terms, labels)


def _label(kind: str, value: str) -> str:
    if kind == "tag":
        return f"tag:{value.lower()}"
    if (language := find(value)) is None:
        raise Refused(f"“{value[:60]}” is not a language known here: try its usual name, such as language:python.", "q")
    return f"language:{language.alias}"
