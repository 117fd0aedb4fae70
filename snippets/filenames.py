"""Names that are safe to save a snippet's files under, on whatever system they are saved."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import PurePosixPath

from snippets.languages import LANGUAGES
from snippets.models import File

LONGEST = 200  # bytes of UTF-8: file systems take 255, and a browser adds " (1)"

_UNSEEN = (
    "Cc",
    "Cf",
    "Co",
    "Cs",
    "Zl",
    "Zp",
)  # controls, direction marks, zero width: they make a name look like another
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')  # by Windows; the others take them
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # devices of Windows
_EXTENSION = re.compile(r"\*(\.\w+)")


def last_part(file: File) -> str:
    """Return the name to save a file under: the last part of its own, or one by its snippet and its language."""
    parts = _parts(file.name or "")
    number = "" if file.position == 1 else f"-{file.position}"
    return parts[-1] if parts else f"{file.snippet_id}{number}{extension(file.language)}"


def member_names(files: Iterable[File]) -> Iterator[str]:
    """Yield a path for each file, inside one folder, folders kept; no two are one on a system that ignores case."""
    taken: set[str] = set()
    folders: set[str] = set()
    for file in files:
        parts = _parts(file.name or "") or [f"file-{file.position}{extension(file.language)}"]
        name, path = next((path, key) for path, key in _candidates(parts) if _is_free(key, taken, folders))
        taken.add(path)
        folders.update(_above(path))
        yield name


def cleaned(name: str) -> str:
    """Return one part of a path without anything that a file system, or a reader, could take for something else.

    Empty when nothing is left of it.
    """
    name = "".join(each for each in unicodedata.normalize("NFC", name) if unicodedata.category(each) not in _UNSEEN)
    name = _FORBIDDEN.sub("_", name).rstrip(". ").lstrip()
    if _RESERVED.match(name):
        name = f"_{name}"
    path = PurePosixPath(name)
    suffix = path.suffix if len(path.suffix) < 20 else ""
    stem = name.removesuffix(suffix).encode()[: LONGEST - len(suffix.encode())].decode(errors="ignore")
    return (stem + suffix).rstrip(". ")


def extension(language: str) -> str:
    """Return the usual extension of a language, with its dot; `.txt` where it has none."""
    patterns = LANGUAGES[language].patterns if language in LANGUAGES else ()
    return next((found[1] for pattern in patterns if (found := _EXTENSION.fullmatch(pattern))), ".txt")


def _parts(name: str) -> list[str]:
    return [part for each in re.split(r"[\\/]", name) if (part := cleaned(each))]


def _candidates(parts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield paths to try with the form in which they are compared: the one asked for, then numbered ones.

    One that lies in a folder named like a file is numbered in its first part as well, so that some are always free.
    """
    *folders, last = parts
    path = PurePosixPath(last)
    numbers = (f" ({number})" if number > 1 else "" for number in count(1))
    for number in numbers:
        tries = [[*folders, f"{path.stem}{number}{path.suffix}"]]
        if folders:
            tries.append([f"{folders[0]}{number}", *folders[1:], last])
        for each in tries:
            whole = "/".join(each)
            yield whole, whole.casefold()


def _is_free(path: str, taken: set[str], folders: set[str]) -> bool:
    return path not in taken | folders and taken.isdisjoint(_above(path))


def _above(path: str) -> list[str]:
    return [each.as_posix() for each in PurePosixPath(path).parents][:-1]
