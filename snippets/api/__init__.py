"""The JSON API at /api/v1: what programs do with snippets, in the words of snippets/api/shapes.py."""

from snippets.api import answers, document, files, lists, site_wide, snippets  # noqa: F401 — they register themselves
from snippets.api.operations import api, as_problem

__all__ = ["api", "as_problem"]
