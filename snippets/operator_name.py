"""Who it is that asks for something behind the operators' door."""

from flask import request

from snippets.audit import By
from snippets.site import site


def operator(note: str | None = None) -> By:
    """Return the operator who sends the present request, which the door has let pass, and why he acts.

    All operators have one user name; where a proxy has them log in, theirs is told beside it.
    """
    given, people = request.authorization, site().people
    user, person = (given and given.username) or "", people and people.name(request)
    return By(f"{user} ({person})" if person else user, note)
