"""The kinds of columns that a copy of the database knows: how each is stored, and written as JSON."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Date, Float, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from snippets.models import UTCDateTime


class Kind(NamedTuple):
    """How the values of a column are stored, written as JSON, and read again."""

    sql: TypeEngine[Any]
    write: Callable[[Any], Any] | None = None
    read: Callable[[Any], Any] | None = None


KINDS = {
    "text": Kind(Text()),
    "whole": Kind(BigInteger()),
    "number": Kind(Float()),
    "flag": Kind(Boolean()),
    "time": Kind(UTCDateTime(), lambda at: at.astimezone(UTC).isoformat(), datetime.fromisoformat),
    "day": Kind(Date(), date.isoformat, date.fromisoformat),
    "bytes": Kind(LargeBinary(), lambda data: b64encode(data).decode(), lambda text: b64decode(text, validate=True)),
}
_KIND_OF: dict[type, str] = {
    str: "text",
    int: "whole",
    float: "number",
    bool: "flag",
    datetime: "time",
    date: "day",
    bytes: "bytes",
}


def kind_of(sql: TypeEngine[Any]) -> str:
    """Return the word of KINDS for the type of a column. Raises KeyError for one that no copy could hold."""
    return _KIND_OF[datetime if isinstance(sql, UTCDateTime) else sql.python_type]
