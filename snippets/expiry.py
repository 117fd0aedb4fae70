"""How long a snippet lives: the choices, from the shortest to the longest."""

from datetime import timedelta

EXPIRIES: dict[str, tuple[str, timedelta | None]] = {
    "10m": ("10 minutes", timedelta(minutes=10)),
    "1h": ("1 hour", timedelta(hours=1)),
    "1d": ("1 day", timedelta(days=1)),
    "1w": ("1 week", timedelta(weeks=1)),
    "30d": ("30 days", timedelta(days=30)),
    "1y": ("1 year", timedelta(days=365)),
    "never": ("never", None),
}


def allowed(longest: str) -> dict[str, tuple[str, timedelta | None]]:
    """Return the choices up to the longest that the operator allows."""
    names = list(EXPIRIES)
    return {name: EXPIRIES[name] for name in names[: names.index(longest) + 1]}
