"""The kinds of columns that a copy of the database knows: how each is stored, and written as JSON."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StrictBool, StrictInt, TypeAdapter
from sqlalchemy import BigInteger, Boolean, Date, Float, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from snippets.models import UTCDateTime


class Kind(NamedTuple):
    """How the values of a column are stored, read from JSON, and written as it.

    `read` raises ValueError, TypeError or OverflowError for what no database would take.
    """

    sql: TypeEngine[Any]
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] | None = None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # which a lone surrogate has no form in
    return value


def _time(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("nobody knows whose noon it is")
    return at.astimezone(UTC)


def _taken(kind: Any) -> Callable[[Any], Any]:
    return TypeAdapter[Any](kind).validate_python


KINDS = {
    "text": Kind(Text(), _text),
    "whole": Kind(BigInteger(), _taken(Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)])),
    "number": Kind(Float(), _taken(Annotated[float, Field(strict=True, allow_inf_nan=False)])),
    "flag": Kind(Boolean(), _taken(StrictBool)),
    "time": Kind(
        UTCDateTime(),
        _time,
        lambda at: at.astimezone(UTC).isoformat(),
    ),
    "day": Kind(Date(), date.fromisoformat, date.isoformat),
    "bytes": Kind(LargeBinary(), lambda text: b64decode(text, validate=True), lambda data: b64encode(data).decode()),
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
