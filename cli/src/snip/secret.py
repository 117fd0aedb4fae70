"""The owner's secret, one for each site: whoever holds it owns what was pasted with it. Never printed."""

import os
import re
import secrets
from pathlib import Path
from urllib.parse import quote

from snip import private_files
from snip.failures import Unusable

_FORM = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


def path(site: str) -> Path:
    """Return where the secret of a site is kept: a file of its own, so that no two writers meet."""
    return private_files.config_folder() / "secrets" / quote(site, safe="")


def find(site: str) -> str | None:
    """Return the secret for the site in use, where there is one: SNIP_TOKEN, or the one kept. Raises Unusable."""
    given = os.environ.get("SNIP_TOKEN")
    return _checked(given, "SNIP_TOKEN") if given else find_kept(site)


def find_kept(site: str) -> str | None:
    """Return the secret kept for a site, whichever that is: SNIP_TOKEN is not for any site that a link names."""
    kept = private_files.read(path(site))
    return None if kept is None else _checked(kept.strip(), str(path(site)))


def find_or_make(site: str) -> str:
    """Return the secret for a site, a new one at the first paste. Raises Unusable."""
    found = find(site)
    if found is None:
        made = secrets.token_urlsafe(32)
        found = made if private_files.write(path(site), f"{made}\n", replace=False) else find(site)
    assert found is not None  # noqa: S101 — it was written, by us or just before us
    return found


def keep(site: str, secret: str) -> None:
    """Keep a secret that comes from elsewhere. Raises Unusable."""
    private_files.write(path(site), f"{_checked(secret.strip(), 'What you gave')}\n")


def _checked(secret: str, where: str) -> str:
    if not _FORM.fullmatch(secret):
        raise Unusable(f"{where} is no secret: it takes 16 characters or more, letters, digits and . _ ~ + / = -")
    return secret
