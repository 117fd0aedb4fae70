"""What a server was told when it was set up: see deploying.installing."""

import os
from pathlib import Path
from typing import NamedTuple

from deploying.git import LIVE, Refused, git, holds, tag_of


class Server(NamedTuple):
    """One site on one machine."""

    role: str  # staging or production
    site: Path  # releases/, current, var/, .env, deployments.log
    key: Path  # of approvals
    up: str  # the address that says whether the site is well
    restart: str  # the command that puts the new release in the place of the old

    @property
    def releases(self) -> Path:
        """Where each release has a folder of its own."""
        return self.site / "releases"

    def current(self) -> str:
        """Return the tag that the site was last started with; empty: none yet."""
        link = self.site / "current"
        return link.readlink().name if link.is_symlink() else ""

    def good(self) -> str:
        """Return the tag that came to run well last; empty: none yet. Who was broken off may have left another."""
        return tag_of(git("rev-parse", LIVE))[0] if holds("rev-parse", "--verify", "--quiet", LIVE) else ""

    @property
    def journal(self) -> Path:
        """Where deployments are written down."""
        return self.site / "deployments.log"


def server() -> Server:
    """Return what git's configuration of this repository says. Raises Refused where it says nothing."""
    if not holds("config", "snippets.role"):
        raise Refused("This repository was not set up: run bin/deploy install.")
    role, site, key, up, restart = (_told(name) for name in ("role", "site", "key", "up", "restart"))
    return Server(role, Path(site), Path(key), up, restart)


def _told(name: str) -> str:
    return git("config", f"snippets.{name}")


def clean_environment() -> dict[str, str]:
    """Return the environment without git's own: what a hook starts is not to work on the hook's repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
