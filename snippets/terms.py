"""The terms on which a snippet is shared, as they were typed: until when, with whom, how often."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from snippets.expiry import EXPIRIES, allowed
from snippets.models import VISIBILITIES, Snippet, now
from snippets.passwords import LONGEST, hash_password
from snippets.refused import Refused
from snippets.settings import Settings

MAX_TAGS = 10
ON_A_DATE = "date"  # the choice of an expiry that `expires_on` tells

_TAG = re.compile(r"(?=.*\w)[\w+#.-]{1,30}")  # of dots alone, a browser would take its page for a folder above


@dataclass(slots=True)
class Terms:
    """What was chosen. Empty: what the site does by itself, or, of a snippet that exists, what it has already."""

    expires: str = ""  # a choice of expiry.EXPIRIES, or ON_A_DATE
    expires_on: str = ""  # year-month-day: to the end of that day, UTC
    until: datetime | None = None  # the very moment, as programs may say it: before either
    visibility: str = ""
    burn: bool = False
    password: str = ""
    no_password: bool = False  # take away the one that it has
    tags: str = ""

    def apply(self, snippet: Snippet, settings: Settings) -> None:
        """Give a snippet these terms. Raises Refused."""
        if self.visibility not in ("", *VISIBILITIES):
            raise Refused(
                f"The visibility must be one of {', '.join(VISIBILITIES)}.",
                "visibility",
                measured=(None, self.visibility[:60]),
            )
        is_new = snippet.id is None
        if self.visibility or is_new:
            snippet.visibility = self.visibility or "unlisted"
        snippet.tags = read_tags(self.tags)
        snippet.burn = self.burn
        if self.expires or self.until or is_new:
            snippet.expires_at = self._expiry(settings)
        if len(self.password) > LONGEST:
            raise Refused(
                f"The password has more than {LONGEST} characters.", "password", measured=(LONGEST, len(self.password))
            )
        if self.password or self.no_password:
            snippet.password_hash = hash_password(self.password) if self.password else None

    def _expiry(self, settings: Settings) -> datetime | None:
        choices = allowed(settings.expiry_max)
        chosen = self.expires or (ON_A_DATE if self.expires_on else settings.expiry_default)
        longest = EXPIRIES[settings.expiry_max][1]
        if self.until or chosen == ON_A_DATE:
            moment = self.until or _end_of_day(self.expires_on)
            if moment <= now():
                raise Refused("It would have expired already: choose a moment to come.", "expires")
            if longest and moment > now() + longest:
                raise Refused(f"A snippet lives at most {EXPIRIES[settings.expiry_max][0]} here.", "expires_on")
            return moment
        if chosen not in choices:
            names = ", ".join([*choices, ON_A_DATE])
            raise Refused(f"It can expire after one of these: {names}.", "expires", measured=(None, chosen[:60]))
        life = choices[chosen][1]
        return None if life is None else now() + life


def read_tags(text: str) -> str:
    """Return tags as they are stored: lower case, each once, in order. Raises Refused."""
    tags = sorted({tag.lower() for tag in re.split(r"[\s,]+", text) if tag})
    if len(tags) > MAX_TAGS:
        raise Refused(
            f"That is {len(tags)} tags; a snippet has at most {MAX_TAGS}.", "tags", measured=(MAX_TAGS, len(tags))
        )
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise Refused(
                f"“{tag[:60]}” is no tag: up to 30 letters, digits, and + # . - _ make one, not signs alone.",
                "tags",
                measured=(None, tag[:60]),
            )
    return " ".join(tags)


def _end_of_day(text: str) -> datetime:
    try:
        moment = datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError:
        raise Refused("The day of expiry must be given as year-month-day, such as 2030-12-31.", "expires_on") from None
    if moment <= now():
        raise Refused("The day of expiry is over: choose one to come.", "expires_on")
    return moment
