"""A snippet's files on this machine's disk, whose names somebody else has chosen."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from snip.failures import Unusable

LONGEST = 200  # bytes of UTF-8: file systems take 255

_FORBIDDEN = re.compile(r'[<>:"|?*]')  # by Windows; the others take them
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # devices of Windows


def safe_names(files: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a relative path for each file, inside one folder whatever its name says; each path once."""
    taken: set[str] = set()
    folders: set[str] = set()
    for file in files:
        parts = [part for each in re.split(r"[\\/]", file["name"] or "") if (part := _safe(each))]
        path = "/".join(parts) or f"file-{file['number']}.txt"
        name = next(name for name in _candidates(path) if _is_free(name.casefold(), taken, folders))
        taken.add(name.casefold())
        folders.update(_above(name.casefold()))
        yield name


def save(files: list[dict[str, Any]], folder: Path, *, force: bool = False) -> list[Path]:
    """Write files into a folder, all or none; return their paths. Raises Unusable, too where one is there already."""
    paths = [folder / name for name in safe_names(files)]
    try:
        for path in paths:
            if not path.parent.resolve().is_relative_to(folder.resolve()):
                raise Unusable(f"{path.parent} leads out of {folder}.")
        there = [str(path) for path in paths if path.is_symlink() or path.exists()]
        if there and not force:
            raise Unusable(f"There already: {', '.join(there)}. --force replaces them.")
        for path, file in zip(paths, files, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # a link would lead elsewhere
            with path.open("x", encoding="utf-8", newline="") as new:
                new.write(file["code"])
    except OSError as error:
        raise Unusable(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
    return paths


def _safe(part: str) -> str:
    """Return one part of a path without what a file system, a shell or a reader takes for something else."""
    part = "".join(each for each in unicodedata.normalize("NFC", part) if unicodedata.category(each)[0] != "C")
    part = _FORBIDDEN.sub("_", part).rstrip(". ").lstrip()
    if _RESERVED.match(part) or part.casefold() == ".git":  # whose configuration names programs to run
        part = f"_{part}"
    return part.encode()[:LONGEST].decode(errors="ignore")


def _candidates(path: str) -> Iterator[str]:
    yield path
    yield from (f"{number}-{path}" for number in count(2))


def _is_free(name: str, taken: set[str], folders: set[str]) -> bool:
    return name not in taken | folders and taken.isdisjoint(_above(name))


def _above(name: str) -> list[str]:
    return [str(each) for each in PurePosixPath(name).parents][:-1]
