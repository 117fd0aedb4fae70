"""The files that somebody names, as texts with the names under which they are shared."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from snip.failures import Unusable
from snip.terminal import say
from snip.texts import FREE, Limit, Text, read

STDIN = "-"


def gather(paths: Iterable[str], name: str | None, limit: Limit) -> list[Text]:
    """Return the texts of files, of all files in folders, and of standard input. Raises Unusable.

    `name`: of what comes from standard input, else of the only file.
    """
    paths = list(paths) or [STDIN]
    if paths.count(STDIN) > 1:
        raise Unusable("Standard input, “-”, can be read once only.")
    if name and STDIN not in paths and (len(paths) > 1 or Path(paths[0]).is_dir()):
        raise Unusable("--name is for standard input or a single file.")
    texts = [text for path in paths for text in _at(path, name, limit)]
    if not texts:
        raise Unusable("There is nothing to share.")
    size = sum(len(text.code.encode()) for text in texts)
    if size > FREE and size > limit():
        raise Unusable(f"That is {size:,} bytes in {len(texts)} files: the site takes {limit():,}.")
    return texts


def _at(path: str, name: str | None, limit: Limit) -> Iterator[Text]:
    if path == STDIN:
        yield Text(name, read(sys.stdin.buffer, "Standard input", limit))
    elif Path(path).is_dir():
        yield from _in_folder(Path(path), limit)
    else:
        yield Text(name or _printable(Path(path).name), _read_file(Path(path), limit))


def _read_file(path: Path, limit: Limit) -> str:
    try:
        with path.open("rb") as file:
            return read(file, str(path), limit)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error


def _in_folder(top: Path, limit: Limit) -> Iterator[Text]:
    """Yield what can be shared of a folder, named from it on; say what is left out, and why."""
    above = "" if top.name in ("", "..") else f"{top.name}/"
    for path in _files(top):
        try:
            code = _read_file(path, limit) if _is_plain(path) else None
        except Unusable as reason:
            say(f"Left out: {reason}")
            continue
        if code:
            yield Text(_printable(f"{above}{path.relative_to(top).as_posix()}"), code)
        else:
            say(f"Left out: {path} is {'empty' if code == '' else 'a link or no file'}.")


def _files(top: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(top, onerror=_unreadable):
        for link in [each for each in folders if (Path(folder) / each).is_symlink()]:
            files.append(link)
        folders[:] = sorted(each for each in folders if each != ".git" and each not in files)
        yield from (Path(folder) / each for each in sorted(files) if each != ".git")


def _unreadable(error: OSError) -> None:
    say(f"Left out: {error.filename} cannot be read: {error.strerror}.")


def _is_plain(path: Path) -> bool:
    """Tell whether a path is a file: no link, which may lead to anything, and no pipe, which may never end."""
    return stat.S_ISREG(path.lstat().st_mode)


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")
