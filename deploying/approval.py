"""What staging says of a tag that it has run: signed with a key that the two servers hold, and nobody who pushes."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

from deploying.git import APPROVED, Refused, git


def approve(key: Path, tag: str, commit: str) -> None:
    """Record that staging has run a tag."""
    told = {"tag": tag, "commit": commit, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    blob = git("hash-object", "-w", "--stdin", text=json.dumps({**told, "mac": _mac(key, tag, commit)}))
    git("update-ref", f"{APPROVED}{tag}", blob)


def check(key: Path, blob: str, tag: str, commit: str | None = None) -> None:
    """Raise Refused unless that is staging's own word on this tag, of this commit; None: of whichever it names."""
    try:
        told = json.loads(git("cat-file", "blob", blob))
        given, commit = str(told["mac"]), commit or str(told["commit"])
    except (ValueError, KeyError, TypeError):
        raise Refused(f"The approval of {tag} cannot be read.") from None
    if not hmac.compare_digest(given.encode(), _mac(key, tag, commit).encode()):
        raise Refused(f"The approval of {tag} is not staging's, or is of another commit.")


def _mac(key: Path, tag: str, commit: str) -> str:
    try:
        secret = key.read_bytes().strip()
    except OSError as error:
        raise Refused(f"The key of approvals cannot be read: {error.strerror}.") from None
    if len(secret) < 32:
        raise Refused("The key of approvals must have at least 32 characters.")
    return hmac.new(secret, f"{tag} {commit}".encode(), hashlib.sha256).hexdigest()
