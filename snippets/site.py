"""What every page works with, made once by `create_app`."""

from dataclasses import dataclass
from typing import cast

from flask import current_app
from redis import Redis

from snippets.attempts import Attempts
from snippets.database import Sessions
from snippets.decisions import Decisions
from snippets.entrance import Entrance
from snippets.networks import BlockedNetworks
from snippets.owners import Owners
from snippets.people import People
from snippets.request_counts import RequestCounts
from snippets.settings import Settings
from snippets.unlocks import Unlocks


@dataclass(frozen=True, slots=True)
class Site:
    """One site's settings, database, Redis, owners, doors, locks, blocks, limits and counts."""

    settings: Settings
    sessions: Sessions
    redis: Redis
    people: People | None  # who has logged in at a proxy; None: nobody does
    owners: Owners
    entrance: Entrance | None  # the site's own password; None: it has none
    unlocks: Unlocks
    blocked: BlockedNetworks
    decisions: Decisions
    creations: Attempts | None  # pastes; None: no limit
    misses: Attempts | None  # addresses without a snippet; None: no limit
    passwords: Attempts  # at the passwords of snippets, by address
    unlocked: Attempts  # the same by snippet
    reports: Attempts  # at telling the operator something
    takings: Attempts  # at the codes that move snippets to another browser
    viewings: Attempts  # of files in another language
    counts: RequestCounts | None  # for /metrics; None: nobody may ask


def site() -> Site:
    """Return the site that serves the present request."""
    return cast("Site", current_app.extensions["snippets"])
