"""The rows of a new snippet: what whoever made them holds afterwards is what the database has."""

import pytest
from sqlalchemy import inspect

from snippets.database import connect
from snippets.inserting import insert_new
from snippets.models import File, Snippet


@pytest.fixture
def sessions(database_url: str):
    sessions = connect(database_url)
    yield sessions
    sessions.kw["bind"].dispose()


def held(row: Snippet | File) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


@pytest.mark.parametrize("count", [1, 3])
def test_a_new_snippet_and_its_files_hold_what_the_database_has(sessions, count: int):
    files = [File(position=at, name=f"{at}.py", language="python", code=f"x = {at}\n") for at in range(1, count + 1)]
    files[-1].html = "<b>coloured already</b>"
    snippet = Snippet(title="A title", files=files)

    with sessions.begin() as session:
        insert_new(session, snippet)

    with sessions() as session:
        stored = session.get_one(Snippet, snippet.id)
        assert held(snippet) == held(stored)
        assert [held(file) for file in files] == [held(file) for file in stored.files]
    assert [file.is_pending for file in files] == [True] * (count - 1) + [False]
