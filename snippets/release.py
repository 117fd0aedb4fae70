"""Which release this is: the file RELEASE, which a deployment puts beside the code; see docs/deploying.md."""

import json
from functools import cache

from snippets.settings import ROOT


@cache
def release() -> dict[str, str]:
    """Return its tag as `release` and its commit as `commit`; nothing where nobody deployed it."""
    path = ROOT / "RELEASE"
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {"release": told["tag"], "commit": told["commit"]}
