"""The disk on which SQLite has the database, or the processes their files: room, and leave to write."""

import errno
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from snippets.doctor.finding import Finding, ill, well
from snippets.human import size
from snippets.settings import ROOT, Settings

MAKE_ROOM = "Make room, or run flask snippets purge and let expiry be shorter (EXPIRY_MAX)."
ENOUGH = 2**30  # bytes; a copy of the database must fit as well, for a backup and for VACUUM


def folder_of(settings: Settings) -> Path:
    """Return the folder of SQLite's file, or var/."""
    url = make_url(settings.database_url)
    path = url.database if url.get_backend_name() == "sqlite" else None
    return Path(path.removeprefix("file:")).resolve().parent if path else ROOT / "var"


def disk(settings: Settings, enough: int = ENOUGH) -> Finding:
    """Look whether there is room for `enough` bytes and for the database once more, and whether they may be written."""
    folder = folder_of(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(2**16))
        free = shutil.disk_usage(folder).free
    except OSError as error:
        mend = MAKE_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Give it to the site's own user."
        return ill("disk", f"Nothing can be written to {folder}: {error.strerror}.", mend)
    wanted = enough + sum(each.stat().st_size for each in folder.glob("*.db*") if each.is_file())
    if free < wanted:
        said = f"{folder} has {size(free)} free; {size(wanted)} are wanted."
        return ill("disk", said, MAKE_ROOM)
    return well("disk", f"{folder} has {size(free)} free.")
