"""Class names of a service that speaks Pygments' own: known, or refused."""

from snippets.markup import CLASSES
from snippets.notes import Note
from workers.failure import HighlighterError


def known(name: str) -> str:
    """Return the class itself, or "" for Pygments' spelling of a kind beyond its standard ones, such as `n-Foo`.

    Raises HighlighterError(GARBLED) for any other: a service that names the site's own classes is none of ours.
    """
    if name in CLASSES or not name:
        return name
    if "-" in name:
        return ""
    raise HighlighterError(Note.GARBLED, "a class that is not Pygments'")


def first_known(names: str) -> str:
    """Return the first class with a look of its own among those of one `class` attribute. Raises like `known`."""
    return next(filter(None, [known(name) for name in names.split()]), "")
