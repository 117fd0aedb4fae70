"""The jobs, by the names that RQ knows them by. Shallow: each loads by id, calls the model, ends in one UPDATE."""

from sqlalchemy import select, update

from snippets import markup
from snippets.database import connect
from snippets.models import File, Snippet, now
from snippets.settings import Settings
from workers.highlight import highlight

settings = Settings.from_env()
sessions = connect(settings.database_url)


def highlight_file(file_id: int) -> None:
    """Fill in a file's colours. Safe to run twice, late, or on a file that is deleted.

    No transaction is open during the remote call, which may take seconds.
    """
    with sessions() as session:
        row = session.execute(
            select(File, Snippet.visibility).join(Snippet).where(File.id == file_id, File.html.is_(None))
        ).one_or_none()
    if row is None:
        return
    file, visibility = row
    done = highlight(file.code, file.language, settings, private=visibility == "private")
    with sessions.begin() as session:
        session.execute(
            update(File)
            .where(File.id == file_id, File.language == file.language, File.html.is_(None))
            .values(
                html=markup.lines(file.code, done.runs, file.anchor),
                engine=done.engine,
                note=done.note,
                took_ms=done.took_ms,
                highlighted_at=now(),
            )
        )
