"""How a language is chosen by its name: from the list of all, or typed, with a hint for what was nearly one."""

from functools import cache

from markupsafe import Markup
from rapidfuzz import fuzz, process

from snippets.languages import BY_NAME, LANGUAGES, Language, find
from snippets.refused import Refused

LONGEST = 60  # characters of what was typed that are looked at, and said again
NEAR = 70  # percent that what was typed shares with what a language is called
SUGGESTED = 3


@cache  # it takes five times as long as all the rest of a page, and is always the same
def options() -> Markup:
    """Return every language as an option, for the list beneath a field."""
    plain, aliased = Markup('<option value="{}">'), Markup('<option value="{}" label="{}">')
    return Markup("\n").join(
        (plain if each.alias in each.name.lower() else aliased).format(each.name, each.alias)
        for each in LANGUAGES.values()
    )


def chosen(typed: str, number: int | None = None) -> Language:
    """Return the language of this name or alias. Raises Refused, of file `number`, and names those that are near."""
    if language := find(typed):
        return language
    if not typed.strip():
        raise Refused("Say which language it is, such as Python.", "language", number)
    near = _near(typed.strip()[:LONGEST].lower())
    hint = f"did you mean {' or '.join(near)}?" if near else "choose one of the list."
    raise Refused(
        f"“{typed[:LONGEST]}” is not a language known here: {hint}",
        "language",
        number,
        measured=(None, typed[:LONGEST]),
    )


def _near(typed: str) -> list[str]:
    """Return the names of the languages that are called much like what was typed, the nearest first."""
    found = process.extract(typed, BY_NAME.keys(), scorer=fuzz.ratio, limit=2 * SUGGESTED, score_cutoff=NEAR)
    return list(dict.fromkeys(BY_NAME[called].name for called, _, _ in found))[:SUGGESTED]
