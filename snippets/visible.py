"""Names and titles as they are shown: what cannot be seen, or passes for something else, is spelt out.

A direction mark makes `gpj.exe` of `exe.jpg`, a Cyrillic р makes a `.рy` look like a `.py`: see Unicode Technical
Report 36, 2.4 and 2.10. What is stored, and what programs get, is what was given.
"""

import re

# Direction marks, widths of nothing, fillers, tags. Two joiners are good between letters and signs beyond ASCII: in
# Persian, and in most pictures of people.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_EXTENSION = re.compile(r"\.[^./\s]{1,16}$")
_FOREIGN = re.compile(r"[^\x00-\x7f]")


def visible(text: str) -> str:
    """Return a text in which each character that nobody sees is its code point, as in ‹U+202E›."""
    return text if text.isascii() else _UNSEEN.sub(_spelt, text)


def visible_name(name: str) -> str:
    """Return a file's name so; of its extension, by which people know what it is, whatever is not ASCII as well."""
    if name.isascii():
        return name
    found = _EXTENSION.search(name)
    at = found.start() if found else len(name)
    return visible(name[:at]) + _FOREIGN.sub(_spelt, name[at:])


def titled(title: str | None, name: str | None) -> str:
    """Return what a snippet is called where it is shown: by its title, else by its first file."""
    return visible(title) if title else visible_name(name) if name else "Untitled"


def _spelt(found: re.Match[str]) -> str:
    return f"‹U+{ord(found[0]):04X}›"
