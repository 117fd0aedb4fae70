"""One snippet, read as its reader may: with a password, or once."""

import os
from typing import Any

import click

from snip.api import Api
from snip.failures import Refused, Unusable
from snip.terminal import can_ask


def read(api: Api, snippet_id: str, *, burn: bool = False) -> dict[str, Any]:
    """Return a snippet with its code; `burn` deletes one that can be read once. Raises Failure.

    A password is taken from SNIP_PASSWORD, or asked for where the site wants one.
    """
    try:
        return _read(api, snippet_id, burn=burn)
    except Refused as refusal:
        given = os.environ.get("SNIP_PASSWORD")
        if not _wants_password(refusal) or not (given or can_ask()):
            raise
    api.unlock(given or click.prompt("Password", hide_input=True, err=True))
    return _read(api, snippet_id, burn=burn)


def choose(snippet: dict[str, Any], wanted: str | None) -> list[dict[str, Any]]:
    """Return the file of a number or a name, or all. Raises Unusable."""
    files: list[dict[str, Any]] = snippet["files"]
    if wanted is None:
        return files
    named = [file for file in files if file["name"] == wanted]
    found = named or [file for file in files if str(file["number"]) == wanted]
    if not found:
        names = ", ".join(f"{file['number']} {file['name'] or ''}".strip() for file in files)
        raise Unusable(f"There is no file “{wanted}”, but these: {names}.")
    return found[:1]


def _wants_password(refusal: Refused) -> bool:
    """Tell what the API has no word for: its sentence names the password, of 401 and 403 alike."""
    return refusal.status in (401, 403) and "password" in refusal.message


def _read(api: Api, snippet_id: str, *, burn: bool) -> dict[str, Any]:
    path = f"/snippets/{snippet_id}"
    answer = api.call("POST", f"{path}/open") if burn else api.get(path)
    snippet: dict[str, Any] = answer.data
    return snippet
