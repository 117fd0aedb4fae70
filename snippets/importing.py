"""Taking snippets in that have left this site, or another one: each whole or not at all, by the way of every paste."""

import logging
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pydantic import ValidationError
from redis import Redis, RedisError
from sqlalchemy.exc import IntegrityError

from snippets import languages
from snippets.database import Sessions
from snippets.drafts import Draft, DraftFile, accept, accept_files
from snippets.import_sources import Source, Unreadable
from snippets.inserting import save_new
from snippets.lanes import HIGHLIGHT
from snippets.models import File, Snippet, Tombstone, now
from snippets.portable import DOCUMENT, LONGEST_DOCUMENT, Document, PortableRevision
from snippets.queue import enqueue_if_idle
from snippets.refused import Refused
from snippets.settings import Settings
from snippets.terms import Terms
from snippets.unwelcome import refuse_unwelcome

log = logging.getLogger(__name__)


class Fate(StrEnum):
    """What became of a snippet of an export."""

    IMPORTED = "imported"
    THERE = "there already"
    GONE = "deleted or expired here, and not brought back"
    REFUSED = "refused"


class Outcome(NamedTuple):
    """What became of one snippet, and why where it was refused."""

    id: str
    fate: Fate
    why: str = ""


class Importer:
    """Takes snippets in, for one owner or for nobody. Called again, it passes over what is there."""

    def __init__(
        self, source: Source, sessions: Sessions, redis: Redis, settings: Settings, owner_hash: str | None
    ) -> None:
        self._source, self._sessions, self._redis = source, sessions, redis
        self._settings, self._owner_hash = settings, owner_hash

    def take(self) -> Iterator[Outcome]:
        """Take all, one after the other. Colours are left to the sweep where many wait already."""
        for snippet_id in self._source.ids():
            try:
                yield Outcome(snippet_id, self._take(snippet_id))
            except (Refused, Unreadable) as refusal:
                yield Outcome(snippet_id, Fate.REFUSED, str(refusal))
            except IntegrityError:
                yield Outcome(snippet_id, Fate.THERE)  # since a moment ago

    def _take(self, snippet_id: str) -> Fate:
        with self._sessions() as session:
            if session.get(Snippet, snippet_id):
                return Fate.THERE
            if session.get(Tombstone, snippet_id):
                return Fate.GONE
        document = self._document(snippet_id)
        *earlier, head = document.revisions
        snippet = self._accepted(document, head)
        with self._sessions.begin() as session:
            save_new(session, snippet, self._settings.listing_delay)
            for number, revision in enumerate(earlier, start=1):
                files = accept_files(Draft(self._files(snippet_id, revision)), self._settings)
                refuse_unwelcome(session, files)
                session.add_all(_as_of(file, snippet_id, number, revision) for file in files)
                session.flush()
                session.expunge_all()  # which would else hold all revisions
        self._enqueue(snippet)
        return Fate.IMPORTED

    def _document(self, snippet_id: str) -> Document:
        text = self._source.read(f"{snippet_id}/{DOCUMENT}", LONGEST_DOCUMENT)
        try:
            document = Document.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise Unreadable(f"{DOCUMENT} is not as it should be: {where}: {first['msg']}") from error
        if document.id != snippet_id:
            raise Unreadable(f"{DOCUMENT} is of another snippet")
        paths = [file.path for revision in document.revisions for file in revision.files]
        if len(paths) > len(set(paths)):  # a small export would fill the disk
            raise Unreadable(f"{DOCUMENT} names one path for several files")
        return document

    def _accepted(self, document: Document, head: PortableRevision) -> Snippet:
        """Return the snippet as it would be pasted now, with the id and the times that it had."""
        terms = Terms(
            expires="" if document.expires_at else "never",
            until=document.expires_at,
            visibility="private" if document.password else document.visibility,
            tags=" ".join(document.tags),
        )
        draft = Draft(self._files(document.id, head), title=document.title or "", terms=terms)
        snippet = accept(draft, self._settings)
        snippet.id, snippet.owner_hash, snippet.revision = document.id, self._owner_hash, len(document.revisions)
        snippet.created_at, snippet.updated_at = min(document.created_at, now()), min(document.updated_at, now())
        for file in snippet.files:
            _as_of(file, document.id, snippet.revision, head)
        return snippet

    def _files(self, snippet_id: str, revision: PortableRevision) -> list[DraftFile]:
        """Return the files of a revision, no more of them in memory than a snippet may hold."""
        if len(revision.files) > self._settings.max_files:
            raise Unreadable(f"it has {len(revision.files)} files; a snippet holds at most {self._settings.max_files}")
        files, left = [], self._settings.max_snippet_bytes
        for each in revision.files:
            data = self._source.read(f"{snippet_id}/{each.path}", left)
            left -= len(data)
            try:
                code = data.decode()
            except UnicodeDecodeError as error:
                raise Unreadable(f"“{each.path}” is not UTF-8 text") from error
            known = languages.find(each.language)
            files.append(DraftFile(code, each.name or "", known.alias if known else ""))
        return files

    def _enqueue(self, snippet: Snippet) -> None:
        try:
            for file in snippet.files:
                enqueue_if_idle(self._redis, HIGHLIGHT, file.id)
        except RedisError as error:
            log.warning("not enqueued, the sweep will: %s", error)


def _as_of(file: File, snippet_id: str, number: int, revision: PortableRevision) -> File:
    file.snippet_id, file.revision, file.created_at = snippet_id, number, min(revision.created_at, now())
    return file
