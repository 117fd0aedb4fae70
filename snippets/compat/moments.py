"""When a snippet expires, in the many ways in which programs say so."""

import re
from datetime import UTC, date, datetime, timedelta

from snippets.expiry import EXPIRIES
from snippets.models import now
from snippets.refused import Refused
from snippets.terms import ON_A_DATE, Terms

_LIFE = re.compile(r"(\d{1,10}) ?([a-z]*)", re.ASCII)
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "second"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day"), timedelta(days=1)),
    **dict.fromkeys(("w", "week"), timedelta(weeks=1)),
    "month": timedelta(days=30),
    **dict.fromkeys(("y", "year"), timedelta(days=365)),
}


def expiring(told: str) -> Terms:
    """Return the terms of what expires as told: never, after so many seconds, minutes … years, or at a moment or day.

    Exactly then, not at the nearest of the site's own choices. Empty: as the site does by itself. Raises Refused for
    what it cannot understand; whether it is too long here, the terms say.
    """
    text = told.strip().lower()
    if not text or text in EXPIRIES:
        return Terms(expires=text)
    if life := _life(text):
        return Terms(until=life)
    try:
        date.fromisoformat(text)
    except ValueError:
        return Terms(until=_moment(text))
    return Terms(expires=ON_A_DATE, expires_on=text)


def _life(text: str) -> datetime | None:
    if not (found := _LIFE.fullmatch(text)):
        return None
    unit = _UNITS.get(found[2]) or _UNITS.get(found[2].removesuffix("s"))
    try:
        return now() + int(found[1]) * unit if unit and int(found[1]) else _no_moment(text)
    except OverflowError:
        return _no_moment(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return _no_moment(text)


def _no_moment(text: str) -> datetime:
    raise Refused(
        f"It can expire after one of these: {', '.join(EXPIRIES)}; after as many seconds, or 90m, 12h, 3d, 2w, 1y; or"
        " at a day or moment such as 2030-12-31 or 2030-12-31T12:00:00Z.",
        "expires",
        measured=(None, text[:60]),
    )
