"""Letting snippets leave the site as plain files: into a folder, or a zip."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, load_only

from snippets.archive import Member, zipped
from snippets.database import Sessions
from snippets.filenames import member_names
from snippets.import_sources import ID
from snippets.models import File, Snippet
from snippets.portable import DOCUMENT, Document, PortableFile, PortableRevision
from snippets.progress import Progress, Step
from snippets.snapshots import one_moment
from snippets.tables import Obstacle
from snippets.whole_files import PARTIAL, whole_file

_TOLD = load_only(File.id, File.name, File.language, File.revision, File.position, File.created_at, raiseload=True)
_FILES = select(File).order_by(File.revision, File.position).options(_TOLD)
_ONES = select(Snippet).order_by(Snippet.id).limit(100)


class Exported(NamedTuple):
    """How many snippets an export has, and how many were left out since they may be read once only."""

    snippets: int
    sealed: int


class Leaving(NamedTuple):
    """A snippet on its way out: its document, and the ids of its files by the paths there."""

    document: Document
    files: dict[str, int]


def export(sessions: Sessions, owner_hash: str | None, target: Path, progress: Progress) -> Exported:
    """Write all snippets, or those of one owner, to a new `.zip` or to a folder; return how many. Raises Obstacle.

    Private ones and those with a password are among them, in the clear. What is to be read once is not, as a copy would
    be another reading; nor what has expired or was taken down. A folder that has some of them already gets the rest.
    """
    which: list[ColumnElement[bool]] = [Snippet.is_readable.expression, Snippet.taken_down_at.is_(None)]
    if owner_hash is not None:
        which.append(Snippet.owner_hash == owner_hash)
    with one_moment(sessions) as connection, Session(connection) as session:
        open_ones, sealed = (_count(session, [*which, Snippet.burn.is_(burn)]) for burn in (False, True))
        with progress("Exporting", open_ones) as step:
            leaving = _leaving(session, [*which, Snippet.burn.is_(False)])
            (_to_zip if target.suffix.lower() == ".zip" else _to_folder)(session, leaving, target, step)
    return Exported(open_ones, sealed)


def _count(session: Session, which: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Snippet).where(*which)) or 0


def _leaving(session: Session, which: Sequence[ColumnElement[bool]]) -> Iterator[Leaving]:
    last = ""
    while batch := session.scalars(_ONES.where(*which, Snippet.id > last)).all():
        for snippet in batch:
            yield _described(snippet, session.scalars(_FILES.where(File.snippet_id == snippet.id)).all())
        last = batch[-1].id
        session.expunge_all()


def _described(snippet: Snippet, files: Sequence[File]) -> Leaving:
    revisions, paths = [], {}
    for number, group in groupby(files, lambda file: file.revision):
        each = list(group)
        folder = "files" if number == snippet.revision else f"revisions/{number}"
        named = {f"{folder}/{name}": file for name, file in zip(member_names(each), each, strict=True)}
        paths.update({path: file.id for path, file in named.items()})
        told = [PortableFile(path=path, name=file.name, language=file.language) for path, file in named.items()]
        revisions.append(PortableRevision(created_at=each[0].created_at, files=told))
    document = Document(
        id=snippet.id,
        title=snippet.title,
        tags=snippet.tags.split(),
        visibility=snippet.visibility,  # type: ignore[arg-type]  # pydantic looks
        password=snippet.password_hash is not None,
        created_at=snippet.created_at,
        updated_at=snippet.updated_at,
        expires_at=snippet.expires_at,
        revisions=revisions,
    )
    return Leaving(document, paths)


def _members(session: Session, leaving: Leaving) -> Iterator[Member]:
    """Yield the texts of a snippet, then its document: where that is, all is."""
    time = leaving.document.updated_at
    for path, file_id in leaving.files.items():
        yield path, time, session.scalars(select(File.code).where(File.id == file_id)).one()
    yield DOCUMENT, time, leaving.document.model_dump_json(indent=2) + "\n"


def _to_zip(session: Session, leaving: Iterable[Leaving], target: Path, step: Step) -> None:
    def members() -> Iterator[Member]:
        for each in leaving:
            for path, time, text in _members(session, each):
                yield f"{each.document.id}/{path}", time, text
            step(1)

    with whole_file(target) as file:
        for piece in zipped(members()):
            file.write(piece)


def _to_folder(session: Session, leaving: Iterable[Leaving], target: Path, step: Step) -> None:
    try:
        target.mkdir(mode=0o700, exist_ok=True)
        _clear(target)
        for each in leaving:
            _write(session, each, target / each.document.id)
            step(1)
    except OSError as error:
        raise Obstacle(
            f"{error.filename or target} cannot be written: {error.strerror}. Called again, the command goes on."
        ) from error


def _clear(target: Path) -> None:
    """Remove what an interruption has left: of a snippet that has gone since, nothing else would."""
    for left in target.glob(f"*{PARTIAL}"):
        if ID.fullmatch(left.name.removesuffix(PARTIAL)):
            shutil.rmtree(left)


def _write(session: Session, leaving: Leaving, folder: Path) -> None:
    """Write one snippet to a folder that is ours alone until it is whole: nobody has put a link in it."""
    written = folder / DOCUMENT
    if written.is_file() and written.read_text() == leaving.document.model_dump_json(indent=2) + "\n":
        return
    partial = folder.with_name(folder.name + PARTIAL)
    if folder.exists():
        shutil.rmtree(folder)
    partial.mkdir(mode=0o700)
    for path, _, text in _members(session, leaving):
        (partial / path).parent.mkdir(parents=True, exist_ok=True)
        (partial / path).write_bytes(text.encode())
    partial.rename(folder)
