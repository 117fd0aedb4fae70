"""The highlighter: it answers, rightly and in time, and nobody leaves it alone."""

import time
from collections.abc import Iterator

from redis import Redis

from snippets import breaker
from snippets.doctor.finding import Finding, ill, well
from snippets.doctor.trials import MODULE, tried
from snippets.notes import sentence
from snippets.settings import Settings

SLOW_MS = 1000  # for a line of text; who waits for colours is given 200, and what takes longer is done behind his back


def highlighter(settings: Settings) -> Finding:
    """Have a line of text coloured, by nobody but the HTTP highlighter."""
    if not settings.highlighter_url:
        return well("highlighter", "None is set: Pygments colours everything.")
    told = tried("highlighter", settings)
    if told is None:
        return ill("highlighter", "The trial of it came to no end.", f"Run it by hand: python -m {MODULE} highlighter.")
    if told["note"]:
        mend = "Start it, or see what HIGHLIGHTER_URL and HIGHLIGHTER_DIALECT say."
        return ill("highlighter", _capital(sentence(told["note"])), mend)
    if not told["is_coloured"]:
        mend = "Look whether HIGHLIGHTER_DIALECT is its own."
        return ill("highlighter", "It answers, and knows no keyword of Python.", mend)
    if told["took_ms"] > SLOW_MS:
        mend = "Give it more processes or a nearer machine: nobody gets its colours at once."
        return ill("highlighter", f"It took {told['took_ms']} ms for two lines.", mend)
    return well("highlighter", f"It colours two lines in {told['took_ms']} ms.")


def breaker_part(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Look whether the workers leave the highlighter alone. Raises RedisError when Redis is away."""
    if settings.highlighter_url and settings.breaker_failures:
        since = breaker.open_since(redis, settings)
        if since is None:
            yield well("breaker", "Closed: the workers call the highlighter.")
        else:
            said = f"Open for {time.time() - since:.0f} s: the workers leave the highlighter alone."
            yield ill("breaker", said, "It closes by itself once a probe succeeds; /ops has a button.")


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
