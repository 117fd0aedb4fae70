"""Who it is that asks for something behind the operators' door."""

from flask import request

from snippets.audit import By


def operator(note: str | None = None) -> By:
    """Return the operator who sends the present request, which the door has let pass, and why he acts."""
    given = request.authorization
    return By((given and given.username) or "", note)
