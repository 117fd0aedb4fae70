"""Every language on offer (all of Pygments'), and a guess at the one that a text is written in.

Nothing is loaded to list or look up; only a file name that several languages claim imports their lexers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

from pygments.lexers import LEXERS, find_lexer_class

PLAIN = "text"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `alias` is what the rows hold, `name` what people read."""

    alias: str
    name: str
    aliases: tuple[str, ...]
    patterns: tuple[str, ...]


def _all() -> Iterator[Language]:
    for _, name, aliases, patterns, _ in LEXERS.values():
        if aliases:  # one that cannot be asked for by name is an internal of Pygments
            yield Language(aliases[0], name, tuple(aliases), tuple(patterns))


LANGUAGES = {language.alias: language for language in sorted(_all(), key=lambda each: each.name.lower())}
BY_NAME = {name.lower(): each for each in LANGUAGES.values() for name in (*each.aliases, each.name)}

# Where Pygments' choice among the claimants of a name, or its silence, is not what people mean by that name.
_FAMILIAR = {
    "*.aspx": "aspx-cs",
    "*.dockerfile": "docker",
    "*.env": "bash",
    "*.erb": "rhtml",
    "*.fs": "fsharp",
    "*.glsl": "glsl",
    "*.inc": "php",
    "*.ipynb": "json",
    "*.jsonc": "json5",
    "*.pl": "perl",
    "*.plist": "xml",
    "*.pm": "perl",
    "*.S": "gas",
    "*.sql": "sql",
    "*.svelte": "html",
    "*.t": "perl",
    ".env": "bash",
    "go.mod": "text",
}


def find(wanted: str) -> Language | None:
    """Return the language of this alias or name, whatever its case; None when there is none."""
    return BY_NAME.get(wanted.strip().lower())


def guess(name: str | None, code: str) -> Language:
    """Return the language by file name, then shebang, modeline and unmistakable content; plain text otherwise."""
    alias = by_filename(PurePosixPath(name).name) if name else None
    return LANGUAGES[alias or _by_first_lines(code) or _by_content(code) or PLAIN]


@lru_cache(maxsize=1024)
def by_filename(name: str) -> str | None:
    """Return the alias for a file name without folders; None when no language claims it."""
    for pattern, alias in _FAMILIAR.items():
        if fnmatchcase(name, pattern):
            return alias
    claims = [
        ("*" not in pattern, language)  # a whole name (Makefile) tells more than an extension
        for language in LANGUAGES.values()
        for pattern in language.patterns
        if fnmatchcase(name, pattern)
    ]
    if not claims:
        return by_filename(name.lower()) if name != name.lower() else None
    return max(claims, key=lambda claim: (claim[0], _priority(claim[1]) if len(claims) > 1 else 0))[1].alias


def _priority(language: Language) -> float:
    lexer = find_lexer_class(language.name)
    return lexer.priority if lexer else 0


_SHEBANG = re.compile(r"#![ \t]*(?:\S*/)?(\S+)(?:[ \t]+-\S+)*(?:[ \t]+([^\s-]\S*))?")
_INTERPRETERS = {"bun": "typescript", "deno": "typescript", "node": "javascript", "wish": "tcl"}
_MODELINE = re.compile(
    r"(?:-\*-\s*(?:.*?mode:\s*)?([\w+#-]+)\s*(?:;.*)?-\*-|\bvim?:.*?\b(?:ft|filetype|syntax)=([\w+#-]+))"
)


def _by_first_lines(code: str) -> str | None:
    head = code[:1000].split("\n", 5)[:5]
    if shebang := _SHEBANG.match(head[0]):
        interpreter = shebang[2] if shebang[1] == "env" and shebang[2] else shebang[1]
        interpreter = _INTERPRETERS.get(interpreter, interpreter)
        if language := find(interpreter) or find(interpreter.rstrip("0123456789.")):
            return language.alias
    for line in (*head, *code[-500:].split("\n")[-5:]):
        if (modeline := _MODELINE.search(line[:200])) and (language := find(modeline[1] or modeline[2])):
            return language.alias
    return None


_UNMISTAKABLE = (
    (re.compile(r"\ufeff?\s*<\?php\b"), "php"),
    (re.compile(r"\ufeff?\s*<!doctype html|\ufeff?\s*<html\b", re.IGNORECASE), "html"),
    (re.compile(r"\ufeff?\s*<\?xml\b"), "xml"),
    (re.compile(r"(?:diff --git a/|Index: |--- \S.*\n\+\+\+ \S.*\n@@ -)"), "diff"),
    (re.compile(r"commit [0-9a-f]{40}\n(?:.*\n){1,40}diff --git "), "diff"),
)


def _by_content(code: str) -> str | None:
    for pattern, alias in _UNMISTAKABLE:
        if pattern.match(code[:10_000]):
            return alias
    if code.lstrip("\ufeff \t\n")[:1] in ("{", "["):
        try:
            json.loads(code.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return None
        return "json"
    return None
