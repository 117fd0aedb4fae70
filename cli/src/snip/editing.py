"""`snip edit`: a snippet's files in the editor, and back."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import click

from snip.failures import Failure, Refused, Unusable
from snip.getting import snippet_argument
from snip.reach import Reach, as_json, reaching
from snip.reading import read
from snip.saving import save
from snip.terminal import say, visible
from snip.texts import decode


@click.command(short_help="Edit a snippet of yours in $EDITOR.")
@snippet_argument
@as_json
@reaching
def edit(*, snippet: str, as_json: bool, reach: Reach) -> None:
    """Edit a snippet of yours in $VISUAL or $EDITOR: each edit is a revision.

    A file that you delete in the editor's folder leaves the snippet.
    """
    api, snippet_id = reach.snippet(snippet)
    before = read(api, snippet_id)
    if not before["is_owner"]:
        raise Refused("This snippet is not yours: nothing here holds the secret that it was made with.")
    folder = Path(tempfile.mkdtemp(prefix=f"snip-{snippet_id}-"))
    paths = save(before["files"], folder)
    try:
        files = _edited(before["files"], paths)
        change = {"revision": before["revision"], "files": files}
        after = api.call("PATCH", f"/snippets/{snippet_id}", change).data if files else before
    except Failure:
        if _is_touched(before["files"], paths):
            say(f"Your files are kept in {folder}")
        else:
            shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)
    if not files:
        say("Nothing was changed.")
    click.echo(json.dumps(after, indent=2) if as_json else visible(after["url"]))


def _edited(files: list[dict[str, Any]], paths: list[Path]) -> list[dict[str, Any]]:
    """Let the person edit files; return them as the API takes them, none where none changed."""
    _run_editor(paths)
    edited = [
        {"code": decode(path.read_bytes(), str(path)), "name": file["name"], "language": file["language"]}
        for path, file in zip(paths, files, strict=True)
        if path.exists()
    ]
    if not edited:
        raise Unusable("No file is left: `snip delete` deletes a snippet.")
    return edited if _is_touched(files, paths) else []


def _is_touched(files: list[dict[str, Any]], paths: list[Path]) -> bool:
    return not all(
        path.exists() and path.read_bytes() == file["code"].encode() for path, file in zip(paths, files, strict=True)
    )


def _run_editor(paths: list[Path]) -> None:
    usual = "notepad" if os.name == "nt" else "vi"
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or usual
    command = [*shlex.split(editor, posix=os.name != "nt"), *(str(path) for path in paths)]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 — the person's own choice
    except OSError as error:
        raise Unusable(f"The editor “{editor}” cannot be started: {error.strerror}.") from error
    if code:
        raise Unusable(f"The editor “{editor}” ended with code {code}: nothing is sent.")
