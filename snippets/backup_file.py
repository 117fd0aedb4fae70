"""The file that a backup is: lines of JSON in a gzip, of one form for both engines (docs/backups.md).

A head, then for each table its name and its rows, then a tail with the SHA-256 of all before it: what was cut off or
altered is known. It is no signature: whoever can write the file can write its tail.
"""

import gzip
import json
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from snippets.column_kinds import KINDS
from snippets.progress import Step
from snippets.tables import Digest, Obstacle, Row, Section, Table, lines

LONGEST = 2**30  # bytes of a line: no engine keeps a longer value
Model = TypeVar("Model", bound=BaseModel)
_READ_ERRORS = (OSError, EOFError, zlib.error, ValueError)


class Head(BaseModel):
    """What a backup is of, and what it is to hold."""

    format: Literal["snippets backup"] = "snippets backup"
    version: Literal[1] = 1
    schema_revision: str
    site_version: str
    taken_at: datetime
    tables: list[Table]
    counts: dict[str, int]


class Tail(BaseModel):
    """What a backup was found to hold."""

    digests: dict[str, Digest]
    counters: dict[str, int]
    sha256: str  # of all lines before this one


def write(file: BufferedIOBase, head: Head, sections: Iterator[Section], counters: dict[str, int], step: Step) -> Tail:
    """Write a backup to an open file, and return its tail."""
    whole, digests = sha256(), dict[str, Digest]()
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:

        def put(line: bytes) -> None:
            whole.update(line)
            packed.write(line)

        put(head.model_dump_json().encode() + b"\n")
        for table, rows in sections:
            put(json.dumps({"table": table.name}).encode() + b"\n")
            for line in lines(table, rows, digests):
                put(line)
                step(1)
        tail = Tail(digests=digests, counters=counters, sha256=whole.hexdigest())
        packed.write(tail.model_dump_json().encode() + b"\n")
    return tail


class BackupFile:
    """A backup to be read, as often as one likes; whole and unaltered once `check` has returned."""

    def __init__(self, path: Path) -> None:
        """Read the head. Raises Obstacle."""
        self._path = path
        with self._open() as packed:
            self.head = self._parsed(Head, self._line(packed))
        self.tables, self.counts = self.head.tables, self.head.counts
        if not all(map(_is_whole, self.tables)) or {each.name for each in self.tables} != self.counts.keys():
            raise self._broken("its head is at odds with itself")

    def check(self, step: Step) -> Tail:
        """Return the tail of a file that is whole and unaltered, and each row of which can be read. Raises Obstacle."""
        whole, last, count = sha256(), b"", 0
        with self._open() as packed:
            while line := self._line(packed):
                whole.update(last)
                last = line
                if line.startswith(b"["):
                    step(1)
                    count += 1
        tail = self._parsed(Tail, last)
        if tail.sha256 != whole.hexdigest() or count != sum(self.counts.values()):
            raise self._broken("its content is not that of its checksum")
        for _, rows in self.sections():
            deque(rows, maxlen=0)
        return tail

    def sections(self) -> Iterator[Section]:
        """Yield each table with its rows, in the order of their keys. Raises Obstacle."""
        with self._open() as packed:
            self._line(packed)
            for table in self.tables:
                if json.loads(self._line(packed)) != {"table": table.name}:
                    raise self._broken(f"{table.name} is not where it should be")
                rows = self._rows(packed, table)
                yield table, rows
                for _ in rows:
                    pass  # whoever needed only some

    def _rows(self, packed: gzip.GzipFile, table: Table) -> Iterator[Row]:
        for _ in range(self.counts[table.name]):
            try:
                yield table.row(json.loads(self._line(packed)))
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                raise self._broken(f"a row of {table.name} cannot be read") from error

    def _open(self) -> gzip.GzipFile:
        try:
            return gzip.open(self._path, "rb")
        except OSError as error:
            raise Obstacle(f"{self._path} cannot be read: {error.strerror}.") from error

    def _line(self, packed: gzip.GzipFile) -> bytes:
        try:
            line = packed.readline(LONGEST)
        except _READ_ERRORS as error:
            raise self._broken(str(error) or "it ends too early") from error
        if line and not line.endswith(b"\n"):
            raise self._broken("a line has no end")
        return line

    def _parsed(self, model: type[Model], line: bytes) -> Model:
        try:
            return model.model_validate_json(line)
        except ValidationError as error:
            raise self._broken("it has no head and tail that this version knows") from error

    def _broken(self, why: str) -> Obstacle:
        return Obstacle(f"{self._path} is no backup that can be used, {why}: take another one.")


def _is_whole(table: Table) -> bool:
    named = {*table.key, *table.links, *([table.counted] if table.counted else [])}
    return bool(table.key) and named <= table.columns.keys() and set(table.columns.values()) <= KINDS.keys()
