"""Files that nobody else on this machine may read, written whole or not at all."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from snip.failures import Unusable
from snip.terminal import say


def config_folder() -> Path:
    """Return the platform's folder for our configuration, which is made at the first write."""
    return platformdirs.user_config_path("snip", appauthor=False)


def read(path: Path) -> str | None:
    """Return the text of one of our files, None where there is none; shut it to others first. Raises Unusable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} cannot be read: {_reason(error)}.") from error
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        say(f"snip: others on this machine could read {path}: it is yours alone from now on.")
        path.chmod(0o600)
    return text


def write(path: Path, text: str, *, replace: bool = True) -> bool:
    """Write one of our files; False where it is there already and must not be replaced. Raises Unusable."""
    try:
        _make_private(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # 0600 from its first moment
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            return _put(Path(name), path, replace)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {_reason(error)}.") from error


def _make_private(folder: Path) -> None:
    root = config_folder()
    for each in (root, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        each.chmod(0o700)


def _put(new: Path, path: Path, replace: bool) -> bool:
    if not replace:
        try:
            os.link(new, path)  # of two first pastes at once, both go on with the secret of one
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            if path.exists():
                return False
        else:
            return True
    new.replace(path)
    return True


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
