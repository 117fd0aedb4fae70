"""The passwords of snippets: argon2id, with the parameters that OWASP's Password Storage Cheat Sheet gives first."""

from urllib.parse import unquote

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

LONGEST = 200  # characters

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # 19 MiB


def hash_password(password: str) -> str:
    """Return what is stored of a password; it takes some 20 ms, and as much to check."""
    return _hasher.hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Whether the password is the one that was hashed; one that is too long is wrong without a look."""
    try:
        return len(password) <= LONGEST and _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def from_header(given: str) -> str:
    """Return what a header says; beyond ASCII it comes as `UTF-8''p%C3%A4ss`: RFC 8187, 3.2."""
    charset, _, value = given.partition("''")
    return unquote(value) if charset.upper() == "UTF-8" else given
